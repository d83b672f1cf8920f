package rules_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// TestTheCompiledProgramAndTheWalkAgree judges random conditions on random facts
// twice, by the compiled program and by walking the tree, and looks at what must
// hold of both.
func TestTheCompiledProgramAndTheWalkAgree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		require := conditions(3).Draw(rt, "require")
		j := judgeOf(t, require)
		for range 10 {
			all := factValues().Draw(rt, "facts")
			known := someOf(rt, all)
			today := date(t, rapid.SampledFrom([]string{"2024-05-06", "2026-12-30"}).Draw(rt, "today"))
			fast, err := j.Rule("one", rules.Input{Facts: known, Today: today})
			if err != nil {
				rt.Fatal(err)
			}
			trace, err := j.Explain("one", known, today)
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(fast, trace.Finding, equalDates); diff != "" {
				rt.Fatalf("%s on %v (-judged +explained):\n%s", require, known, diff)
			}
			completed, err := j.Rule("one", rules.Input{Facts: all, Today: today})
			if err != nil {
				rt.Fatal(err)
			}
			if fast.Result != casefile.Undetermined && completed.Result != fast.Result {
				rt.Fatalf("%s is %s on %v and %s when the rest is known: %v", require, fast.Result, known, completed.Result, all)
			}
			checkMissing(rt, fast, known)
			checkTrace(rt, trace, require)
		}
	})
}

// checkMissing asserts that what is named as missing is missing, or a date that
// is not set, or an empty list.
func checkMissing(t *rapid.T, f casefile.Finding, known casefile.Values) {
	if (f.Result == casefile.Undetermined) != (len(f.Missing) > 0) {
		t.Fatalf("%s with %v missing", f.Result, f.Missing)
	}
	if !slices.IsSorted(f.Missing) {
		t.Fatalf("not sorted: %v", f.Missing)
	}
	for _, name := range f.Missing {
		v, there := known[name]
		list, isList := v.([]string)
		if there && v != any("") && (!isList || len(list) > 0) {
			t.Fatalf("%s is named as missing, it is %v", name, v)
		}
	}
}

// checkTrace asserts that the trace shows every node of the tree, and that
// evaluating it again from the leaves up gives what it says.
func checkTrace(t *rapid.T, trace *rules.Trace, require string) {
	root := trace.Parts[0].Root
	tree, err := parser.Parse(require)
	if err != nil {
		t.Fatal(err)
	}
	var nodes counter
	ast.Walk(&tree.Node, &nodes)
	if got := countNodes(root); got != int(nodes) {
		t.Fatalf("the trace of %s has %d nodes, the tree %d", require, got, nodes)
	}
	again := reevaluate(t, root, false)
	result := casefile.Undetermined
	if again.known {
		result = map[bool]casefile.Result{true: casefile.Pass, false: casefile.Block}[again.value.(bool)]
	}
	if result != trace.Finding.Result {
		t.Fatalf("%s: evaluated again it is %s, the finding says %s", require, result, trace.Finding.Result)
	}
}

// counter counts the nodes that a trace shows: not the names of functions, the
// parts of p.<name> and the frames of predicates.
type counter int

func (c *counter) Visit(node *ast.Node) {
	switch (*node).(type) {
	case *ast.PredicateNode:
	case *ast.MemberNode:
		*c-- // "p" and the name were counted as two
	case *ast.CallNode: // the name was counted
	default:
		*c++
	}
}

// countNodes counts the nodes of a trace; the body of a predicate once.
func countNodes(n *rules.TraceNode) int {
	children := n.Children
	if isPredicate(n.Op) {
		children = children[:2]
	}
	sum := 1
	for _, child := range children {
		sum += countNodes(child)
	}
	return sum
}

func isPredicate(op string) bool { return slices.Contains([]string{"all", "any", "none", "one"}, op) }

func TestATraceShowsWhatDecided(t *testing.T) {
	j := judgeOf(t, `flag or (isSet(from_on) and today > from_on)`)
	trace, err := j.Explain("xx.small/one", casefile.Values{"flag": true}, date(t, "2024-05-06"))
	if err != nil {
		t.Fatal(err)
	}
	want := &rules.TraceNode{
		Source: "flag or (isSet(from_on) and today > from_on)", Op: "or", State: rules.StateEvaluated, Value: true,
		Children: []*rules.TraceNode{
			{Source: "flag", Op: "fact", State: rules.StateEvaluated, Value: true},
			{Source: "isSet(from_on) and today > from_on", Op: "and", State: rules.StateSkipped, Children: []*rules.TraceNode{
				{Source: "isSet(from_on)", Op: "isSet", State: rules.StateSkipped, Children: []*rules.TraceNode{
					{Source: "from_on", Op: "fact", State: rules.StateSkipped},
				}},
				{Source: "today > from_on", Op: ">", State: rules.StateSkipped, Children: []*rules.TraceNode{
					{Source: "today", Op: "fact", State: rules.StateSkipped},
					{Source: "from_on", Op: "fact", State: rules.StateSkipped},
				}},
			}},
		},
	}
	if diff := cmp.Diff(want, trace.Parts[0].Root); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestATraceGoesThroughTheItemsOfAList(t *testing.T) {
	j := judgeOf(t, `all(list, # in more)`)
	trace, err := j.Explain("one", casefile.Values{"list": []string{"x", "y", "z"}, "more": []string{"x"}}, date(t, "2024-05-06"))
	if err != nil {
		t.Fatal(err)
	}
	body := trace.Parts[0].Root.Children[1:]
	if len(body) != 2 || body[0].Item != "x" || body[0].Value != true || body[1].Item != "y" || body[1].Value != false {
		b, _ := json.Marshal(body)
		t.Errorf("got %s", b)
	}
}

func TestATraceOfADutyShowsItsParts(t *testing.T) {
	trace, err := demoJudge(t).Explain("publish-timely", casefile.Values{"opened_on": "2024-01-02", "decided_on": "2024-03-01", "published_on": ""}, date(t, "2024-03-04"))
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, p := range trace.Parts {
		parts = append(parts, p.Part+": "+p.Source)
	}
	if got, want := strings.Join(parts, "; "), "arises: isSet(decided_on); due: addWd(decided_on, p.publish_days); met: isSet(published_on)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if due := trace.Parts[1].Root; due.Value != "2024-03-29" || trace.Finding.Due != date(t, "2024-03-29") {
		t.Errorf("due is %v and %s", due.Value, trace.Finding.Due)
	}
}

func TestAGateIsExplainedAsItIsJudgedAndRuleByRule(t *testing.T) {
	packs := embedded(t)
	j, err := rules.NewJudge(packs, calendar(t))
	if err != nil {
		t.Fatal(err)
	}
	in := rules.Input{Today: date(t, "2026-06-03"), Facts: casefile.Values{ // by then every pack is in force
		"case_opened_on": "2026-02-02", "comment_open_on": "2026-03-30", "comment_close_on": "2026-04-20", "highly_technical": true,
		"expert_source": "outside", "members_total": int64(9), "members_present": int64(3), "decided_on": "2026-05-29",
	}}
	for _, p := range packs {
		for _, g := range p.Gates() {
			if g.AddsTo != "" {
				continue
			}
			ref := rules.Ref(p.ID() + "/" + g.ID)
			got, err := j.ExplainGate(ref, in)
			if err != nil {
				t.Fatal(err)
			}
			asked := in
			switch g.Kind {
			case rules.Admission:
				asked.Gates = []rules.Ref{ref}
			case rules.Applying:
				asked.Applies = []rules.Ref{ref}
			case rules.Watching:
				asked.Duties = []rules.Ref{ref}
			}
			judged, err := j.Judge(asked)
			if err != nil {
				t.Fatal(err)
			}
			want := judged.Verdict
			switch g.Kind {
			case rules.Admission:
			case rules.Applying:
				want = judged.Applies[ref]
			case rules.Watching:
				want = casefile.Verdict{Result: got.Verdict.Result, Gates: []string{string(ref)}, Findings: judged.Duties}
			}
			if diff := cmp.Diff(want, got.Verdict, equalDates); diff != "" {
				t.Errorf("%s (-judged +explained):\n%s", ref, diff)
			}
			for i, trace := range got.Rules {
				alone, err := j.Explain(trace.Pack[:strings.Index(trace.Pack, "@")]+"/"+trace.Rule, in.Facts, in.Today)
				if err != nil {
					t.Fatal(err)
				}
				alone.Finding = got.Verdict.Findings[i]
				if diff := cmp.Diff(alone, trace, equalDates); diff != "" {
					t.Errorf("%s, rule %s (-alone +in the gate):\n%s", ref, trace.Rule, diff)
				}
			}
		}
	}
	if _, err := j.ExplainGate("cn.713/nothing", in); !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("an unknown gate: %v", err)
	}
}

func TestALiteralBesideACountDoesNotHideThatItIsProvisional(t *testing.T) {
	j := judgeOf(t, "workdays(from_on, until_on) > 3 or true")
	facts := casefile.Values{"opened_on": "2024-05-06", "from_on": "2026-12-24", "until_on": "2027-01-04"}
	judged, err := j.Rule("one", rules.Input{Facts: facts, Today: date(t, "2024-05-06")})
	if err != nil || !judged.Provisional || judged.Result != casefile.Pass {
		t.Errorf("got %+v, %v", judged, err)
	}
}
