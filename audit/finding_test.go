package audit_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

func day(t *testing.T, s string) legaltime.Date {
	t.Helper()
	d, err := legaltime.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// refused gives what a refusal is about, or "" for nil.
func refused(t *testing.T, err error) string {
	t.Helper()
	var r *casefile.Refusal
	if err != nil && !errors.As(err, &r) {
		t.Fatalf("not a refusal: %v", err)
	}
	if r == nil {
		return ""
	}
	if r.Message.ZH == "" || r.Message.EN == "" {
		t.Errorf("%s is not said in both languages", r.Code)
	}
	return string(r.Code) + " " + r.Field
}

func TestWhatAFindingHasToSay(t *testing.T) {
	good := audit.Finding{Entry: 3, Kind: audit.Papers, Severity: audit.Grave, Text: "缺少论证报告", Remedy: "补正", Due: day(t, "2026-03-02")}
	for _, tt := range []struct {
		name   string
		change func(f *audit.Finding)
		want   string
	}{
		{"all of it", func(*audit.Finding) {}, ""},
		{"the whole case", func(f *audit.Finding) { f.Entry = 0 }, ""},
		{"without remedy and date", func(f *audit.Finding) { f.Remedy, f.Due = "", legaltime.Date{} }, ""},
		{"due today", func(f *audit.Finding) { f.Due = day(t, "2026-03-01") }, ""},
		{"an entry that is not there", func(f *audit.Finding) { f.Entry = 5 }, "bad-value entry"},
		{"an entry before the first", func(f *audit.Finding) { f.Entry = -1 }, "bad-value entry"},
		{"another kind", func(f *audit.Finding) { f.Kind = "gossip" }, "bad-value kind"},
		{"no severity", func(f *audit.Finding) { f.Severity = "" }, "bad-value severity"},
		{"no text", func(f *audit.Finding) { f.Text = " \n" }, "missing-field text"},
		{"a text that is too long", func(f *audit.Finding) { f.Text = strings.Repeat("字", audit.MaxText+1) }, "bad-value text"},
		{"a zero in the text", func(f *audit.Finding) { f.Text = "a\x00" }, "bad-value text"},
		{"a remedy that is too long", func(f *audit.Finding) { f.Remedy = strings.Repeat("字", audit.MaxRemedy+1) }, "bad-value remedy"},
		{"due yesterday", func(f *audit.Finding) { f.Due = day(t, "2026-02-28") }, "bad-value due"},
	} {
		f := good
		tt.change(&f)
		if got := refused(t, f.Check(4, day(t, "2026-03-01"))); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestTheLifeOfAFinding(t *testing.T) {
	for _, tt := range []struct {
		name  string
		moves string // before, by their first letters
		next  audit.Event
		want  string
		state audit.State // before
	}{
		{"a draft is released", "", audit.Event{Move: audit.Release}, "", audit.Recorded},
		{"a draft is not answered", "", audit.Event{Move: audit.Reply, Text: "x"}, "not-possible-now ", audit.Recorded},
		{"a draft is withdrawn", "", audit.Event{Move: audit.Close, Result: audit.Withdrawn, Text: "x"}, "", audit.Recorded},
		{"a draft is not rectified", "", audit.Event{Move: audit.Close, Result: audit.Rectified, Text: "x"}, "not-possible-now ", audit.Recorded},
		{"a withdrawn draft stays one", "c", audit.Event{Move: audit.Reopen, Text: "x"}, "not-possible-now ", audit.Closed},
		{"it is released once", "r", audit.Event{Move: audit.Release}, "not-possible-now ", audit.Released},
		{"it is answered", "r", audit.Event{Move: audit.Reply, Text: "x"}, "", audit.Released},
		{"with words", "r", audit.Event{Move: audit.Reply}, "missing-field text", audit.Released},
		{"and again", "rp", audit.Event{Move: audit.Reply, Text: "x"}, "", audit.Replied},
		{"it is closed without an answer", "r", audit.Event{Move: audit.Close, Result: audit.NotRectified, Text: "x"}, "", audit.Released},
		{"it is closed", "rp", audit.Event{Move: audit.Close, Result: audit.Rectified, Text: "x"}, "", audit.Replied},
		{"with a result", "rp", audit.Event{Move: audit.Close, Text: "x"}, "bad-value result", audit.Replied},
		{"and a reason", "rp", audit.Event{Move: audit.Close, Result: audit.Rectified}, "missing-field text", audit.Replied},
		{"only a close has a result", "r", audit.Event{Move: audit.Reply, Text: "x", Result: audit.Rectified}, "bad-value result", audit.Released},
		{"a closed one is not answered", "rc", audit.Event{Move: audit.Reply, Text: "x"}, "not-possible-now ", audit.Closed},
		{"it is reopened", "rc", audit.Event{Move: audit.Reopen, Text: "x"}, "", audit.Closed},
		{"and answered", "rco", audit.Event{Move: audit.Reply, Text: "x"}, "", audit.Released},
		{"no other move", "r", audit.Event{Move: "delete", Text: "x"}, "bad-value move", audit.Released},
	} {
		f := audit.Finding{}
		for _, letter := range tt.moves {
			f.Events = append(f.Events, audit.Event{Move: map[rune]audit.Move{'r': audit.Release, 'p': audit.Reply, 'c': audit.Close, 'o': audit.Reopen}[letter]})
		}
		if f.State() != tt.state {
			t.Errorf("%s: before it is %s, want %s", tt.name, f.State(), tt.state)
		}
		if got := refused(t, f.CheckNext(tt.next)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if want := strings.HasPrefix(tt.moves, "r"); f.WasReleased() != want {
			t.Errorf("%s: released %t", tt.name, !want)
		}
	}
}

func TestOnlyWhatIsOpenAndReleasedIsOverdue(t *testing.T) {
	released, closed := audit.Event{Move: audit.Release}, audit.Event{Move: audit.Close}
	for _, tt := range []struct {
		name, due string
		events    []audit.Event
		want      bool
	}{
		{"late", "2026-03-01", []audit.Event{released}, true},
		{"on the day", "2026-03-02", []audit.Event{released}, false},
		{"a draft", "2026-03-01", nil, false},
		{"closed", "2026-03-01", []audit.Event{released, closed}, false},
		{"never due", "", []audit.Event{released}, false},
	} {
		f := audit.Finding{Events: tt.events}
		if tt.due != "" {
			f.Due = day(t, tt.due)
		}
		if got := f.Overdue(day(t, "2026-03-02")); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

// shelf keeps findings in memory.
type shelf map[string]audit.Finding

func (s shelf) AddFinding(_ context.Context, f audit.Finding) error {
	if _, taken := s[f.ID]; taken {
		return casefile.ErrConflict
	}
	s[f.ID] = f
	return nil
}

func (s shelf) AddFindingEvent(_ context.Context, id string, e audit.Event) error {
	f := s[id]
	if e.Number != f.Last()+1 {
		return casefile.ErrConflict
	}
	f.Events = append(slices.Clone(f.Events), e)
	s[id] = f
	return nil
}

func (s shelf) Finding(_ context.Context, id string) (audit.Finding, error) {
	f, ok := s[id]
	if !ok {
		return f, casefile.ErrNotFound
	}
	return f, nil
}

func (shelf) Findings(context.Context, audit.Filter) ([]audit.Finding, error) { return nil, nil }

func TestWhoeverMovesAFindingHasSeenHowItIs(t *testing.T) {
	now := time.Date(2026, 3, 1, 1, 0, 0, 0, time.UTC)
	s, ctx := audit.New(rack{shelf: shelf{}}, func() time.Time { return now }), t.Context()
	c := casefile.Case{ID: "c1", Organ: "o1", Sequence: 4}
	auditor, drafter := audit.Person{Organ: "o1", Person: "a", Name: "审计"}, audit.Person{Organ: "o1", Person: "d", Name: "承办"}
	f := audit.Finding{ID: "f1", Kind: audit.Question, Severity: audit.Slight, Text: "为何？", Organ: "somewhere else"}
	first, err := s.Record(ctx, c, f, auditor)
	if err != nil || first.Organ != "o1" || first.Case != "c1" || first.By != auditor || !first.At.Equal(now) {
		t.Fatalf("recorded %+v, %v", first, err)
	}
	if again, err := s.Record(ctx, c, f, auditor); err != nil || again.ID != "f1" {
		t.Errorf("the same once more: %v", err)
	}
	f.Text = "不同"
	if _, err := s.Record(ctx, c, f, auditor); !errors.Is(err, casefile.ErrConflict) {
		t.Errorf("another one under the same id: %v", err)
	}
	released, err := s.Move(ctx, first, audit.Event{Move: audit.Release}, 0, auditor)
	if err != nil {
		t.Fatal(err)
	}
	for name, after := range map[string]int64{"seen before": 0, "never seen": 7} {
		if _, err := s.Move(ctx, released, audit.Event{Move: audit.Reply, Text: "x"}, after, drafter); refused(t, err) != "case-changed " {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Move(ctx, first, audit.Event{Move: audit.Release}, -1, auditor); refused(t, err) != "case-changed " {
		t.Errorf("released by two at once: %v", err)
	}
	replied, err := s.Move(ctx, released, audit.Event{Move: audit.Reply, Text: "已补"}, 1, drafter)
	if err != nil || replied.State() != audit.Replied || replied.Events[1].By != drafter || replied.Events[1].Number != 2 || len(released.Events) != 1 {
		t.Errorf("%+v, %v", replied, err)
	}
	if _, err := s.Finding(ctx, "c2", "f1"); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("in another case: %v", err)
	}
}
