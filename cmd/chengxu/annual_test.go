package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/annual"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/scenario"
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
		entry := raw{}
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
		r.life(entries, entries[0].at("pinned", "procedure").(string))
		r.states(entries)
		if decision {
			r.decision(entries)
		} else {
			r.document(entries)
		}
	}
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
		case step == "filing" && verb == "opinion_received":
			r.add("congress-opinion-received", 1)
		}
	}
}

// life counts what happens to documents in force: their terms, and their reviews.
func (r *recount) life(entries []raw, of string) {
	var amends []any
	for i, e := range entries {
		with, _ := e.at("act_with").(map[string]any)
		if e.is("act", "registration", "register") {
			amends, _ = with["amends"].([]any)
		}
		if !strings.HasPrefix(e.text("on"), r.year+"-") || e.text("kind") != "act" {
			continue
		}
		received, _ := e.at("facts", "advice_received_on").(string)
		switch {
		case e.is("act", "publication", "publish"):
			r.add("documents-amended", len(amends))
		case strings.HasPrefix(of, "cn.document-validity@") && e.text("step") == "publication" && e.text("outcome") == "extended":
			r.add("documents-extended", 1)
		case e.is("act", "result", "record"):
			r.add("review-results", 1)
		case received != "":
			r.add("judicial-advice-received", 1)
			replied := ""
			for _, later := range entries[i:] {
				if on, ok := later.at("facts", "advice_replied_on").(string); ok && on != "" && later.text("kind") == "act" {
					replied = on
				}
			}
			r.share("judicial-advice-in-time", replied != "" && !day(replied).After(day(received).AddDays(60)))
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

func (r *recount) document(entries []raw) {
	published, filed := -1, -1
	back, registered, interpreted, due := false, false, false, ""
	var until legaltime.Date
	for i, e := range entries {
		with, _ := e.at("act_with").(map[string]any)
		switch {
		case e.is("act", "publication", "publish"):
			published = i
		case e.is("act", "filing", "file"):
			filed = i
		case e.is("act", "filing", "sent_back"):
			back = true
		case e.is("act", "filing", "conclude"):
			registered = with["result"] == "registered"
		case e.is("act", "registration", "register"):
			until = day(with["expires_on"])
		case e.is("act", "publication", "interpret"):
			interpreted = published >= 0 && !day(with["interpretation_on"]).After(day(entries[published]["on"]))
		}
		findings, _ := e.at("verdict", "findings").([]any)
		for _, f := range findings {
			if one := f.(map[string]any); one["rule"] == "nd-filing-30d" && one["due"] != nil {
				due, _ = one["due"].(string)
			}
		}
	}
	if published < 0 {
		return
	}
	on := entries[published].text("on")
	if !until.Before(day(r.year+"-12-31")) && on <= r.year+"-12-31" {
		r.add("documents-in-force", 1)
	}
	if !strings.HasPrefix(on, r.year+"-") {
		return
	}
	r.add("documents-made", 1)
	_, reviewed := passed(entries[:published], "legality_review", "-", "lawful", "lawful-with-conditions", "exploratory", "unchanged")
	r.share("documents-reviewed", reviewed)
	r.share("interpretation-synchronous", interpreted)
	r.share("filing-rate", filed >= 0)
	if filed >= 0 {
		r.share("filing-standard", registered && !back)
		if due != "" {
			r.share("filing-timely", !day(entries[filed].at("act_with", "filed_on")).After(day(due)))
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

// TestAnnualFiguresAgreeWithAnIndependentRecount plays whole examples, and counts every
// figure twice: by package annual, and by loops over the leaves of the logs that know
// nothing of it. When the record is changed for one of them, they must not agree.
func TestAnnualFiguresAgreeWithAnIndependentRecount(t *testing.T) {
	s := startTestStack(t, 0)
	calendar := must(legaltime.Embedded())
	figures := annualFigures(s.store, s.keys, true)
	counted := map[string]bool{}
	organs := map[casefile.OrganID]bool{}
	for i, file := range []string{"putuo-waste-sorting", "ningjin-yangguang-avenue", "pingyuan-s332-hearing", "xinzhuang-jindu-road", "sub-district-parking-document",
		"conduct/w01-three-returns", "conduct/w05-deputy-presides", "conduct/w09-late-recovery", "conduct/w17-approved-as-amended"} {
		organs[play(t, s, "../../examples/"+file+".yaml", "annual-"+strconv.Itoa(i)).Organ] = true
	}
	for organ := range organs {
		cases := rawCases(t, s, organ)
		for year := 2021; year <= 2026; year++ {
			q := annual.Query{Organ: organ, Year: annual.Year(year), Practice: true}
			report := must(figures.Current(t.Context(), q))
			for _, problem := range recounted(cases, strconv.Itoa(year), calendar).differs(report) {
				t.Errorf("%s %d: %s", organ, year, problem)
			}
			for _, f := range report.Figures {
				counted[f.ID] = counted[f.ID] || f.Count > 0
				if f.Count > 0 {
					leftOut(t, cases, report, f, calendar)
				}
			}
			if must(figures.Current(t.Context(), annual.Query{Organ: organ, Year: annual.Year(year)})).Figures[0].Count != 0 {
				t.Errorf("%s %d: practice is counted as real", organ, year)
			}
		}
	}
	for _, id := range []string{"decisions-opened", "decisions-issued", "decisions-published", "decisions-with-participation", "decisions-with-expert", "decisions-with-risk", "decisions-with-legality",
		"decisions-with-deliberation", "comment-windows", "comment-days", "opinions-received", "opinions-adopted", "hearings-held", "reviews", "reviews-working-days", "reviews-with-counsel",
		"documents-made", "documents-in-force", "documents-reviewed", "interpretation-synchronous", "filing-rate", "blocked", "blocked-by-article", "returns", "papers-lacking", "deadlines-met", "deadlines-breached"} {
		if !counted[id] {
			t.Errorf("no example shows anything of %s", id)
		}
	}
	freezes(t, s)
}

// leftOut takes an entry that a figure counts out of the record that is counted again,
// and wants the two counts to differ.
func leftOut(t *testing.T, cases map[string][]raw, report annual.Report, f annual.Figure, calendar *legaltime.Calendar) {
	t.Helper()
	ref := f.Counted[0]
	whole := cases[string(ref.Case)]
	if len(whole) == 0 || ref.Entry == 1 {
		return
	}
	gone := map[string][]raw{}
	for id, entries := range cases {
		gone[id] = entries
	}
	gone[string(ref.Case)] = slices.Delete(slices.Clone(whole), int(ref.Entry)-1, int(ref.Entry))
	if len(recounted(gone, strconv.Itoa(int(report.Year)), calendar).differs(report)) == 0 {
		t.Errorf("%s %d: nobody notices that entry %d of case %s, which %s counts, is gone", report.Organ, report.Year, ref.Entry, ref.Case, f.ID)
	}
}

// freezes goes through the command: freeze, show, verify, and the canonical form.
func freezes(t *testing.T, s *stack) {
	t.Helper()
	organ := "上海市嘉定区真新街道办事处"
	asked := []string{"--organ", organ, "--year", "2025", "--practice", "--data", s.dir}
	run := func(args ...string) string {
		var out bytes.Buffer
		cmd := root()
		cmd.SetOut(&out)
		cmd.SetArgs(append(append([]string{"report"}, args...), asked...))
		if err := cmd.ExecuteContext(t.Context()); err != nil {
			t.Fatalf("report %v: %v", args, err)
		}
		return out.String()
	}
	contains(t, "the figures", run("annual"), "制定公布的规范性文件", "filing-rate", "1 ÷ 1")
	contains(t, "the frozen figures", run("annual", "--freeze", "--by", "审计员"), "第 1 次定稿，审计员")
	digest := string(annual.Digest([]byte(run("annual", "--json", "--version", "1"))))
	contains(t, "the verification", run("verify"), "第 1 次定稿属实", digest)
	now := must(annualFigures(s.store, s.keys, true).Restated(t.Context(), annual.Query{Organ: casefile.OrganID(organ), Year: 2025, Practice: true},
		must(annualFigures(s.store, s.keys, true).Current(t.Context(), annual.Query{Organ: casefile.OrganID(organ), Year: 2025, Practice: true}))))
	if diff := cmp.Diff([]annual.Restated(nil), now); diff != "" {
		t.Errorf("nothing was recorded since: %s", diff)
	}
	if _, err := scenario.Play(t.Context(), must(loadScenario("../../examples/sub-district-parking-document.yaml")), localEngine{s.cases, s.papers}, "annual-later", nil); err != nil { // its number is another one now
		t.Fatal(err)
	}
	contains(t, "the restatement", run("annual"), "与上一次定稿不同（重述）", "documents-made", "1 → 2")
	contains(t, "the second version", run("annual", "--freeze", "--by", "审计员"), "第 2 次定稿")
	contains(t, "the first version, still", run("verify", "--version", "1"), "第 1 次定稿属实", digest)
}
