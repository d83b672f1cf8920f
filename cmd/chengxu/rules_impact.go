package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/impact"
	"github.com/zhengdang/chengxu/ledger/dossier"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/store"
)

func rulesImpactCommand() *cobra.Command {
	var from, to string
	var at place
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "impact --to PACK [DOSSIER...]",
		Short: "judge everything recorded again by another pack, and list what would be different",
		Long: "impact asks all that recorded cases asked of the rules once more, by the pack before and by the pack after, with\n" +
			"everything else as it was pinned, and lists the gates whose answers differ: case, entry, act, rules, and the\n" +
			"parts of the rules whose values differ. The cases are those of the data directory, or the dossiers given.\n" +
			"Nothing is recorded. A pack is a name, a folder or a release.",
		RunE: func(cmd *cobra.Command, args []string) error {
			own, err := loadShipped()
			if err != nil {
				return err
			}
			r, err := own.replacement(from, to)
			if err != nil {
				return err
			}
			cases := casesIn(args)
			if len(args) == 0 {
				db, err := at.open(cmd.Context())
				if err != nil {
					return err
				}
				defer db.Close()
				cases = casesOf(cmd.Context(), db)
			}
			report, err := impact.Of(cmd.Context(), impact.Questions(cases, r))
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), report)
			}
			return printImpact(cmd.OutOrStdout(), report)
		},
	}
	f := cmd.Flags()
	f.StringVar(&from, "from", "", "the pack before; default: what is pinned to each case")
	f.StringVar(&to, "to", "", "the pack after (required)")
	at.flags(f)
	f.BoolVar(&asJSON, "json", false, "print JSON")
	return required(cmd, "to")
}

func (s *shipped) replacement(from, to string) (impact.Replacement, error) {
	var r impact.Replacement
	for _, side := range []struct {
		name string
		pack **rules.Pack
	}{{from, &r.From}, {to, &r.To}} {
		if side.name == "" {
			continue
		}
		packs, err := s.packsNamed([]string{side.name})
		if err != nil {
			return r, err
		}
		*side.pack = packs[0]
	}
	if r.From != nil && r.From.ID() != r.To.ID() {
		return r, fmt.Errorf("%s does not take the place of %s: %w", r.To.Name(), r.From.Name(), casefile.ErrInvalid)
	}
	return r, nil
}

// casesOf gives every case of a store.
func casesOf(ctx context.Context, db *store.Store) iter.Seq2[impact.Recorded, error] {
	content := func(digest casefile.Digest) ([]byte, error) { return db.Content(ctx, digest) }
	return func(yield func(impact.Recorded, error) bool) {
		organs, err := db.Organs(ctx)
		if err != nil {
			yield(impact.Recorded{}, err)
			return
		}
		for _, organ := range organs {
			for after, more := "", true; more; more = after != "" {
				var rows []store.Summary
				if rows, after, err = db.List(ctx, store.Filter{Organ: organ, After: after, Limit: 200}); err != nil {
					yield(impact.Recorded{}, err)
					return
				}
				for _, row := range rows {
					entries, err := entriesOf(ctx, db, row.ID)
					if !yield(impact.Recorded{Entries: entries, Content: content}, err) || err != nil {
						return
					}
				}
			}
		}
	}
}

func entriesOf(ctx context.Context, db *store.Store, id casefile.ID) ([]casefile.Entry, error) {
	sealed, err := db.Sealed(ctx, id)
	entries := make([]casefile.Entry, len(sealed))
	for i, s := range sealed {
		entries[i] = s.Entry
	}
	return entries, err
}

// casesIn gives the cases of dossiers, whose seals must hold.
func casesIn(files []string) iter.Seq2[impact.Recorded, error] {
	return func(yield func(impact.Recorded, error) bool) {
		for _, file := range files {
			recorded, err := caseIn(file)
			if err != nil {
				err = fmt.Errorf("%s: %w", file, err)
			}
			if !yield(recorded, err) || err != nil {
				return
			}
		}
	}
}

func caseIn(file string) (impact.Recorded, error) {
	f, err := os.Open(file)
	if err != nil {
		return impact.Recorded{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return impact.Recorded{}, err
	}
	report := dossier.VerifyFile(f, info.Size(), dossier.Options{})
	if report.Seal.Status != dossier.Verified {
		return impact.Recorded{}, notInOrder{fmt.Errorf("the seal does not hold: %w", casefile.ErrInvalid)}
	}
	d, err := dossier.Read(f, info.Size())
	if err != nil {
		return impact.Recorded{}, err
	}
	out := impact.Recorded{Content: contentOf(d, report.Pinned)}
	for _, e := range d.Entries {
		record, err := e.Record()
		if err != nil {
			return impact.Recorded{}, err
		}
		out.Entries = append(out.Entries, record)
	}
	return out, nil
}

// contentOf gives what the opening of a dossier's case pinned, and what the case
// moved to later; the seal has shown that it is that.
func contentOf(d *dossier.Dossier, pinned *casefile.Pinned) func(casefile.Digest) ([]byte, error) {
	held := map[casefile.Digest][]byte{pinned.Definition: d.Definition, pinned.Calendar: d.Calendar}
	for _, p := range pinned.Packs {
		held[p.Digest] = d.Packs[p.Pack]
	}
	maps.Copy(held, d.Adopted)
	return func(digest casefile.Digest) ([]byte, error) {
		if b, ok := held[digest]; ok {
			return b, nil
		}
		return nil, fmt.Errorf("content %s: %w", digest, casefile.ErrNotFound)
	}
}

// chinese names results as they are shown.
func chinese(r casefile.Result) string {
	switch r {
	case casefile.Pass:
		return "通过"
	case casefile.Block:
		return "不通过"
	case casefile.Undetermined:
		return "无法判断"
	}
	return "无"
}

func printImpact(out io.Writer, r impact.Report) error {
	for _, c := range r.Changes {
		act := c.Act
		if act == "" {
			act = "期限届满"
		}
		state := "已结"
		if c.Open {
			state = "在办"
		}
		fmt.Fprintf(out, "%s（%s） 第 %d 条 %s %s\n    %s：%s → %s\n", c.Case, state, c.Sequence, c.On, act, c.Gate, chinese(c.Before), chinese(c.After))
		for _, rule := range c.Rules {
			fmt.Fprintf(out, "    %s（%s）：%s → %s", rule.Rule, rule.Basis, chinese(rule.Before), chinese(rule.After))
			if rule.DueBefore != rule.DueAfter {
				fmt.Fprintf(out, "，期限 %s → %s", rule.DueBefore, rule.DueAfter)
			}
			fmt.Fprintln(out)
			for _, v := range rule.Values {
				fmt.Fprintf(out, "        %s：%v → %v\n", strings.ReplaceAll(v.Source, "\n", " "), v.Before, v.After)
			}
		}
	}
	for _, f := range r.Failures {
		fmt.Fprintf(out, "%s 第 %d 条：无法重新判断：%s\n", f.Case, f.Sequence, f.Problem)
	}
	_, err := fmt.Fprintf(out, "重新判断 %d 条记录、%d 个关口：%d 处不同，涉及在办案件 %d 件，%d 条无法判断\n",
		r.Entries, r.Gates, len(r.Changes), len(r.Open), len(r.Failures))
	return err
}
