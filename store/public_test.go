package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/legaltime"
)

var _ consult.Store = (*database)(nil)

// calling opens a consultation until the end of a day, as an entry would, and
// gives its id.
func calling(t *testing.T, db *database, id casefile.ID, opens, closes string, change func(d *casefile.Derived)) string {
	t.Helper()
	derived := casefile.Derived{Consultation: &casefile.Consultation{
		Step: "participation", Round: 1, OpensOn: date(opens), ClosesOn: date(closes), Channels: []string{"门户网站"},
		Papers: []casefile.Paper{{Digest: casefile.Digest(strings.Repeat("ab", 32)), Title: "草案"}}, Open: true, Shown: true,
	}}
	if change != nil {
		change(&derived)
	}
	db.DeriveWith(nil)
	if err := db.Derived(t.Context(), casefile.Case{ID: id, Organ: testOrgan, Matter: casefile.Matter{Title: "生活垃圾分类方案 " + string(id)}}, derived); err != nil {
		t.Fatal(err)
	}
	return string(id) + ".participation.1"
}

// The last instant of the last day, in China, is in time; the first of the next
// day is late.
func TestCommentsAreTakenToTheLastInstantOfTheLastDay(t *testing.T) {
	conformance(t, func(t *testing.T, db *database) {
		id := calling(t, db, "c1", "2026-03-01", "2026-03-31", nil)
		end := date("2026-04-01").Start(legaltime.China)
		for _, tt := range []struct {
			at   time.Time
			want error
		}{
			{date("2026-03-01").Start(legaltime.China).Add(-time.Millisecond), consult.ErrClosed},
			{date("2026-03-01").Start(legaltime.China), nil},
			{end.Add(-time.Millisecond), nil},
			{end, consult.ErrClosed},
			{end.Add(time.Hour), consult.ErrClosed},
		} {
			s := consult.New(db, func() time.Time { return tt.at })
			if _, err := s.Comment(t.Context(), consult.Comment{Consultation: id, Text: "同意"}); !errors.Is(err, tt.want) {
				t.Errorf("at %s: %v, want %v", tt.at, err, tt.want)
			}
		}
		if c, err := db.Consultation(t.Context(), id); err != nil || c.Received != 2 {
			t.Errorf("%v: %d received, want 2", err, c.Received)
		}
	})
}

// Ten thousand comments come in while the consultation closes. Every one that was
// accepted is counted, has a receipt and its place in the running hash; every late
// one was refused.
func TestTenThousandCommentsWhileItCloses(t *testing.T) {
	conformance(t, func(t *testing.T, db *database) {
		id := calling(t, db, "c1", "2026-03-01", "2026-03-31", nil)
		end := date("2026-04-01").Start(legaltime.China)
		const total = 10_000
		var ticks atomic.Int64
		// The clock moves with the comments: about two thirds arrive in time.
		s := consult.New(db, func() time.Time { return end.Add(time.Duration(ticks.Add(1)-total*2/3) * time.Millisecond) })
		receipts := make([]consult.Receipt, total)
		var accepted, refused atomic.Int64
		var all sync.WaitGroup
		for worker := range 64 {
			all.Go(func() {
				for n := worker; n < total; n += 64 {
					r, err := s.Comment(t.Context(), consult.Comment{Consultation: id, Text: fmt.Sprint("意见 ", n), Contact: "13800000000"})
					switch {
					case err == nil:
						receipts[n] = r
						accepted.Add(1)
					case errors.Is(err, consult.ErrClosed):
						refused.Add(1)
					default:
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		c, err := db.Consultation(t.Context(), id)
		if err != nil || c.Received != accepted.Load() || accepted.Load()+refused.Load() != total || accepted.Load() != total*2/3-1 {
			t.Fatalf("%v: %d received, %d accepted, %d refused", err, c.Received, accepted.Load(), refused.Load())
		}
		chain, n := "", int64(0)
		for {
			list, err := db.Comments(t.Context(), id, n, 1000, "", false)
			if err != nil {
				t.Fatal(err)
			}
			if len(list) == 0 {
				break
			}
			for _, r := range list {
				if r.Number != n+1 || !r.At.Before(end) || r.Digest != r.Comment.Digest(r.Salt) {
					t.Fatalf("comment %d after %d, at %s", r.Number, n, r.At)
				}
				if chain, n = consult.Link(chain, r.Number, r.At, r.Digest), r.Number; chain != r.Chain {
					t.Fatalf("the running hash breaks at comment %d", n)
				}
			}
		}
		if n != c.Received || chain != c.Chain {
			t.Errorf("%d comments end in %s, the consultation says %d and %s", n, chain, c.Received, c.Chain)
		}
		for i, r := range receipts {
			if r.Receipt == "" {
				continue
			}
			if _, found, err := s.Lookup(t.Context(), r.Receipt); err != nil || found.Number != r.Number || found.Chain != r.Chain || found.Comment.Contact != "" {
				t.Fatalf("receipt of %d: %v %+v", i, err, found)
			}
		}
	})
}

func TestWhatIsWithdrawnIsNoLongerPublic(t *testing.T) {
	conformance(t, func(t *testing.T, db *database) {
		now := date("2026-03-10").Start(legaltime.China)
		s := consult.New(db, func() time.Time { return now })
		id := calling(t, db, "c1", "2026-03-01", "2026-03-31", nil)
		receipt, err := s.Comment(t.Context(), consult.Comment{Consultation: id, Text: "同意", Name: "某人"})
		if err != nil {
			t.Fatal(err)
		}
		calling(t, db, "c1", "2026-03-01", "2026-03-31", func(d *casefile.Derived) { d.Consultation.Open = false })
		if _, err := s.Comment(t.Context(), consult.Comment{Consultation: id, Text: "晚了"}); !errors.Is(err, consult.ErrClosed) {
			t.Errorf("the case was suspended: %v", err)
		}
		if err := s.Withdraw(t.Context(), receipt.Receipt); !errors.Is(err, consult.ErrClosed) {
			t.Errorf("withdrawing while it is closed: %v", err)
		}
		calling(t, db, "c1", "2026-03-01", "2026-04-30", nil)
		if c, err := db.Consultation(t.Context(), id); err != nil || c.ClosesOn != date("2026-04-30") || c.Received != 1 || len(c.Papers) != 1 {
			t.Errorf("extended: %v %+v", err, c)
		}
		if err := s.Withdraw(t.Context(), receipt.Receipt); err != nil {
			t.Error(err)
		}
		if _, r, err := s.Lookup(t.Context(), receipt.Receipt); err != nil || !r.Withdrawn {
			t.Errorf("withdrawn: %v %+v", err, r)
		}
		calling(t, db, "c1", "2026-03-01", "2026-04-30", func(d *casefile.Derived) { d.Withdrawn = true })
		if _, err := db.Consultation(t.Context(), id); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("a secret was found: %v", err)
		}
		if _, err := db.PublicPaper(t.Context(), id, casefile.Digest(strings.Repeat("ab", 32))); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("a paper of it: %v", err)
		}
		if _, err := s.Comment(t.Context(), consult.Comment{Consultation: id, Text: "x"}); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("a comment on it: %v", err)
		}
	})
}

func TestModerationIsLoggedAndKeepsTheCount(t *testing.T) {
	conformance(t, func(t *testing.T, db *database) {
		s := consult.New(db, func() time.Time { return date("2026-03-10").Start(legaltime.China) })
		id := calling(t, db, "c1", "2026-03-01", "2026-03-31", nil)
		for _, text := range []string{"同意方案", "我的电话是13800000000", "反对"} {
			if _, err := s.Comment(t.Context(), consult.Comment{Consultation: id, Text: text, Name: "某人"}); err != nil {
				t.Fatal(err)
			}
		}
		c, err := db.Consultation(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Moderate(t.Context(), c, 1, consult.Published, "", "li"); err != nil {
			t.Error(err)
		}
		if err := s.Moderate(t.Context(), c, 2, consult.Hidden, "personal-data", "li"); err != nil {
			t.Error(err)
		}
		for _, bad := range []struct {
			number int64
			v      consult.Visibility
			reason string
			want   error
		}{{2, consult.Hidden, "because", casefile.ErrInvalid}, {2, consult.Pending, "", casefile.ErrInvalid}, {9, consult.Published, "", casefile.ErrNotFound}} {
			if err := s.Moderate(t.Context(), c, bad.number, bad.v, bad.reason, "li"); !errors.Is(err, bad.want) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		if err := s.Dispose(t.Context(), c, []int64{1, 9}, "adopted", "", "li"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("a comment that is not there: %v", err)
		}
		if err := s.Dispose(t.Context(), c, []int64{3}, "not-adopted", "", "li"); !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("without a reason: %v", err)
		}
		public, err := s.PublicComments(t.Context(), id, 0, 10)
		if err != nil || len(public) != 3 || public[0].Comment.Text != "同意方案" || public[1].Comment.Text != "" || public[1].Why != "personal-data" || public[2].Comment.Text != "" {
			t.Errorf("%v: the public reads %+v", err, public)
		}
		for _, r := range public {
			if r.Comment.Name != "" || r.Disposition != "" {
				t.Errorf("the public reads who said it, or what a refused change would have made of it: %+v", r)
			}
		}
		if staff, err := s.Comments(t.Context(), id, 0, 10, true); err != nil || staff[1].Comment.Name != "某人" {
			t.Errorf("%v: staff reads %+v", err, staff)
		}
		log, err := s.Moderations(t.Context(), id, 0, 10)
		if err != nil || len(log) != 2 || log[0].Comment != 2 || log[0].Reason != "personal-data" || log[0].Person != "li" {
			t.Errorf("%v: log %+v", err, log)
		}
		if c, err := db.Consultation(t.Context(), id); err != nil || c.Received != 3 {
			t.Errorf("%v: %d received, want 3", err, c.Received)
		}
		if _, err := db.raw.ExecContext(t.Context(), `UPDATE comments SET text = 'x' WHERE number = 1`); err == nil {
			t.Error("what was said can be changed")
		}
		if _, err := db.raw.ExecContext(t.Context(), `DELETE FROM comments WHERE number = 1`); err == nil {
			t.Error("a comment can be deleted")
		}
	})
}

func TestListsForThePublicArePaged(t *testing.T) {
	conformance(t, func(t *testing.T, db *database) {
		now := date("2026-03-10").Start(legaltime.China)
		s := consult.New(db, func() time.Time { return now })
		for n := range 7 {
			calling(t, db, casefile.ID(fmt.Sprint("c", n)), "2026-03-01", fmt.Sprintf("2026-03-%02d", 5+n), func(d *casefile.Derived) {
				d.Publication = &casefile.Publication{Number: fmt.Sprint("示府发", n), On: date(fmt.Sprintf("2026-03-%02d", 1+n))}
			})
		}
		calling(t, db, "future", "2026-05-01", "2026-06-01", nil)
		count := func(f consult.Filter) (n int) {
			seen := map[string]bool{}
			for f.Limit = 2; ; {
				list, next, err := s.List(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range list {
					if seen[c.ID] {
						t.Errorf("%s comes twice", c.ID)
					}
					seen[c.ID] = true
				}
				if f.After = next; next == "" {
					return len(seen)
				}
			}
		}
		for want, f := range map[int]consult.Filter{7: {}, 2: {State: "open"}, 5: {State: "ended"}, 1: {Query: "方案 c3"}, 0: {Organ: "elsewhere"}} {
			if got := count(f); got != want {
				t.Errorf("%+v: %d, want %d", f, got, want)
			}
		}
		if _, _, err := s.List(t.Context(), consult.Filter{After: "nonsense", Limit: 2}); !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("a cursor made by hand: %v", err)
		}
		list, next, err := s.Decisions(t.Context(), consult.Filter{Limit: 5})
		if err != nil || len(list) != 5 || list[0].Number != "示府发6" || next == "" {
			t.Errorf("decisions: %v %+v", err, list)
		}
	})
}

func date(s string) legaltime.Date {
	d, err := legaltime.ParseDate(s)
	if err != nil {
		panic(err) // a mistake in the test itself
	}
	return d
}

// The papers beside a decision come before it or after it, and stay when it is
// published again; before the decision nothing is shown.
func TestPapersBesideADecisionAreAdded(t *testing.T) {
	conformance(t, func(t *testing.T, db *database) {
		db.DeriveWith(nil)
		paper := func(n int, role string) casefile.Paper {
			return casefile.Paper{Digest: casefile.Digest(strings.Repeat(fmt.Sprintf("%02d", n), 32)), Title: fmt.Sprint("件", n), Role: role}
		}
		save := func(p casefile.Publication) {
			t.Helper()
			if err := db.Derived(t.Context(), casefile.Case{ID: "c1", Organ: testOrgan}, casefile.Derived{Publication: &p}); err != nil {
				t.Fatal(err)
			}
		}
		papers := func() (out []string) {
			t.Helper()
			d, err := db.Decision(t.Context(), "c1")
			if errors.Is(err, casefile.ErrNotFound) {
				return nil
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range d.Papers {
				out = append(out, p.Title+p.Role)
			}
			return append(out, d.Number, d.On.String())
		}
		on := date("2026-03-02")
		save(casefile.Publication{On: date("2026-03-01"), Beside: true, Papers: []casefile.Paper{paper(1, casefile.PaperAdoption)}})
		if got := papers(); got != nil {
			t.Errorf("before the decision %v is shown", got)
		}
		if _, err := db.PublicPaper(t.Context(), "c1", paper(1, "").Digest); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("before the decision a paper can be had: %v", err)
		}
		save(casefile.Publication{Number: "一号", On: on, Papers: []casefile.Paper{paper(2, "")}})
		save(casefile.Publication{On: date("2026-03-09"), Beside: true, Papers: []casefile.Paper{paper(3, casefile.PaperInterpretation), paper(2, casefile.PaperInterpretation)}})
		save(casefile.Publication{On: date("2026-03-10"), Beside: true, Papers: []casefile.Paper{paper(3, casefile.PaperInterpretation)}})
		if diff := cmp.Diff([]string{"件2", "件1adoption", "件3interpretation", "一号", "2026-03-02"}, papers()); diff != "" {
			t.Errorf("papers (-want +got):\n%s", diff)
		}
		if _, err := db.PublicPaper(t.Context(), "c1", paper(3, "").Digest); err != nil {
			t.Errorf("the interpretation cannot be had: %v", err)
		}
		save(casefile.Publication{Number: "二号", On: on, Papers: []casefile.Paper{paper(4, "")}})
		if diff := cmp.Diff([]string{"件4", "件1adoption", "件3interpretation", "二号", "2026-03-02"}, papers()); diff != "" {
			t.Errorf("published again (-want +got):\n%s", diff)
		}
	})
}
