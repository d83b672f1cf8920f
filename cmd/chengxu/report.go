package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/annual"
	"github.com/zhengdang/chengxu/annual/sheet"
	"github.com/zhengdang/chengxu/casefile"
)

func reportCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "report", Short: "figures of the annual report, counted from the record of a data directory"}
	cmd.AddCommand(reportAnnualCommand(), reportVerifyCommand())
	return cmd
}

// reported says which report is asked for, and where its record is.
type reported struct {
	place
	organ    string
	year     int
	practice bool
	version  int64
}

func (r *reported) flags(cmd *cobra.Command) *cobra.Command {
	f := cmd.Flags()
	f.StringVar(&r.organ, "organ", "", "the organ (required)")
	f.IntVar(&r.year, "year", 0, "the year, 1 January to 31 December (required)")
	f.BoolVar(&r.practice, "practice", false, "count practice cases (演练) instead of real ones")
	f.Int64Var(&r.version, "version", 0, "a frozen version")
	r.place.flags(f)
	return required(cmd, "organ", "year")
}

func (r *reported) query() annual.Query {
	return annual.Query{Organ: casefile.OrganID(r.organ), Year: annual.Year(r.year), Practice: r.practice}
}

// on opens the record and counts on it.
func (r *reported) on(ctx context.Context, do func(*annual.Service) error) (err error) {
	db, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	keys, err := openKeyring(r.keys(), db)
	if err != nil {
		return err
	}
	return do(annualFigures(db, keys, true))
}

func reportAnnualCommand() *cobra.Command {
	var r reported
	var asJSON, freeze bool
	var xlsx, by string
	cmd := &cobra.Command{
		Use:   "annual --organ ORGAN --year YEAR",
		Short: "count the figures of a year, or show frozen ones; --freeze keeps them for ever",
		Long: "annual counts the figures of the annual report on government under the rule of law from the record, each with the\n" +
			"entries that it counts, and says how they differ from those that were frozen last. --freeze signs the log of the\n" +
			"organ and keeps the figures with its checkpoint and the digest of their canonical JSON. --json prints that JSON.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if freeze && (by == "" || r.version != 0) {
				return fmt.Errorf("--freeze needs --by and no --version: %w", casefile.ErrInvalid)
			}
			return r.on(cmd.Context(), func(s *annual.Service) error {
				report, frozen, restated, err := r.ask(cmd.Context(), s, freeze, by)
				if err != nil {
					return err
				}
				if xlsx != "" {
					return writeFile(xlsx, func(w io.Writer) error { return sheet.Write(w, report, aboutFrozen(frozen)) })
				}
				if asJSON {
					canonical, err := report.Canonical()
					if err != nil {
						return err
					}
					_, err = cmd.OutOrStdout().Write(canonical)
					return err
				}
				return printAnnual(cmd.OutOrStdout(), report, frozen, restated)
			})
		},
	}
	f := cmd.Flags()
	f.BoolVar(&asJSON, "json", false, "print the canonical JSON (RFC 8785), whose SHA-256 is the digest of a frozen version")
	f.StringVar(&xlsx, "xlsx", "", "write a workbook to this file")
	f.BoolVar(&freeze, "freeze", false, "keep the figures as they are now")
	f.StringVar(&by, "by", "", "who freezes them")
	return r.flags(cmd)
}

// ask gives the report that is asked for; frozen is nil for one that is only counted.
func (r *reported) ask(ctx context.Context, s *annual.Service, freeze bool, by string) (annual.Report, *annual.Frozen, []annual.Restated, error) {
	q := r.query()
	if !freeze && r.version == 0 {
		report, err := s.Current(ctx, q)
		if err != nil {
			return annual.Report{}, nil, nil, err
		}
		restated, err := s.Restated(ctx, q, report)
		return report, nil, restated, err
	}
	var frozen annual.Frozen
	var err error
	if freeze {
		frozen, err = s.Freeze(ctx, q, annual.Person{Organ: q.Organ, Name: by})
	} else {
		frozen, err = s.Version(ctx, q, r.version)
	}
	if err != nil {
		return annual.Report{}, nil, nil, err
	}
	report, err := frozen.Report()
	if err != nil || frozen.Version == 1 {
		return report, &frozen, nil, err
	}
	restated, err := s.Against(ctx, q, frozen.Version-1, report)
	return report, &frozen, restated, err
}

func aboutFrozen(f *annual.Frozen) sheet.About {
	if f == nil {
		return sheet.About{}
	}
	return sheet.About{Version: f.Version, Digest: f.Digest, By: f.ByName}
}

func printAnnual(out io.Writer, r annual.Report, frozen *annual.Frozen, restated []annual.Restated) error {
	fmt.Fprintf(out, "%s %d 年度\n日志 %d 条，根 %s\n", r.Organ, r.Year, r.Log.Size, r.Log.Root)
	if frozen != nil {
		fmt.Fprintf(out, "第 %d 次定稿，%s，%s\n摘要 %s\n", frozen.Version, frozen.ByName, frozen.At.Format("2006-01-02 15:04:05Z07:00"), frozen.Digest)
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	group := annual.Group("")
	for _, d := range annual.Definitions() {
		f, ok := r.Figure(d.ID)
		if !ok {
			continue
		}
		if d.Group != group {
			group = d.Group
			fmt.Fprintf(w, "\n%s\n", group.Title().ZH)
		}
		value := f.Value
		if value == "" {
			value = "—"
		}
		whole := ""
		if f.Whole != nil {
			whole = fmt.Sprintf("%d ÷ %d", f.Count, *f.Whole)
		}
		fmt.Fprintf(w, "  %s\t%s %s\t%s\t%s\n", d.Name.ZH, value, d.Unit.ZH, whole, d.ID)
		for _, p := range f.Parts {
			fmt.Fprintf(w, "    %s\t%d\n", p.Part, p.N)
		}
	}
	if len(restated) > 0 {
		fmt.Fprintln(w, "\n与上一次定稿不同（重述）")
	}
	for _, one := range restated {
		fmt.Fprintf(w, "  %s\t%s → %s\n", one.ID, one.Was, one.Is)
		for _, ref := range one.Added {
			fmt.Fprintf(w, "    + %s\n", standsAt(ref))
		}
		for _, ref := range one.Removed {
			fmt.Fprintf(w, "    - %s\n", standsAt(ref))
		}
	}
	return w.Flush()
}

// standsAt says where what is counted stands.
func standsAt(r annual.Ref) string {
	if r.Review != "" {
		return fmt.Sprintf("%s 评查 %s", r.Case, r.Review)
	}
	return fmt.Sprintf("%s 第 %d 条", r.Case, r.Entry)
}

func reportVerifyCommand() *cobra.Command {
	var r reported
	cmd := &cobra.Command{
		Use:   "verify --organ ORGAN --year YEAR",
		Short: "count a frozen version again at its checkpoint, and prove every entry against its root",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.on(cmd.Context(), func(s *annual.Service) error {
				frozen, err := s.Version(cmd.Context(), r.query(), r.version)
				if err != nil {
					return err
				}
				problems := s.Verify(cmd.Context(), frozen)
				for _, problem := range problems {
					fmt.Fprintln(cmd.OutOrStdout(), problem)
				}
				if len(problems) > 0 {
					return notInOrder{fmt.Errorf("version %d of %d does not verify", frozen.Version, frozen.Year)}
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "第 %d 次定稿属实：日志 %d 条，逐条核验，重新计算与定稿一致\n摘要 %s\n", frozen.Version, frozen.Size, frozen.Digest)
				return err
			})
		},
	}
	return r.flags(cmd)
}
