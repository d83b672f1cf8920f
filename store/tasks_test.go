package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/store"
)

// deriving lets the store fill its lists with what a function says.
func deriving(db *database, give func(c casefile.Case, e casefile.Entry) casefile.Derived) {
	db.DeriveWith(func(_ context.Context, _ store.Contents, c casefile.Case, e casefile.Entry) (casefile.Derived, error) {
		return give(c, e), nil
	})
}

func taskTexts(tasks []store.Task) []string {
	out := []string{}
	for _, t := range tasks {
		out = append(out, fmt.Sprintf("%s %s %d %s %s %s %s", t.Case, t.Step, t.Round, t.Role, t.Person, t.Unit, t.Due))
	}
	return out
}

func TestTasksTakeThePlaceOfThoseBefore(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		deriving(db, func(c casefile.Case, _ casefile.Entry) casefile.Derived {
			if c.Sequence == 3 {
				return casefile.Derived{}
			}
			return casefile.Derived{Tasks: []casefile.Task{
				{Step: "intake", Round: int(c.Sequence), Role: "office", Title: casefile.Text{ZH: "登记", EN: "Intake"}, Since: march1},
				{Step: "intake", Round: int(c.Sequence), Role: "drafter", Person: "p|=1", Unit: "市容科", Since: march1, Due: on(t, "2024-05-06"),
					Provisional: true, Deadline: "d/1", Breached: true},
			}}
		})
		record(t, db.Store, openingEntry(testOrgan, "c1", "方案"))
		record(t, db.Store, actEntry(testOrgan, "c1", 2))
		got, err := db.TasksOf(t.Context(), "c1")
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"c1 intake 2 drafter p|=1 市容科 2024-05-06", "c1 intake 2 office   "}
		if diff := cmp.Diff(want, taskTexts(got)); diff != "" {
			t.Errorf("tasks (-want +got):\n%s", diff)
		}
		first := got[0]
		if !first.Provisional || !first.Breached || first.Deadline != "d/1" || first.Matter != "方案" || first.Since != march1 ||
			first.Organ != testOrgan || first.Calendar != casefile.Digest(strings.Repeat("c", 64)) || !got[1].Due.IsZero() || got[1].Title.ZH != "登记" {
			t.Errorf("read back as %+v", got)
		}
		record(t, db.Store, actEntry(testOrgan, "c1", 3))
		if got, err := db.TasksOf(t.Context(), "c1"); err != nil || len(got) > 0 {
			t.Errorf("left over: %v (%v)", taskTexts(got), err)
		}
	})
}

// office is a population of tasks: many cases with tasks of a few roles, persons
// and units, some practice, some without a due date.
type office struct {
	tasks []casefile.Task
	cases []casefile.ID
	rest  []bool // practice
}

func settle(t *testing.T, db *database, cases int) *office {
	t.Helper()
	o := &office{}
	draw := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[draw.IntN(len(list))] }
	per := map[casefile.ID][]casefile.Task{}
	deriving(db, func(c casefile.Case, _ casefile.Entry) casefile.Derived { return casefile.Derived{Tasks: per[c.ID]} })
	for n := range cases {
		id := casefile.ID(fmt.Sprintf("case-%d", n))
		practice := draw.IntN(4) == 0
		for range 1 + draw.IntN(3) {
			task := casefile.Task{Step: pick("a", "b"), Round: 1, Role: casefile.Role(pick("drafter", "office", "chief")),
				Person: casefile.PersonID(pick("", "", "", "p1", "p2")), Since: march1.AddDays(draw.IntN(5))}
			if task.Person == "" {
				task.Unit = pick("", "一科", "二科")
			}
			if draw.IntN(3) > 0 {
				task.Due = march1.AddDays(draw.IntN(20))
			}
			if slices.ContainsFunc(per[id], func(x casefile.Task) bool {
				return x.Step == task.Step && x.Role == task.Role && x.Person == task.Person
			}) {
				continue
			}
			per[id] = append(per[id], task)
			o.tasks, o.cases, o.rest = append(o.tasks, task), append(o.cases, id), append(o.rest, practice)
		}
		e := openingEntry(testOrgan, id, "方案")
		e.Practice = practice
		record(t, db.Store, e)
	}
	return o
}

// wanted gives what a filter asks for, found by looking at every task.
func (o *office) wanted(f store.TaskFilter) map[string]bool {
	out := map[string]bool{}
	for i, task := range o.tasks {
		desk := slices.Contains(f.Desks, store.Desk{Role: task.Role, Person: task.Person})
		unit := f.Units == nil || slices.Contains(f.Units, task.Unit) || task.Person != "" && !f.All
		if (f.All || desk) && unit && (f.Practice == nil || *f.Practice == o.rest[i]) && (f.Role == "" || f.Role == task.Role) &&
			(f.Person == "" || f.Person == task.Person) {
			out[fmt.Sprintf("%s %s %s %s", o.cases[i], task.Step, task.Role, task.Person)] = true
		}
	}
	return out
}

// turned turns all pages of a list.
func turned(t *testing.T, db *database, f store.TaskFilter, between func(page int)) []store.Task {
	t.Helper()
	var out []store.Task
	for page := 0; ; page++ {
		tasks, next, err := db.Tasks(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if len(tasks) > f.Limit {
			t.Fatalf("a page of %d, asked for %d", len(tasks), f.Limit)
		}
		out = append(out, tasks...)
		if next == "" {
			return out
		}
		f.After = next
		between(page)
	}
}

func TestEveryTaskOfAFilterIsOnOnePageInOrder(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		o := settle(t, db, 80)
		yes, no := true, false
		drafter, mine, chief := store.Desk{Role: "drafter"}, store.Desk{Role: "drafter", Person: "p1"}, store.Desk{Role: "chief"}
		for _, f := range []store.TaskFilter{
			{All: true}, {All: true, Practice: &no}, {All: true, Role: "office"}, {All: true, Person: "p2"}, {All: true, Units: []string{"一科"}},
			{Desks: []store.Desk{drafter}}, {Desks: []store.Desk{drafter, mine, chief, drafter}}, {Desks: []store.Desk{mine}, Practice: &yes},
			{Desks: []store.Desk{drafter, mine}, Units: []string{"", "二科"}}, {Desks: []store.Desk{drafter, mine, chief}, Role: "chief"},
			{Desks: []store.Desk{drafter, mine, chief}, Person: "p1"}, {},
		} {
			f.Organ, f.Limit = testOrgan, 7
			tasks := turned(t, db, f, func(int) {})
			got := map[string]bool{}
			for i, task := range tasks {
				got[fmt.Sprintf("%s %s %s %s", task.Case, task.Step, task.Role, task.Person)] = true
				if i > 0 && later(tasks[i-1], task) {
					t.Errorf("%+v: %s comes before %s", f, tasks[i-1].Due, task.Due)
				}
			}
			if diff := cmp.Diff(o.wanted(f), got); diff != "" || len(got) != len(tasks) {
				t.Errorf("%+v: %d rows, (-want +got):\n%s", f, len(tasks), diff)
			}
			n, err := db.CountTasks(t.Context(), f, march1.AddDays(10))
			if err != nil || n.All != int64(len(tasks)) || n.Late != count(tasks, func(x store.Task) bool { return !x.Due.IsZero() && x.Due.Before(march1.AddDays(10)) }) ||
				n.Undated != count(tasks, func(x store.Task) bool { return x.Due.IsZero() }) {
				t.Errorf("%+v: counted %+v (%v) of %d", f, n, err, len(tasks))
			}
		}
	})
}

// later reports whether a is due later than b; what has no due date is due last.
func later(a, b store.Task) bool {
	if a.Due.IsZero() || b.Due.IsZero() {
		return a.Due.IsZero() && !b.Due.IsZero()
	}
	return a.Due.After(b.Due)
}

func count(tasks []store.Task, is func(store.Task) bool) (n int64) {
	for _, x := range tasks {
		if is(x) {
			n++
		}
	}
	return n
}

func TestPagesOfTasksStayPutWhileTasksComeAndGo(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		settle(t, db, 40)
		f := store.TaskFilter{Organ: testOrgan, All: true, Limit: 5}
		all := turned(t, db, f, func(int) {})
		kept := map[string]int{}
		for _, task := range turned(t, db, f, func(page int) {
			deriving(db, func(casefile.Case, casefile.Entry) casefile.Derived {
				return casefile.Derived{Tasks: []casefile.Task{{Step: "new", Role: "drafter", Since: march1, Due: march1}}}
			})
			record(t, db.Store, openingEntry(testOrgan, casefile.ID(fmt.Sprint("new-", page)), "方案"))
		}) {
			kept[task.ID]++
		}
		for _, task := range all {
			if kept[task.ID] != 1 {
				t.Errorf("task %s was shown %d times", task.ID, kept[task.ID])
			}
		}
	})
}

func TestAFilterOfTasksThatIsNotWellFormedIsRefused(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		many := make([]store.Desk, 401)
		for name, f := range map[string]store.TaskFilter{
			"no organ": {}, "too long a page": {Organ: testOrgan, Limit: 201}, "a made-up cursor": {Organ: testOrgan, After: "x"},
			"the cursor of another list": {Organ: testOrgan, After: "MTIzIGNhc2U"}, "too many desks": {Organ: testOrgan, Desks: many},
			"too many units": {Organ: testOrgan, Units: []string{"1", "2", "3", "4"}},
		} {
			if _, _, err := db.Tasks(t.Context(), f); !errors.Is(err, casefile.ErrInvalid) {
				t.Errorf("%s: %v, want invalid", name, err)
			}
		}
		if _, err := db.CountTasks(t.Context(), store.TaskFilter{}, march1); !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("counting without an organ: %v, want invalid", err)
		}
	})
}

func TestListsOfOlderDatabasesAreFilledOnce(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		record(t, db.Store, openingEntry(testOrgan, "c1", "方案"))
		record(t, db.Store, openingEntry(testOrgan, "c2", "方案"))
		closing := actEntry(testOrgan, "c2", 2)
		closing.Status = casefile.StatusClosed
		record(t, db.Store, closing)
		asked := 0
		deriving(db, func(c casefile.Case, _ casefile.Entry) casefile.Derived {
			asked++
			return casefile.Derived{Tasks: []casefile.Task{{Step: "intake", Round: asked, Role: "office", Since: march1}}}
		})
		for _, version := range []int64{1, 1, 2} {
			if _, err := db.Rederive(t.Context(), version); err != nil {
				t.Fatal(err)
			}
		}
		got, err := db.TasksOf(t.Context(), "c1")
		if err != nil || asked != 2 || len(got) != 1 || got[0].Round != 2 {
			t.Errorf("derived %d times: %v (%v)", asked, taskTexts(got), err)
		}
		if got, err := db.TasksOf(t.Context(), "c2"); err != nil || len(got) > 0 {
			t.Errorf("a closed case has tasks: %v (%v)", taskTexts(got), err)
		}
	})
}

func TestNoticesAreGivenOnceAndTheirOutcomeIsKept(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		reminder := casefile.Notice{Kind: casefile.NoticeReminder, Step: "intake", Role: "office", Deadline: "d", Due: on(t, "2024-05-06")}
		deriving(db, func(c casefile.Case, _ casefile.Entry) casefile.Derived {
			return casefile.Derived{Notices: []casefile.Notice{reminder}}
		})
		opening := openingEntry(testOrgan, "c1", "方案")
		record(t, db.Store, opening)
		practice := openingEntry(testOrgan, "c2", "演练")
		practice.Practice = true
		record(t, db.Store, practice)
		at := opening.At.Add(time.Hour).Truncate(time.Millisecond)
		escalation := casefile.Notice{Kind: casefile.NoticeEscalation, Step: "intake", Role: "chief", Deadline: "d", Due: on(t, "2024-05-06")}
		for i, want := range []int64{2, 0} {
			if n, err := db.GiveNotices(t.Context(), testOrgan, "c1", false, []casefile.Notice{escalation}, at); err != nil || n != want {
				t.Errorf("time %d: %d new (%v), want %d", i, n, err, want)
			}
		}
		pending, err := db.PendingNotices(t.Context(), store.ChannelMail, opening.At.Add(-time.Hour), 10)
		if err != nil || len(pending) != 2 || pending[0].Notice != reminder || pending[1].Notice != escalation || pending[1].Matter != "方案" || !pending[1].Created.Equal(at) {
			t.Fatalf("pending: %+v (%v)", pending, err)
		}
		if late, err := db.PendingNotices(t.Context(), store.ChannelMail, at.Add(time.Hour), 10); err != nil || len(late) > 0 {
			t.Errorf("of a later time: %+v (%v)", late, err)
		}
		if err := db.SettleNotice(t.Context(), pending[0].ID, "sent", at); err != nil {
			t.Fatal(err)
		}
		if err := db.SettleNotice(t.Context(), pending[0].ID, "failed", at); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("settled twice: %v", err)
		}
		if err := db.SettleNotice(t.Context(), pending[1].ID, "", at); !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("settled as nothing: %v", err)
		}
		var log []string
		for _, id := range []casefile.ID{"c1", "c2"} {
			all, err := db.NoticesOf(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range all {
				log = append(log, fmt.Sprintf("%s %s %s %q %t", n.Case, n.Kind, n.Channel, n.Outcome, n.Sent.IsZero()))
			}
		}
		slices.Sort(log)
		want := []string{`c1 escalation list "shown" false`, `c1 escalation mail "" true`, `c1 reminder list "shown" false`, `c1 reminder mail "sent" false`, `c2 reminder list "shown" false`}
		if diff := cmp.Diff(want, log); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
		mine, err := db.NoticesFor(t.Context(), testOrgan, []store.Desk{{Role: "chief"}}, opening.At, 10)
		if err != nil || len(mine) != 1 || mine[0].Notice != escalation {
			t.Errorf("for the chief: %+v (%v)", mine, err)
		}
	})
}

func TestAFeedIsKeptByItsHashAndRevokedByItsOwner(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
		feed := store.Feed{ID: "f1", Hash: "h1", Organ: testOrgan, Person: "p1", Token: "t1", Title: "期限", Created: at}
		if err := db.CreateFeed(t.Context(), feed); err != nil {
			t.Fatal(err)
		}
		if err := db.CreateFeed(t.Context(), feed); !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("made twice: %v", err)
		}
		got, err := db.FeedByHash(t.Context(), "h1")
		if diff := cmp.Diff(feed, got); diff != "" || err != nil {
			t.Errorf("read back (%v):\n%s", err, diff)
		}
		for _, other := range []struct {
			organ  casefile.OrganID
			person casefile.PersonID
			id     string
		}{{"other", "p1", "f1"}, {testOrgan, "p2", "f1"}, {testOrgan, "p1", "f2"}} {
			if err := db.RevokeFeed(t.Context(), other.organ, other.person, other.id, at); !errors.Is(err, casefile.ErrNotFound) {
				t.Errorf("%+v revoked: %v", other, err)
			}
		}
		for range 2 {
			if err := db.RevokeFeed(t.Context(), testOrgan, "p1", "f1", at.Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		list, err := db.FeedsOf(t.Context(), testOrgan, "p1")
		if err != nil || len(list) != 1 || !list[0].Revoked.Equal(at.Add(time.Hour)) {
			t.Errorf("listed: %+v (%v)", list, err)
		}
		if _, err := db.FeedByHash(t.Context(), "h2"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("an unknown hash: %v", err)
		}
	})
}

func TestTasksAreCountedNoFurtherThanAnybodyReads(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		fillTasks(t, db, 2*store.MaxCounted)
		for _, tt := range []struct {
			f    store.TaskFilter
			want store.TaskCounts
		}{
			{store.TaskFilter{All: true}, store.TaskCounts{All: store.MaxCounted, Late: 1667, Undated: 6667}},
			{store.TaskFilter{All: true, Role: "office"}, store.TaskCounts{All: 2000, Late: 166, Undated: 667}},
		} {
			tt.f.Organ = testOrgan
			got, err := db.CountTasks(t.Context(), tt.f, march1.AddDays(50))
			if err != nil || got.All != tt.want.All || got.Undated != tt.want.Undated || got.Late < tt.want.Late-3 || got.Late > tt.want.Late+3 {
				t.Errorf("%+v: %+v (%v), want %+v", tt.f, got, err, tt.want)
			}
		}
	})
}
