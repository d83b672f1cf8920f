package casework

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
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
		if last, ok := v.Last(by); ok && last.Stage == StageDone {
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
	if _, ok := v.Last(li); ok {
		t.Error("an old result is kept")
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
