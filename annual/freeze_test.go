package annual_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/annual"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

func opinions(r *record) *told {
	return r.opens("c1", "2026-01-05", procedure.Participation).does("2026-02-01", "participation.register", casefile.Values{"count": int64(5)})
}

var (
	year = annual.Query{Organ: organ, Year: 2026}
	who  = annual.Person{Organ: organ, Person: "auditor", Name: "审计员"}
)

func frozen(t *testing.T, r *record) annual.Frozen {
	t.Helper()
	f, err := r.service().Freeze(t.Context(), year, who)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestALaterCorrectionIsARestatement freezes, records more, and freezes again: both
// versions stay, and each verifies at its own checkpoint.
func TestALaterCorrectionIsARestatement(t *testing.T) {
	r := newRecord(t)
	c := opinions(r)
	first := frozen(t, r)
	if first.Version != 1 || first.Size != 2 || first.ByName != "审计员" || first.Digest != annual.Digest(first.Content) {
		t.Fatalf("%+v", first)
	}
	if _, err := r.service().Freeze(t.Context(), year, who); !isRefusal(err) {
		t.Errorf("the same figures are frozen twice: %v", err)
	}
	c.does("2026-02-03", "participation.register", casefile.Values{"count": int64(3)})
	is := r.count(2026)
	restated, err := r.service().Restated(t.Context(), year, is)
	want := []annual.Restated{{ID: "opinions-received", Was: "5", Is: "8", Added: []annual.Ref{{Case: "c1", Entry: 3, N: 3}}, Removed: []annual.Ref{}}}
	if diff := cmp.Diff(want, restated); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	second := frozen(t, r)
	if second.Version != 2 || second.Size != 3 {
		t.Errorf("%+v", second)
	}
	for version, f := range map[int64]annual.Frozen{1: first, 2: second} {
		kept, err := r.service().Version(t.Context(), year, version)
		if err != nil || !bytes.Equal(kept.Content, f.Content) {
			t.Errorf("version %d is not what it was: %v", version, err)
		}
		if problems := r.service().Verify(t.Context(), kept); len(problems) > 0 {
			t.Errorf("version %d: %v", version, problems)
		}
	}
	if last, err := r.service().Version(t.Context(), year, 0); err != nil || last.Version != 2 {
		t.Errorf("the last version is %d: %v", last.Version, err)
	}
}

func TestNoEntryAfterTheCheckpointCounts(t *testing.T) {
	r := newRecord(t)
	opinions(r)
	f := frozen(t, r)
	r.opens("b0", "2026-03-01", procedure.Launch) // before the other one by its id, after it in the log
	if problems := r.service().Verify(t.Context(), f); len(problems) > 0 {
		t.Error(problems)
	}
}

// TestWhatWasTamperedWithDoesNotVerify changes what is frozen, and what it rests on.
func TestWhatWasTamperedWithDoesNotVerify(t *testing.T) {
	for _, tt := range []struct {
		name, says string
		do         func(r *record, f *annual.Frozen)
	}{
		{"the content", "its content has digest", func(_ *record, f *annual.Frozen) {
			f.Content = bytes.Replace(f.Content, []byte(`"5"`), []byte(`"6"`), 1)
		}},
		{"the content with its digest", "opinions-received was frozen as \"6\" and is \"5\"", func(_ *record, f *annual.Frozen) {
			f.Content = bytes.Replace(f.Content, []byte(`"value":"5"`), []byte(`"value":"6"`), 1)
			f.Digest = annual.Digest(f.Content)
		}},
		{"the root", "another report", func(_ *record, f *annual.Frozen) { f.Root = strings.Repeat("0", 64) }},
		{"an entry", "entry 2 of case c1 is not in the log", func(r *record, _ *annual.Frozen) {
			r.log[1].Act = &casefile.Act{Kind: "participation.register", With: casefile.Values{"count": int64(50)}}
		}},
		{"an entry left out", "its cases 1", func(r *record, _ *annual.Frozen) { r.log = r.log[:1] }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRecord(t)
			opinions(r)
			f := frozen(t, r)
			tt.do(r, &f)
			problems := r.service().Verify(t.Context(), f)
			if !strings.Contains(strings.Join(problems, "\n"), tt.says) {
				t.Errorf("%q, want %q", problems, tt.says)
			}
		})
	}
}

func TestALogThatIsTooLongIsNotCountedWhileSomebodyWaits(t *testing.T) {
	r := newRecord(t)
	opinions(r)
	s := annual.New(annual.Options{Source: r, Logs: long{r}, Kept: r})
	if _, err := s.Current(t.Context(), year); !isRefusal(err) {
		t.Errorf("counted: %v", err)
	}
	if _, err := s.Freeze(t.Context(), year, who); !isRefusal(err) {
		t.Errorf("frozen: %v", err)
	}
	empty := newRecord(t)
	if _, err := empty.service().Freeze(t.Context(), year, who); !isRefusal(err) {
		t.Errorf("nothing is frozen: %v", err)
	}
	if is, err := empty.service().Current(t.Context(), year); err != nil || is.Log.Size != 0 {
		t.Errorf("%v %v", is.Log, err)
	}
}

// long says that its log is too long.
type long struct{ *record }

func isRefusal(err error) bool {
	var refusal *casefile.Refusal
	return errors.As(err, &refusal)
}

func (l long) TreeSize(context.Context, casefile.OrganID) (int64, error) {
	return annual.MaxAtOnce + 1, nil
}
