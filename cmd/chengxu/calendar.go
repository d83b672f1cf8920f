package main

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/legaltime"
)

func calendarCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "calendar", Short: "working-day calendars"}
	cmd.AddCommand(calendarShowCommand())
	return cmd
}

func calendarShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show YEAR",
		Short: "list every day of a year: working or not, why, and by which notice",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			year, err := strconv.Atoi(args[0])
			if err != nil || year < 1949 || year > 2200 {
				return fmt.Errorf("year %q: want a number from 1949 to 2200", args[0])
			}
			calendar, err := legaltime.Embedded()
			if err != nil {
				return err
			}
			days := calendar.Year(year)
			if asJSON {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				return enc.Encode(days)
			}
			for _, d := range days {
				word := "休"
				if d.Working {
					word = "班"
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s %s %s %s\n", d.Date, word, d.Reason, d.Notice)
			}
			if !calendar.Announced(year) {
				fmt.Fprintf(cmd.ErrOrStderr(), "%d 年的放假安排尚未公布：仅按周末推算，由此算出的日期均为暂定。\n", year)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
