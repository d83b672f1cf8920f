package planner_test

import (
	"fmt"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/planner"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// world is a small procedure, its law and its calendar, made at random.
type world struct {
	def      *procedure.Definition
	pack     *rules.Pack
	calendar *legaltime.Calendar
	judge    *rules.Judge
	planner  *planner.Planner
	asked    map[string][]law     // by "<step>.<verb>" of acts, and "<step>" for the way out
	periods  map[string]lawPeriod // by id
	reads    []string             // date facts that some rule on the way reads
}

// law is one rule as it was made.
type law struct {
	id, text string
	chosen   string // the announced date that it holds to a period
}

// lawPeriod is one period as it was made: its length changes on a day.
type lawPeriod struct {
	id, from  string
	unit      legaltime.Unit
	roll      bool
	length    [2]int
	changesOn legaltime.Date
}

func (p lawPeriod) at(law legaltime.Date) legaltime.Period {
	length := p.length[0]
	if !law.Before(p.changesOn) {
		length = p.length[1]
	}
	return legaltime.Period{Length: length, Unit: p.unit, RollForward: p.roll}
}

// events are the dates that acts of a step type establish, by the act; announced
// dates are chosen.
var (
	events = map[procedure.StepTypeID]map[string]string{
		procedure.Participation:  {"open": "comment_open_on"},
		procedure.LegalityReview: {"accept": "review_received_on"},
		procedure.Deliberation:   {"decide": "decided_on"},
		procedure.PartyReport:    {"report": "party_reported_on"},
		procedure.Publication:    {"publish": "published_on"},
	}
	announced = map[procedure.StepTypeID]struct{ verb, fact, since string }{
		procedure.Participation:  {"open", "comment_close_on", "comment_open_on"},
		procedure.LegalityReview: {"submit", "opinion_requested_by", "review_received_on"},
	}
	outcomes = map[procedure.StepTypeID]string{
		procedure.Study: "recommended", procedure.Participation: "done", procedure.LegalityReview: "lawful",
		procedure.Deliberation: "approved", procedure.PartyReport: "issued", procedure.Publication: "published",
		procedure.Coordination: "agreed",
	}
	dateFacts = []string{"case_opened_on", "stage_entered_on", "comment_open_on", "comment_close_on", "review_received_on",
		"opinion_requested_by", "decided_on", "party_reported_on", "published_on"}
)

// drawWorld makes a chain of one to three steps, one of them perhaps a block of
// two, with one to three rules on the way out of each.
func drawWorld(t *rapid.T) *world {
	w := &world{asked: map[string][]law{}, periods: map[string]lawPeriod{}, calendar: drawCalendar(t)}
	kinds := rapid.Permutation(casefile.SortedNames(outcomes)).Draw(t, "types")
	n := rapid.IntRange(1, 3).Draw(t, "steps")
	block := rapid.IntRange(-1, n-1).Draw(t, "block")
	known := []string{"case_opened_on"}
	d := &procedure.Definition{
		ID: "xx.plan", Version: "1", Packs: []string{"xx.plan@1"},
		Ends: []procedure.End{{ID: "closed"}},
	}
	for i := range n {
		to := "closed"
		if i+1 < n {
			to = fmt.Sprintf("s%d", i+1)
		}
		id := fmt.Sprintf("s%d", i)
		if i != block {
			d.Steps = append(d.Steps, w.drawStep(t, id, kinds[2*i], to, &known))
			continue
		}
		seen := slices.Clone(known)
		d.Steps = append(d.Steps, procedure.Step{ID: id, Parallel: []string{id + "a", id + "b"}, Joined: &procedure.Transition{To: to}})
		for j, branch := range []string{id + "a", id + "b"} {
			mine := slices.Clone(seen) // a branch does not read what the one beside it does
			d.Steps = append(d.Steps, w.drawStep(t, branch, kinds[2*i+j], procedure.Join, &mine))
			known = append(known, mine[len(seen):]...)
		}
	}
	d.Start = d.Steps[0].ID
	w.def = d
	w.loadLaw(t)
	return w
}

func (w *world) drawStep(t *rapid.T, id string, kind procedure.StepTypeID, to string, known *[]string) procedure.Step {
	s := procedure.Step{ID: id, Type: kind, Title: casefile.Text{ZH: id, EN: id}, Basis: "第一条"}
	entered := append(slices.Clone(*known), "stage_entered_on")
	facts := slices.Clone(entered)
	for _, verb := range casefile.SortedNames(events[kind]) {
		facts = append(facts, events[kind][verb])
		if rapid.IntRange(0, 3).Draw(t, "gate of the act") == 0 {
			w.drawRule(t, id+"."+verb, entered)
		}
	}
	if a, ok := announced[kind]; ok && rapid.Bool().Draw(t, "announces") {
		p := w.drawPeriod(t, a.since)
		held := law{chosen: a.fact, text: a.fact + " >= d." + p.id}
		if kind == procedure.Participation {
			w.add(id+".open", held)
			w.add(id, law{text: "today > " + a.fact})
		} else {
			w.add(id, held)
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "rules") {
		w.drawRule(t, id, facts)
	}
	ty, _ := procedure.Type(kind)
	for _, a := range ty.Acts {
		rule := procedure.ActRule{Verb: a.Verb, Roles: []casefile.Role{"r"}}
		if len(w.asked[id+"."+a.Verb]) > 0 {
			rule.Gate = rules.Ref("xx.plan/" + id + "_" + a.Verb)
		}
		s.Acts = append(s.Acts, rule)
	}
	out := procedure.Transition{Is: outcomes[kind], To: to}
	if len(w.asked[id]) > 0 {
		out.Gate = rules.Ref("xx.plan/" + id)
	}
	s.Outcomes = []procedure.Transition{out}
	for _, f := range facts {
		if f != "stage_entered_on" && !slices.Contains(*known, f) {
			*known = append(*known, f)
		}
	}
	return s
}

// drawRule adds one rule that waits.
func (w *world) drawRule(t *rapid.T, at string, facts []string) {
	p := w.drawPeriod(t, rapid.SampledFrom(facts).Draw(t, "from"))
	text := rapid.SampledFrom([]string{
		"today >= d.%[1]s", "today > d.%[1]s", "not (today <= d.%[1]s)", "today >= addWd(d.%[1]s, 2)", "calDays(d.%[1]s, today) >= 3",
		"today > d.%[1]s or today > d.%[2]s", "today >= d.%[1]s and today > d.%[2]s",
	}).Draw(t, "rule")
	if !strings.Contains(text, "[2]") {
		w.add(at, law{text: fmt.Sprintf(text, p.id)})
		return
	}
	other := w.drawPeriod(t, rapid.SampledFrom(facts).Draw(t, "other from"))
	w.add(at, law{text: fmt.Sprintf(text, p.id, other.id)})
}

func (w *world) drawPeriod(t *rapid.T, from string) lawPeriod {
	p := lawPeriod{
		id: fmt.Sprintf("p%d", len(w.periods)), from: from, roll: rapid.Bool().Draw(t, "roll"),
		unit: rapid.SampledFrom([]legaltime.Unit{
			legaltime.CalendarDays, legaltime.CalendarDays, legaltime.WorkingDays, legaltime.WorkingDays, legaltime.Months, legaltime.Years,
		}).Draw(t, "unit"),
		changesOn: legaltime.NewDate(2025, time.January, 1).AddDays(rapid.IntRange(0, 600).Draw(t, "changes")),
	}
	most := map[legaltime.Unit]int{legaltime.CalendarDays: 60, legaltime.WorkingDays: 40, legaltime.Months: 3, legaltime.Years: 1}[p.unit]
	p.length = [2]int{rapid.IntRange(1, most).Draw(t, "length"), rapid.IntRange(1, most).Draw(t, "new length")}
	w.periods[p.id] = p
	return p
}

func (w *world) add(at string, l law) {
	l.id = "r-" + strings.NewReplacer(".", "-", "_", "-").Replace(at) + fmt.Sprint("-", len(w.asked[at]))
	w.asked[at] = append(w.asked[at], l)
}

// loadLaw writes the pack and loads it.
func (w *world) loadLaw(t *rapid.T) {
	var gates, list, tests, figures, periods, facts strings.Builder
	read := ""
	for _, at := range casefile.SortedNames(w.asked) {
		var ids []string
		for _, l := range w.asked[at] {
			ids = append(ids, l.id)
			read += l.text + " "
			fmt.Fprintf(&list, "- id: %s\n  title: {zh: 规则, en: Rule}\n  effect: block\n  provenance: verified\n  require: |\n    %s\n"+
				"  basis: 小规定 第一条\n  message: {zh: 不满足, en: Not met}\n  remedy: {zh: 补正, en: Mend it}\n", l.id, l.text)
			fmt.Fprintf(&tests, "- {name: %s, rule: %s, on: 2025-01-01, facts: {}, want: undetermined}\n", l.id, l.id)
		}
		fmt.Fprintf(&gates, "  - {id: %s, question: {zh: 可以吗, en: May it}, rules: [%s]}\n", strings.ReplaceAll(at, ".", "_"), strings.Join(ids, ", "))
	}
	if read == "" {
		t.Skip("no rule at all")
	}
	for _, id := range casefile.SortedNames(w.periods) {
		p := w.periods[id]
		roll := ""
		if p.roll {
			roll = "  roll_forward: 小规定 第二条\n"
		}
		read += p.from + " "
		fmt.Fprintf(&figures, "n_%s:\n  stricter: open\n  because: 试验\n  rows:\n    - {from: 2020-01-01, value: %d, unit: 日, basis: 小规定 第三条, provenance: verified}\n"+
			"    - {from: %s, value: %d, unit: 日, basis: 小规定 第三条, provenance: verified}\n", id, p.length[0], p.changesOn, p.length[1])
		fmt.Fprintf(&periods, "%s:\n  title: {zh: 期间, en: Period}\n  kind: minimum\n  length: n_%s\n  unit: %s\n  from: |\n    %s\n%s  basis: 小规定 第三条\n  provenance: verified\n",
			id, id, p.unit, p.from, roll)
	}
	for _, f := range dateFacts {
		kept := ", kept_for: 试验"
		if strings.Contains(read, f) || f == "case_opened_on" {
			kept = ""
		}
		fmt.Fprintf(&facts, "%s: {type: date, source: record, title: {zh: 日期, en: Date}%s}\n", f, kept)
	}
	kept := ""
	if !strings.Contains(read, "today") {
		kept = ", kept_for: 试验"
	}
	fmt.Fprintf(&facts, "today: {type: date, source: engine, title: {zh: 今天, en: Today}%s}\n", kept)
	files := fstest.MapFS{
		"pack.yaml": {Data: []byte("id: xx.plan\nversion: \"1\"\ntitle: {zh: 小规定, en: Small}\nrank: rule\ninstruments:\n" +
			"  - {id: xx, title: {zh: 小规定, en: Small Rules}, in_force: {from: 2020-01-01}, text_seen: 自拟, cited_as: [小规定]}\n" +
			"in_force: {from: 2020-01-01}\nlaw_at: case_opened_on\ngates:\n" + gates.String())},
		"facts.yaml": {Data: []byte(facts.String())}, "rules/all.yaml": {Data: []byte(list.String())},
		"tests/all.yaml":  {Data: []byte(tests.String())},
		"parameters.yaml": {Data: []byte(figures.String())}, "periods.yaml": {Data: []byte(periods.String())},
	}
	w.reads = w.readOnTheWay()
	if len(w.periods) == 0 {
		delete(files, "parameters.yaml")
		delete(files, "periods.yaml")
	}
	var err error
	if w.pack, err = rules.LoadPack(files, "."); err != nil {
		t.Fatal(err)
	}
	if w.judge, err = rules.NewJudge([]*rules.Pack{w.pack}, w.calendar); err != nil {
		t.Fatal(err)
	}
	if w.planner, err = planner.New(w.def, []*rules.Pack{w.pack}, w.calendar); err != nil {
		t.Fatal(err)
	}
}

// drawCalendar makes one to three years with random days off and make-up days.
func drawCalendar(t *rapid.T) *legaltime.Calendar {
	files := fstest.MapFS{}
	last := rapid.IntRange(2025, 2027).Draw(t, "last year announced")
	for year := 2025; year <= last; year++ {
		var off, work []string
		for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(0, 364), 1, 60, rapid.ID[int]).Draw(t, "days") {
			d := legaltime.NewDate(year, time.January, 1).AddDays(n)
			if d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
				work = append(work, d.String())
			} else {
				off = append(off, d.String())
			}
		}
		files[fmt.Sprintf("cal/xx-%d.yaml", year)] = &fstest.MapFile{Data: fmt.Appendf(nil,
			"calendar: xx\nyear: %d\nnotices:\n  - number: 通知%d\n    title: 放假安排\n    issued_on: %d-11-01\n    url: https://example.org/\n    days:\n"+
				"      - {holiday: 假日, off: [%s], work: [%s]}\n", year, year, year-1, strings.Join(off, ", "), strings.Join(work, ", "))}
	}
	c, err := legaltime.LoadCalendar(files, "cal", "xx")
	if err != nil {
		t.Fatal(err)
	}
	return c
}
