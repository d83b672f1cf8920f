package casework

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger/dossier"
)

// finished waits until somebody's verification is done.
func finished(t *testing.T, v *Verifier, by Asker) Verification {
	t.Helper()
	tick, late := time.NewTicker(time.Millisecond), time.After(10*time.Second)
	defer tick.Stop()
	for {
		if last, ok, err := v.Last(t.Context(), by); err != nil {
			t.Fatal(err)
		} else if ok && last.Stage == StageDone {
			return last
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("the verification does not end")
		}
	}
}

func TestOnePersonVerifiesOneDossierAtATime(t *testing.T) {
	release := make(chan struct{})
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	v := NewVerifier(VerifierOptions{Now: func() time.Time { return now }, Export: func(_ context.Context, _ casefile.ID, w io.Writer) error {
		<-release
		_, err := io.WriteString(w, "not a dossier")
		return err
	}})
	li, wang := Asker{"o", "li"}, Asker{"o2", "li"}
	if err := v.Start(t.Context(), li, "a"); err != nil {
		t.Fatal(err)
	}
	if err := v.Start(t.Context(), li, "a"); err != nil {
		t.Errorf("the same again: %v", err)
	}
	if err := v.Start(t.Context(), li, "b"); !errors.Is(err, casefile.ErrConflict) {
		t.Errorf("another one of the same person: %v", err)
	}
	if err := v.Start(t.Context(), wang, "b"); err != nil {
		t.Errorf("of somebody else: %v", err)
	}
	close(release)
	last := finished(t, v, li)
	if last.Report == nil || last.Report.Seal.Status != dossier.Failed || last.Size != 13 || len(last.Digest) != 64 {
		t.Errorf("%+v", last)
	}
	finished(t, v, wang)
	if err := v.Start(t.Context(), li, "b"); err != nil {
		t.Errorf("after the first one: %v", err)
	}
	finished(t, v, li)
	now = now.Add(2 * time.Hour)
	if _, ok, err := v.Last(t.Context(), li); ok || err != nil {
		t.Errorf("an old result is kept (%v)", err)
	}
}

// pinboard is a board in memory.
type pinboard struct {
	mu     sync.Mutex
	posted map[Asker]Verification
}

func (b *pinboard) Post(_ context.Context, by Asker, v Verification) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.posted[by] = v
	return nil
}

func (b *pinboard) Posted(_ context.Context, by Asker) (Verification, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if v, ok := b.posted[by]; ok {
		return v, nil
	}
	return Verification{}, casefile.ErrNotFound
}

func TestAVerificationIsKnownToTheOtherProcesses(t *testing.T) {
	release := make(chan struct{})
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	board := &pinboard{posted: map[Asker]Verification{}}
	process := func() *Verifier {
		return NewVerifier(VerifierOptions{Board: board, Now: func() time.Time { return now }, Export: func(context.Context, casefile.ID, io.Writer) error {
			<-release
			return io.ErrUnexpectedEOF
		}})
	}
	one, other, li := process(), process(), Asker{"o", "li"}
	if err := one.Start(t.Context(), li, "a"); err != nil {
		t.Fatal(err)
	}
	if last, ok, err := other.Last(t.Context(), li); err != nil || !ok || last.Case != "a" || last.Stage == StageDone {
		t.Errorf("at the other process: %+v %t %v", last, ok, err)
	}
	if err := other.Start(t.Context(), li, "a"); err != nil {
		t.Errorf("the same again at the other process: %v", err)
	}
	if err := other.Start(t.Context(), li, "b"); !errors.Is(err, casefile.ErrConflict) {
		t.Errorf("another one at the other process: %v", err)
	}
	close(release)
	if last := finished(t, other, li); last.Case != "a" || !errors.Is(last.Err, io.ErrUnexpectedEOF) {
		t.Errorf("its end at the other process: %+v", last)
	}
	board.Post(t.Context(), li, Verification{Case: "c", Stage: StageExport, Started: now.Add(time.Second)})
	now = now.Add(20 * time.Minute)
	if last := finished(t, other, li); last.Case != "c" || last.Err == nil {
		t.Errorf("of a process that has ended: %+v", last)
	}
	if err := other.Start(t.Context(), li, "a"); err != nil {
		t.Errorf("after a process has ended: %v", err)
	}
	finished(t, other, li)
}

// A process that was killed says nothing any more, and one that takes long does.
func TestAVerificationCountsAsLongAsItsProcessSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const beat = time.Second
		release := make(chan struct{})
		board := &pinboard{posted: map[Asker]Verification{}}
		process := func() *Verifier {
			return NewVerifier(VerifierOptions{Board: board, Beat: beat, Export: func(context.Context, casefile.ID, io.Writer) error {
				<-release
				return io.ErrUnexpectedEOF
			}})
		}
		one, other, li, wang := process(), process(), Asker{"o", "li"}, Asker{"o", "wang"}
		if err := one.Start(t.Context(), li, "a"); err != nil {
			t.Fatal(err)
		}
		lost := time.Now()
		board.Post(t.Context(), wang, Verification{Case: "a", Stage: StageSeal, Started: lost, Seen: lost})
		if last := finished(t, other, wang); !errors.Is(last.Err, errGone) || time.Since(lost) < silentBeats*beat {
			t.Errorf("of a process that says nothing, after %s: %+v", time.Since(lost), last)
		}
		if err := other.Start(t.Context(), li, "b"); !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("beside one that is under way all the time: %v", err)
		}
		close(release)
		if last := finished(t, other, li); !errors.Is(last.Err, io.ErrUnexpectedEOF) {
			t.Errorf("its end: %+v", last)
		}
	})
}

// A process that was silent for a while, and goes on, does not take the place of what the
// person has begun elsewhere meanwhile.
func TestAVerificationThatWasGivenUpStaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		board, li := &pinboard{posted: map[Asker]Verification{}}, Asker{"o", "li"}
		silent := NewVerifier(VerifierOptions{Board: board, Export: func(context.Context, casefile.ID, io.Writer) error {
			<-release
			return io.ErrUnexpectedEOF
		}})
		if err := silent.Start(t.Context(), li, "a"); err != nil {
			t.Fatal(err)
		}
		later := time.Now().Add(time.Second)
		board.Post(t.Context(), li, Verification{Case: "b", Stage: StageDone, Started: later, Seen: later, Ended: later})
		<-time.After(time.Minute) // the process says six times how it stands
		close(release)
		synctest.Wait()
		if last := silent.last[li]; last.Case != "a" || last.Stage != StageDone {
			t.Errorf("in the process itself it is %+v", last)
		}
		if last, err := board.Posted(t.Context(), li); err != nil || last.Case != "b" {
			t.Errorf("what stands on the board is %+v %v", last, err)
		}
	})
}

// hanging is a board whose database has gone silent.
type hanging struct{ pinboard }

func (*hanging) Post(ctx context.Context, _ Asker, _ Verification) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestABoardThatIsSilentHoldsUpNobodyForLong(t *testing.T) {
	v := NewVerifier(VerifierOptions{Board: &hanging{}, Beat: 20 * time.Millisecond, Export: func(context.Context, casefile.ID, io.Writer) error {
		return io.ErrUnexpectedEOF
	}})
	for _, by := range []Asker{{"o", "li"}, {"o", "wang"}} {
		if err := v.Start(t.Context(), by, "a"); err != nil {
			t.Fatal(err)
		}
	}
	for _, by := range []Asker{{"o", "li"}, {"o", "wang"}} {
		if last := finished(t, v, by); !errors.Is(last.Err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %+v", by.Person, last)
		}
	}
}

func TestAVerificationThatCannotBeDoneSaysSo(t *testing.T) {
	by := Asker{"o", "li"}
	for name, tt := range map[string]struct {
		export func(ctx context.Context, w io.Writer) error
		want   error
	}{
		"too large": {func(_ context.Context, w io.Writer) error {
			_, err := io.WriteString(w, strings.Repeat("x", 101))
			return err
		}, ErrTooLarge},
		"too long":       {func(ctx context.Context, _ io.Writer) error { <-ctx.Done(); return ctx.Err() }, context.DeadlineExceeded},
		"a broken world": {func(context.Context, io.Writer) error { return io.ErrUnexpectedEOF }, io.ErrUnexpectedEOF},
		"a panic":        {func(context.Context, io.Writer) error { panic("lost") }, nil},
	} {
		v := NewVerifier(VerifierOptions{MaxSize: 100, Within: 50 * time.Millisecond, Export: func(ctx context.Context, _ casefile.ID, w io.Writer) error { return tt.export(ctx, w) }})
		if err := v.Start(t.Context(), by, "a"); err != nil {
			t.Fatal(err)
		}
		last := finished(t, v, by)
		if last.Err == nil || last.Report != nil || tt.want != nil && !errors.Is(last.Err, tt.want) {
			t.Errorf("%s: %v", name, last.Err)
		}
	}
}
