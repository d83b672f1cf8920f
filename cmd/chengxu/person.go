package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/legaltime"
)

func personCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "person", Short: "people and their appointments, on a running server, for administrators"}
	var r remote
	r.flags(cmd)
	appointments := listCommand(&r, "appointments", "the appointments of an organ")
	appointments.Use = "appointments"
	cmd.AddCommand(personAddCommand(&r), listCommand(&r, "people", "the people of an organ"), personAppointCommand(&r), appointments, personEndCommand(&r))
	return cmd
}

func personAddCommand(r *remote) *cobra.Command {
	var name, organ, mail string
	cmd := &cobra.Command{
		Use: "add PERSON", Short: "enter a person", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.enter(cmd, "people", map[string]any{"id": args[0], "name": name, "organ": organ, "mail": mail})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "name (required)")
	cmd.Flags().StringVar(&organ, "organ", "", "an organ below yours (default: your own)")
	cmd.Flags().StringVar(&mail, "mail", "", "mail address; administrators alone see it")
	return required(cmd, "name")
}

func personAppointCommand(r *remote) *cobra.Command {
	var id, organ, unit, from, until string
	var roles []string
	cmd := &cobra.Command{
		Use: "appoint PERSON", Short: "give a person roles (任职), from a day on", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.enter(cmd, "appointments", map[string]any{"id": writeID(id), "person": args[0], "organ": organ, "unit": unit, "roles": roles, "from": from, "until": until})
		},
	}
	f := cmd.Flags()
	f.StringVar(&id, "id", "", "id of the appointment; the same id is entered once (default: a new one)")
	f.StringVar(&organ, "organ", "", "an organ below yours (default: your own)")
	f.StringVar(&unit, "unit", "", "unit of the organ")
	f.StringSliceVar(&roles, "roles", nil, "roles, separated by commas (required)")
	f.StringVar(&from, "from", "", "first day, YYYY-MM-DD (required)")
	f.StringVar(&until, "until", "", "last day (default: open)")
	return required(cmd, "roles", "from")
}

func personEndCommand(r *remote) *cobra.Command {
	var organ, on, only string
	cmd := &cobra.Command{
		Use: "end PERSON", Short: "give the open appointments of a person in an organ their last day", Args: cobra.ExactArgs(1),
		Long: "Appointments that end on that day or before stay as they are, and so do those that begin after it: they are listed, and\n" +
			"the command exits with 1.",
		RunE: func(cmd *cobra.Command, args []string) error {
			last, err := legaltime.ParseDate(on)
			if err != nil {
				return fmt.Errorf("--on %q: want YYYY-MM-DD", on)
			}
			open, later, err := r.openAppointments(cmd, organ, args[0], only, last)
			if err != nil {
				return err
			}
			for _, id := range open {
				if err := r.amend(cmd, "appointments", id, "until", on); err != nil {
					return err
				}
			}
			if len(later) > 0 {
				return notInOrder{fmt.Errorf("begin after %s and stay: %v", on, later)}
			}
			if len(open) == 0 {
				return notInOrder{fmt.Errorf("no appointment of %s lasts longer than %s", args[0], on)}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&organ, "organ", "", "an organ below yours (default: your own)")
	cmd.Flags().StringVar(&on, "on", "", "last day, YYYY-MM-DD (required)")
	cmd.Flags().StringVar(&only, "appointment", "", "this appointment alone")
	return required(cmd, "on")
}

// openAppointments gives the appointments of a person that last longer than a day, and
// those that begin after it.
func (r *remote) openAppointments(cmd *cobra.Command, organ, person, only string, last legaltime.Date) (open, later []string, err error) {
	for after := ""; ; {
		_, entries, next, err := r.page(cmd, "appointments", organ, after)
		if err != nil {
			return nil, nil, err
		}
		for _, e := range entries {
			switch {
			case e.Person != person || only != "" && e.ID != only || e.Until != "" && e.Until <= last.String():
			case e.From > last.String():
				later = append(later, e.ID)
			default:
				open = append(open, e.ID)
			}
		}
		if after = next; next == "" {
			return open, later, nil
		}
	}
}
