package procedure

import (
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// ScheduledDocument is a document that a clean-up has put into a plan.
type ScheduledDocument struct {
	Line string // number and name, as in the inventory
	By   legaltime.Date
}

// Scheduled gives the documents that a clean-up has put into a plan, in the order of their
// days; none for other cases.
func Scheduled(c *casefile.Case) []ScheduledDocument {
	var out []ScheduledDocument
	for _, line := range asTexts(c.Facts[cleanupScheduled].Value) {
		by, document, ok := strings.Cut(line, "：")
		day, err := legaltime.ParseDate(by)
		if ok && err == nil {
			out = append(out, ScheduledDocument{Line: document, By: day})
		}
	}
	slices.SortStableFunc(out, func(a, b ScheduledDocument) int { return a.By.Compare(b.By) })
	return out
}

// Changes reports whether a case of making a document has been published and amends or
// repeals this one.
func (s ScheduledDocument) Changes(making *casefile.Case) bool {
	if asText(making.Facts["published_on"].Value) == "" {
		return false
	}
	named := append(asTexts(making.Facts["amends"].Value), asTexts(making.Facts["repeals"].Value)...)
	return slices.ContainsFunc(named, func(other string) bool {
		other = documentLine(other)
		return other == s.Line || documentNumber(other) == documentNumber(s.Line)
	})
}

// Schedules gives the step in which a procedure puts documents into a plan, and who does;
// ok is false where it has none.
func (d *Definition) Schedules() (step string, roles []casefile.Role, ok bool) {
	for _, s := range d.Steps {
		if s.Type != CleanupFollowup {
			continue
		}
		for _, rule := range s.Acts {
			if rule.Verb == "schedule" {
				return s.ID, rule.Roles, true
			}
		}
	}
	return "", nil, false
}

// plansOf gives what a clean-up has put into a plan, behind an entry that puts something
// there.
func plansOf(c *casefile.Case, e casefile.Entry) []casefile.Plan {
	if _, ok := e.Facts[cleanupScheduled]; !ok || e.Kind != casefile.EntryAct {
		return nil
	}
	var out []casefile.Plan
	for _, s := range Scheduled(c) {
		out = append(out, casefile.Plan{Document: s.Line, Due: s.By})
	}
	return out
}
