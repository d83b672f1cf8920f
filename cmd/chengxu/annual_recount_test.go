package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/annual"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/legaltime"
)

// raw is an entry as its leaf commits to it: names and JSON values, and nothing of ours.
type raw map[string]any

// rawCases reads the leaves of an organ's log with what they commit to, case by case.
func rawCases(t *testing.T, s *stack, organ casefile.OrganID) map[string][]raw {
	t.Helper()
	size := must(s.store.TreeSize(t.Context(), organ))
	out := map[string][]raw{}
	openings := map[string]map[int64]map[string]ledger.Opening{}
	for index := range size {
		leaf := must(ledger.ParseLeaf(must(s.store.Leaf(t.Context(), organ, index))))
		if openings[leaf.Case] == nil {
			openings[leaf.Case] = map[int64]map[string]ledger.Opening{}
			for _, e := range must(s.store.Sealed(t.Context(), casefile.ID(leaf.Case))) {
				openings[leaf.Case][e.Entry.Sequence] = e.Openings
			}
		}
		entry := raw{inLog: index}
		for field, opening := range openings[leaf.Case][leaf.Sequence] {
			if leaf.Fields[field] != opening.Commitment(field) {
				t.Fatalf("entry %d of %s does not open", leaf.Sequence, leaf.Case)
			}
			var value any
			if err := json.Unmarshal(opening.Value, &value); err != nil {
				t.Fatal(err)
			}
			entry[field] = value
		}
		out[leaf.Case] = append(out[leaf.Case], entry)
	}
	return out
}

// inLog is where an entry stands in the log.
const inLog = "place in the log"

func (r raw) text(field string) string { s, _ := r[field].(string); return s }

// at walks into a value by names.
func (r raw) at(names ...string) any {
	var v any = map[string]any(r)
	for _, name := range names {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

func (r raw) is(kind, step, verb string) bool {
	return r.text("kind") == kind && r.text("step") == step && r.text("verb") == verb
}

// recount is the other count: plain loops over the JSON of the entries, by the names of
// steps, with no definition, no step type and no case. A value is "count" or
// "count/whole".
type recount struct {
	year     string
	calendar *legaltime.Calendar
	count    map[string]int
	whole    map[string]int
}

func (r *recount) add(id string, n int) { r.count[id] += n }
func (r *recount) of(id string, n int)  { r.whole[id] += n }
func (r *recount) share(id string, so bool) {
	r.of(id, 1)
	if so {
		r.add(id, 1)
	}
}

func recounted(cases map[string][]raw, year string, calendar *legaltime.Calendar) *recount {
	r := &recount{year: year, calendar: calendar, count: map[string]int{}, whole: map[string]int{}}
	for _, entries := range cases {
		decision := strings.HasPrefix(entries[0].at("pinned", "procedure").(string), "cn.major-decision")
		r.entries(entries, decision)
		r.exchanges(entries)
		r.states(entries)
		switch of := entries[0].at("pinned", "procedure").(string); {
		case decision:
			r.decision(entries)
		case strings.HasPrefix(of, "cn.normative-document@"):
			r.document(entries)
		case strings.HasPrefix(of, "cn.document-cleanup@"):
			r.cleanup(entries)
		case strings.HasPrefix(of, "cn.decision-catalogue@"):
			r.catalogue(entries)
		case strings.HasPrefix(of, "cn.decision-execution@"):
			r.execution(entries)
		}
	}
	r.register(cases)
	return r
}

// entries counts what single entries tell.
func (r *recount) entries(entries []raw, decision bool) {
	facts := map[string]any{}
	for i, e := range entries {
		if e.text("kind") != "blocked" {
			if given, ok := e["facts"].(map[string]any); ok {
				for name, v := range given {
					facts[name] = v
				}
			}
		}
		if !strings.HasPrefix(e.text("on"), r.year+"-") {
			continue
		}
		if e.text("kind") == "blocked" {
			r.add("blocked", 1)
			r.articles(e)
			continue
		}
		with, _ := e.at("act_with").(map[string]any)
		for _, field := range []string{"lacking", "papers"} {
			if papers, ok := with[field].([]any); ok && (field == "lacking" || e.text("verb") == "request_supplement") {
				r.add("papers-lacking", len(papers))
			}
		}
		if decision && i == 0 {
			r.add("decisions-opened", 1)
		}
		n := func(name string) int { v, _ := with[name].(float64); return int(v) }
		switch step, verb := e.text("step"), e.text("verb"); {
		case step == "participation" && verb == "open":
			r.add("comment-windows", 1)
			r.share("comment-shortened", facts["short_reason_in_notice"] != "" && facts["short_reason_in_notice"] != nil)
		case step == "participation" && verb == "close":
			r.of("comment-days", 1)
			r.add("comment-days", day(facts["comment_open_on"]).DaysUntil(day(facts["comment_close_on"])))
		case step == "participation" && verb == "register":
			r.add("opinions-received", n("count"))
		case step == "participation" && verb == "answer":
			r.of("opinions-adopted", n("count"))
			r.add("opinions-adopted", n("adopted")+n("partly"))
		case step == "participation" && verb == "close_hearing":
			r.add("hearings-held", 1)
		case step == "legality_review" && (verb == "conclude" || verb == "conclude_exploratory"):
			r.review(entries, i, day(facts["review_received_on"]))
		case step == "legality_review" && e.text("outcome") == "returned":
			r.add("reviews-returned", 1)
		case step == "publication" && verb == "publish" && decision:
			r.add("decisions-published", 1)
		case step == "deliberation" && verb == "decide" && decision:
			if m := facts["majority_view"]; m != nil && m != "split" && m != facts["chief_decision"] {
				r.add("decided-against-majority", 1)
			}
		case step == "deliberation" && verb == "minutes" && decision && (e.text("outcome") == "deferred" || e.text("outcome") == "rejected"):
			r.add("decisions-"+e.text("outcome"), 1)
		case e.is("act", "result", "record"):
			r.add("review-results", 1)
		}
	}
}

func (r *recount) articles(e raw) {
	seen := []string{}
	findings, _ := e.at("verdict", "findings").([]any)
	for _, f := range findings {
		one, _ := f.(map[string]any)
		stops := one["effect"] == "block" && one["result"] != "pass" || one["effect"] == "warn" && one["result"] != "pass" && one["reason"] == nil ||
			one["effect"] == "applies" && one["result"] == "undetermined"
		name := fmt.Sprint(one["basis"], one["rule"])
		if stops && !slices.Contains(seen, name) {
			seen = append(seen, name)
			r.add("blocked-by-article", 1)
		}
	}
}

func (r *recount) review(entries []raw, at int, received legaltime.Date) {
	e := entries[at]
	r.add("reviews", 1)
	if outcome := e.text("outcome"); outcome == "unlawful" {
		r.add("reviews-unlawful", 1)
	} else if outcome == "lawful-with-conditions" {
		r.add("reviews-conditional", 1)
	}
	counsel := false
	for _, b := range entries[:at] {
		counsel = counsel || b.is("act", "legality_review", "counsel_opinion") && b["round"] == e["round"]
	}
	r.share("reviews-with-counsel", counsel)
	r.of("reviews-working-days", 1)
	for d := received.AddDays(1); !d.After(day(e["on"])); d = d.AddDays(1) {
		if r.calendar.Day(d).Working {
			r.add("reviews-working-days", 1)
		}
	}
}

// states counts returns and deadlines, which depend on what was before.
func (r *recount) states(entries []raw) {
	first, state := map[string]int{}, map[string]any{}
	for i, e := range entries {
		counts := strings.HasPrefix(e.text("on"), r.year+"-")
		back := false
		entered, _ := e["entered"].([]any)
		for _, in := range entered {
			one, _ := in.(map[string]any)
			to, _ := one["step"].(string)
			at, before := first[to]
			from, known := first[e.text("step")]
			back = back || one["applies"] == true && before && (!known || at <= from)
		}
		for _, in := range entered {
			if to := in.(map[string]any)["step"].(string); first[to] == 0 {
				first[to] = 1000*(i+1) + len(first)
			}
		}
		if back && counts && e.text("kind") != "blocked" {
			r.add("returns", 1)
		}
		deadlines, _ := e["deadlines"].([]any)
		for _, d := range deadlines {
			one, _ := d.(map[string]any)
			id, _ := one["id"].(string)
			if changed := state[id] != one["state"]; changed && counts && one["state"] == "met" {
				r.share("deadlines-met", true)
			} else if changed && counts && one["state"] == "breached" {
				r.share("deadlines-met", false)
				r.add("deadlines-breached", 1)
			}
			state[id] = one["state"]
		}
	}
}

// passed says whether a step was required before an entry, and done in its last round.
func passed(entries []raw, step string, exempt string, done ...string) (required, ok bool) {
	for _, e := range entries {
		if e.text("kind") == "blocked" {
			continue
		}
		if outcome := e.text("outcome"); e.text("step") == step && outcome != "" {
			required = required && outcome != exempt
			ok = ok || slices.Contains(done, outcome)
		}
		entered, _ := e["entered"].([]any)
		for _, in := range entered {
			if one := in.(map[string]any); one["step"] == step {
				required, ok = one["applies"] == true, false
			}
		}
	}
	return required, ok
}

func (r *recount) decision(entries []raw) {
	issued := -1
	for i, e := range entries {
		if e.text("kind") == "act" && e.text("step") == "party_report" && e.text("outcome") == "issued" {
			issued = i
		}
	}
	if issued < 0 || !strings.HasPrefix(entries[issued].text("on"), r.year+"-") {
		return
	}
	r.add("decisions-issued", 1)
	for id, of := range map[string][]string{
		"participation": {"participation", "exempt", "done"}, "expert": {"expert_argument", "-", "done"}, "risk": {"risk_assessment", "-", "controllable"},
		"competition":  {"fair_competition", "-", "compliant", "exception"},
		"legality":     {"legality_review", "-", "lawful", "lawful-with-conditions", "exploratory", "unchanged"},
		"deliberation": {"deliberation", "-", "approved", "amended"},
	} {
		if required, done := passed(entries[:issued], of[0], of[1], of[2:]...); required {
			r.share("decisions-with-"+id, done)
		}
	}
}

func day(v any) legaltime.Date {
	text, _ := v.(string)
	d, _ := legaltime.ParseDate(text) // what is no date is none
	return d
}

// differs gives the figures on which the two counts do not agree.
func (r *recount) differs(report annual.Report) []string {
	var out []string
	for _, f := range report.Figures {
		whole := 0
		if f.Whole != nil {
			whole = int(*f.Whole)
		}
		if int(f.Count) != r.count[f.ID] || whole != r.whole[f.ID] {
			out = append(out, fmt.Sprintf("%s: %d/%d, counted again %d/%d", f.ID, f.Count, whole, r.count[f.ID], r.whole[f.ID]))
		}
	}
	return out
}
