package procedure_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

const shippedName = "cn.major-decision.2019.yaml"

func shippedSource(t testing.TB) string {
	t.Helper()
	sources, err := procedure.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		if s.Name == shippedName {
			return string(s.Content)
		}
	}
	t.Fatal("not shipped")
	return ""
}

// edited gives the shipped definition with one text replaced, and the line of
// the replacement.
func edited(t *testing.T, old, new string) (src string, line int) {
	t.Helper()
	src = shippedSource(t)
	at := strings.Index(src, old)
	if at < 0 {
		t.Fatalf("the shipped definition has no %q", old)
	}
	return src[:at] + new + src[at+len(old):], strings.Count(src[:at], "\n") + 1
}

// wrong is a text of the shipped definition, what it is replaced with, and the
// problem that must come of it.
type wrong struct {
	name, old, new string
	want           string
	below          int // lines below the edit at which the problem is reported; -1: elsewhere
}

func TestADefinitionIsRefusedWithFileAndLine(t *testing.T) {
	for _, tt := range slices.Concat(wrongForm(), wrongParts(), wrongRoutes()) {
		t.Run(tt.name, func(t *testing.T) {
			src, line := edited(t, tt.old, tt.new)
			_, err := procedure.Load("x.yaml", []byte(src))
			if err == nil {
				t.Fatal("loaded")
			}
			if !errors.Is(err, casefile.ErrInvalid) {
				t.Errorf("not of kind invalid: %v", err)
			}
			var found string
			for _, l := range strings.Split(err.Error(), "\n") {
				if strings.Contains(l, tt.want) {
					found = l
				}
			}
			if found == "" {
				t.Fatalf("got %v\nwant %q", err, tt.want)
			}
			if at := fmt.Sprintf("x.yaml:%d: ", line+tt.below); tt.below >= 0 && !strings.Contains(found, at) {
				t.Errorf("got %q, want it at %q", found, at)
			}
		})
	}
}

func wrongForm() []wrong {
	return []wrong{
		{"an unknown key", "start: intake", "start: intake\nbegin: intake", `unknown key "begin" in the definition`, 1},
		{"an unknown key inside", "roles: [office, drafter]}\n      - {verb: triage", "roles: [office, drafter], who: x}\n      - {verb: triage",
			`unknown key "who" in steps[0].acts[0]`, 0},
		{"a key twice", "start: intake", "start: intake\nstart: study", `key "start" comes twice`, 1},
		{"a role twice", "  office:  ", "  drafter: {zh: 甲, en: a}\n  office:  ", `key "drafter" comes twice`, -1},
		{"a number for text", `version: "2019"`, "version: 2019", "version: want text", 0},
		{"a blank text", "basis: 国务院令第713号\n", "basis: \"  \"\n", "basis: is blank", 0},
		{"an alias", "packs: [cn.713@2019]", "packs: &p [cn.713@2019]", "anchors and aliases", 0},
		{"a tag", "packs: [cn.713@2019]", "packs: !x [cn.713@2019]", "explicit tags", 0},
		{"a list for a mapping", "title: {zh: 重大行政决策, en: Major administrative decision}", "title: [a]", "title: want a mapping", 0},
		{"broken YAML", "start: intake", "start: [intake", "did not find expected", -1},
		{"a title in one language", "title: {zh: 重大行政决策, en: Major administrative decision}", "title: {zh: 重大行政决策}", "title: needs zh and en", 0},
		{"a bad id", "id: cn.major-decision", "id: Cn Major", "id:", 0},
		{"a bad pack", "packs: [cn.713@2019]", "packs: [cn.713]", "want <pack>@<version>", 0},
	}
}

func wrongParts() []wrong {
	return []wrong{
		{"a gate without its pack", "gate: cn.713/open_case", "gate: cn.999/open_case", "pack cn.999 is not among the packs", 0},
		{"a gate in the wrong form", "gate: cn.713/open_case", "gate: open_case", "want <pack>/<gate>", 0},
		{"a role that does not exist", "{verb: register, roles: [office, drafter]}", "{verb: register, roles: [office, clerk]}", `role "clerk" does not exist`, 0},
		{"a role that nobody uses", "  trainer:  ", "  clerk: {zh: 甲, en: a}\n  trainer:  ", "no act names this role", 0},
		{"nobody may do it", "{verb: register, roles: [office, drafter]}", "{verb: register, roles: []}", "nobody could do it", 0},
		{"an act without a rule", "      - {verb: decline, roles: [office]}\n", "", `nobody may do "decline"`, -1},
		{"an act that the type does not have", "{verb: decline, roles: [office]}", "{verb: dismiss, roles: [office]}", `has no act "dismiss"`, 0},
		{"two rules for an act", "      - {verb: decline, roles: [office]}\n", "      - {verb: decline, roles: [office]}\n      - {verb: decline, roles: [office]}\n",
			`act "decline" has two rules`, 1},
		{"a step type that does not exist", "type: intake", "type: reception", `step type "reception" does not exist`, 0},
		{"an outcome that the type cannot produce", "is: routed-out,", "is: lost,", `cannot end in "lost"`, 0},
		{"an outcome that is not routed", "      - {is: more, to: study, free: 补充研究论证，开始新一轮}\n", "", `outcome "more" leads nowhere`, -1},
		{"an outcome routed twice", "      - {is: more, to: study, free: 补充研究论证，开始新一轮}\n",
			"      - {is: more, to: study, free: 甲}\n      - {is: more, to: study, free: 甲}\n", `outcome "more" is routed twice`, 1},
		{"a target that does not exist", "{is: more, to: study,", "{is: more, to: moon,", `leads to "moon", which is neither a step nor an end`, 0},
		{"a transition neither gated nor free", ", to: study, gate: cn.713/intake_to_study}", ", to: study}", "needs a gate, or says with free", 0},
		{"a transition gated and free", ", to: study, gate: cn.713/intake_to_study}", ", to: study, gate: cn.713/intake_to_study, free: 甲}", "has a gate and says that it is free", 0},
		{"an act of the case neither gated nor free", ", gate: cn.713/suspend_case}", "}", "needs a gate, or says with free", 0},
		{"an act of the case that must lead on", ", to: archive, as: withdrawn}", "}", "does not say where it leads", 0},
		{"an act of the case that leads nowhere", "{verb: suspend, roles: [office, drafter, chief], gate: cn.713/suspend_case}",
			"{verb: suspend, roles: [office, drafter, chief], gate: cn.713/suspend_case, to: archive}", "suspend leads nowhere", 0},
		{"an end that does not exist", "as: rejected", "as: refused", `"refused" is not an end`, 0},
	}
}

func wrongRoutes() []wrong {
	return []wrong{
		{"an end that is never reached", "  - {id: closed,", "  - {id: lost, title: {zh: 甲, en: a}}\n  - {id: closed,", `end "lost" can never be reached`, 0},
		{"an end twice", "  - {id: closed,", "  - {id: rejected, title: {zh: 甲, en: a}}\n  - {id: closed,", `end "rejected" comes twice`, 0},
		{"a step twice", "  - id: study\n    type: study", "  - id: intake\n    type: study", `step "intake" comes 2 times`, 0},
		{"a start that does not exist", "start: intake", "start: hall", `step "hall" does not exist`, 0},
		{"a start inside a block", "start: intake", "start: participation", "is inside a block", 0},
		{"a step that is never reached", "{is: launch, to: drafting, gate", "{is: launch, to: archive, gate", `step "opinions" can never be reached`, -1},
		{"a dead end", "{is: complete, to: closed, gate", "{is: complete, to: archive, gate", `dead end: from step "archive"`, -1},
		{"a join outside a block", "{is: more, to: study,", "{is: more, to: join,", "leads to the join of a block, and the step is in none", 0},
		{"a step that leads into a block", "{is: agreed, to: opinions,", "{is: agreed, to: participation,", `leads into the middle of block "opinions"`, 0},
		{"a branch that leads to its sister", "{is: repeat, to: participation,", "{is: repeat, to: risk_assessment,", "another branch of the same block", 0},
		{"a join that waits for ever", "{is: controllable, to: join, gate", "{is: controllable, to: pre_review, gate",
			`the join can wait for ever: no outcome of "risk_assessment" leads to it`, -1},
		{"a branch that does not exist", "parallel: [participation,", "parallel: [listening, participation,", `step "listening" does not exist`, 0},
		{"a block of one", "parallel: [participation, expert_argument, risk_assessment, fair_competition]", "parallel: [participation]", "two branches at least", 0},
		{"a block that leads nowhere", "    joined: {to: pre_review, free: 各分支均已通过各自的关口}\n", "", "does not say with joined where it leads", -1},
		{"a separation of one", "roles: [drafter, legality_reviewer]", "roles: [drafter]", "needs two roles at least", 0},
		{"a separation from oneself", "roles: [drafter, legality_reviewer]", "roles: [drafter, drafter]", "can never be satisfied", 0},
		{"a separation of an unknown role", "roles: [drafter, legality_reviewer]", "roles: [drafter, clerk]", `role "clerk" does not exist`, 0},
		{"a discretionary step without a way round", "    type: study\n", "    type: study\n    applies: cn.713/expert_applies\n", "not with skip where the case goes otherwise", -1},
		{"a way round that is never taken", "    type: study\n", "    type: study\n    skip: launch\n", "without a gate in applies nothing can be skipped", 1},
		{"a branch with a way round", "    applies: cn.713/risk_applies\n", "    applies: cn.713/risk_applies\n    skip: pre_review\n", "a branch that does not apply is simply left out", 1},
	}
}

func TestADefinitionFileIsOneDocumentOfBoundedSize(t *testing.T) {
	for name, src := range map[string]string{
		"empty":         "",
		"two documents": shippedSource(t) + "\n---\nid: x\n",
		"too large":     strings.Repeat("#", 2<<20),
		"not a mapping": "- a\n",
		"invalid UTF-8": "id: \xff\n",
	} {
		if _, err := procedure.Load("x.yaml", []byte(src)); !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAllProblemsComeBackTogether(t *testing.T) {
	src := strings.Replace(shippedSource(t), "as: rejected", "as: refused", 1)
	src = strings.Replace(src, "type: intake", "type: reception", 1)
	_, err := procedure.Load("x.yaml", []byte(src))
	if err == nil || !strings.Contains(err.Error(), "refused") || !strings.Contains(err.Error(), "reception") {
		t.Errorf("got %v", err)
	}
}

func TestABlockNeedsAnUnconditionalBranch(t *testing.T) {
	src, _ := edited(t, "    type: participation\n", "    type: participation\n    applies: cn.713/expert_applies\n")
	if _, err := procedure.Load("x.yaml", []byte(src)); err == nil || !strings.Contains(err.Error(), "no branch is unconditional") {
		t.Errorf("got %v", err)
	}
}

func TestADefinitionIsCheckedAgainstItsPacks(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"a gate that does not exist", "gate: cn.713/open_case", "gate: cn.713/no_such_gate", "gate cn.713/no_such_gate does not exist"},
		{"a gate of the wrong kind", "gate: cn.713/open_case", "gate: cn.713/expert_applies", "it is asked as admission"},
		{"an applicability gate that is none", "applies: cn.713/risk_applies", "applies: cn.713/risk_done", "it is asked as"},
		{"a pack that does not exist", "packs: [cn.713@2019]", "packs: [cn.713@1999]", "rule pack cn.713@1999 does not exist"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src, line := edited(t, tt.old, tt.new)
			d, err := procedure.Load("x.yaml", []byte(src))
			if err != nil {
				t.Fatal(err)
			}
			err = procedure.Check(d, shippedPacks(t))
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), fmt.Sprintf("x.yaml:%d: ", line)) {
				t.Errorf("got %v, want %q at line %d", err, tt.want, line)
			}
		})
	}
}

func TestTheCanonicalFormIsExact(t *testing.T) {
	d := decision(t)
	b := d.Canonical()
	again, err := procedure.ParseCanonical(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, again, cmpopts.IgnoreUnexported(procedure.Definition{})); diff != "" {
		t.Errorf("read back differently (-want +got):\n%s", diff)
	}
	if again.Digest() != d.Digest() || len(d.Digest()) != 64 {
		t.Errorf("digests %s and %s", d.Digest(), again.Digest())
	}
	for name, other := range map[string][]byte{
		"spaces":        append([]byte(" "), b...),
		"two values":    append(bytes.Clone(b), b...),
		"unknown field": bytes.Replace(b, []byte(`{"id"`), []byte(`{"x":1,"id"`), 1),
		"not JSON":      []byte("{"),
		"wrong target":  bytes.Replace(b, []byte(`"to":"drafting"`), []byte(`"to":"moonlight"`), 1),
	} {
		if _, err := procedure.ParseCanonical(other); !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
