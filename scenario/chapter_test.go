package scenario_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/scenario"
)

// shelf is an engine of several cases: it notes what is opened and done, and refuses
// acts of the kind "deliberation.decide".
type shelf struct {
	opened []scenario.OpenRequest
	acts   []string
}

func (s *shelf) Upload(context.Context, string, string, []byte) (casefile.Digest, error) {
	return "digest", nil
}

func (s *shelf) Open(_ context.Context, o scenario.OpenRequest) (scenario.Outcome, error) {
	s.opened = append(s.opened, o)
	c := casefile.Case{ID: casefile.ID(fmt.Sprintf("case-%d", len(s.opened))), Matter: o.Matter, Today: o.Starts}
	return scenario.Outcome{Entry: casefile.Entry{Kind: casefile.EntryOpened}, Case: c}, nil
}

func (s *shelf) Act(_ context.Context, id casefile.ID, act casefile.Act) (scenario.Outcome, error) {
	s.acts = append(s.acts, fmt.Sprintf("%s %s %s %v", id, act.ID, act.Kind, act.With["case"]))
	if act.Kind == "deliberation.decide" {
		return refused, nil
	}
	return scenario.Outcome{Entry: casefile.Entry{Kind: casefile.EntryAct}, Case: casefile.Case{ID: id}}, nil
}

func told(acts ...string) *fstest.MapFile {
	head := "scenario: 事项\nprocedure: cn.x\norgan: 区政府\nstarts: 2024-03-01\npeople: {p: {name: 甲, roles: [drafter]}}\nmatter: {title: 方案}\nacts:\n"
	return &fstest.MapFile{Data: []byte(head + "  - " + strings.Join(acts, "\n  - ") + "\n")}
}

func TestAChapterIsPlayedAsACaseThatFollows(t *testing.T) {
	folder := fstest.MapFS{
		"story.yaml": told(`{by: p, do: a.begin, expect: accepted}`, `play: {file: part.yaml, as: amended}`,
			`{by: p, do: a.name, with: {case: "case:amended"}, expect: accepted}`, `{by: p, do: a.self, with: {case: "case:this"}, expect: accepted}`),
		"part.yaml": told(`{by: p, do: b.name, with: {case: "case:before"}, expect: accepted}`, `play: {file: leaf.yaml, as: leaf}`, `{by: p, do: b.leaf, with: {case: "case:leaf"}, expect: accepted}`),
		"leaf.yaml": told(`{by: p, do: c.act, expect: accepted}`),
	}
	s, err := scenario.Load(folder, "story.yaml")
	if err != nil {
		t.Fatal(err)
	}
	engine := &shelf{}
	result, err := scenario.Play(t.Context(), s, engine, "run", nil)
	if err != nil || !result.OK() {
		t.Fatal(err, result.Problems)
	}
	want := []string{
		"case-1 run.1 a.begin <nil>", "case-2 run.2.1 b.name case-1", "case-3 run.2.2.1 c.act <nil>", "case-2 run.2.3 b.leaf case-3",
		"case-1 run.3 a.name case-2", "case-1 run.4 a.self case-1",
	}
	if got := strings.Join(engine.acts, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("acts:\n%s", got)
	}
	var follows []casefile.ID
	for _, o := range engine.opened {
		follows = append(follows, o.Matter.Follows)
	}
	if fmt.Sprint(follows) != "[ case-1 case-2]" || engine.opened[1].ID != "run.2.open" {
		t.Errorf("opened after %v, the second as %s", follows, engine.opened[1].ID)
	}
	var all []casefile.ID
	for _, one := range result.All() {
		all = append(all, one.Case.ID)
	}
	if fmt.Sprint(all) != "[case-3 case-2 case-1]" || !s.Story() || s.Part() || !s.Acts[1].Play.Script.Part() {
		t.Errorf("results %v", all)
	}
}

func TestWhatFailsInAChapterFailsTheStory(t *testing.T) {
	folder := fstest.MapFS{
		"story.yaml": told(`play: {file: part.yaml, as: one}`, `{by: p, do: a.act, expect: accepted}`),
		"part.yaml":  told(`{by: p, do: deliberation.decide, expect: accepted}`),
	}
	s, err := scenario.Load(folder, "story.yaml")
	if err != nil {
		t.Fatal(err)
	}
	result, err := scenario.Play(t.Context(), s, &shelf{}, "run", nil)
	if err != nil || len(result.Problems) != 1 || !strings.HasPrefix(result.Problems[0].Error(), "part.yaml: line") {
		t.Errorf("%v, problems %v", err, result.Problems)
	}
}

func TestAStoryThatCannotBeToldIsRefusedBeforeItIsPlayed(t *testing.T) {
	leaf := told(`{by: p, do: c.act, expect: accepted}`)
	for _, tt := range []struct{ name, act, want string }{
		{"unknown case", `{by: p, do: a.x, with: {case: "case:nobody"}, expect: accepted}`, `called "nobody"`},
		{"no file", `play: {file: nosuch.yaml, as: one}`, "nosuch.yaml"},
		{"itself", `play: {file: story.yaml, as: one}`, "within one another"},
		{"a reserved name", `play: {file: leaf.yaml, as: this}`, "as: want a name"},
		{"no name", `play: {file: leaf.yaml}`, "as: want a name"},
		{"with an act", `{by: p, do: a.x, expect: accepted, play: {file: leaf.yaml, as: one}}`, "leave out"},
		{"unknown key", `play: {file: leaf.yaml, as: one, by: p}`, "unknown key"},
		{"nothing to play", `play: {file: judge.yaml, as: one}`, "plays no case"},
	} {
		judge := &fstest.MapFile{Data: []byte("scenario: 判断\njudge: [{rule: r, want: pass}]\n")}
		folder := fstest.MapFS{"story.yaml": told(tt.act, `{by: p, do: a.x, expect: accepted}`), "leaf.yaml": leaf, "judge.yaml": judge}
		if _, err := scenario.Load(folder, "story.yaml"); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	if _, err := scenario.Parse("story.yaml", told(`play: {file: leaf.yaml, as: one}`).Data); err == nil || !strings.Contains(err.Error(), "from a folder") {
		t.Errorf("without a folder: %v", err)
	}
}
