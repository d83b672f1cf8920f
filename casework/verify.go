package casework

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger/dossier"
)

// Asker is who a verification is for.
type Asker struct {
	Organ  casefile.OrganID
	Person casefile.PersonID
}

// Stage is how far a verification has come.
type Stage string

// The stages, in order.
const (
	StageWaiting Stage = "waiting" // others are verified first
	StageExport  Stage = "export"  // the dossier is written
	StageSeal    Stage = "seal"
	StageLaw     Stage = "law"
	StageRun     Stage = "run"
	StageDone    Stage = "done"
)

// Stages gives every stage, in order.
func Stages() []Stage {
	return []Stage{StageWaiting, StageExport, StageSeal, StageLaw, StageRun, StageDone}
}

// Verification is a case whose dossier is verified on the server, for one person.
type Verification struct {
	Case    casefile.ID
	Stage   Stage
	Started time.Time
	Seen    time.Time // when the process that verifies last said so
	Ended   time.Time // zero until it is done
	Size    int64     // of the dossier
	Digest  string    // SHA-256 of the dossier
	Report  *dossier.Report
	Err     error // why there is no report: nothing is known then, neither good nor bad
}

// Board keeps the last verification of each person where every process sees it.
type Board interface {
	Post(ctx context.Context, by Asker, v Verification) error
	// Posted gives what was posted last, or [casefile.ErrNotFound].
	Posted(ctx context.Context, by Asker) (Verification, error)
}

// VerifierOptions join a [Verifier] to the rest. Export and Replayer are required.
type VerifierOptions struct {
	Export   func(ctx context.Context, id casefile.ID, w io.Writer) error
	Replayer dossier.Replayer
	Board    Board            // nil: what somebody asked for is known in this process alone
	Now      func() time.Time // nil: time.Now
	Log      *slog.Logger     // nil: silent
	AtOnce   int              // verifications that run side by side; 0: 1
	MaxSize  int64            // of a dossier, in bytes; 0: 256 MiB
	Within   time.Duration    // how long one may take; 0: 10 minutes
	Beat     time.Duration    // how often the board is told that one is under way; 0: 10 seconds
	Keep     time.Duration    // how long a result can be had; 0: an hour
}

// Verifier verifies dossiers on the server, by the code that verifies them offline.
// Each person has one verification at a time, and sees the last one for a while. Without
// a board, a restart forgets them. It is safe for concurrent use.
type Verifier struct {
	o     VerifierOptions
	slots chan struct{}

	mu   sync.Mutex
	last map[Asker]Verification
}

// NewVerifier returns a verifier.
func NewVerifier(o VerifierOptions) *Verifier {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.AtOnce = max(o.AtOnce, 1)
	if o.MaxSize == 0 {
		o.MaxSize = 256 << 20
	}
	if o.Within == 0 {
		o.Within = 10 * time.Minute
	}
	if o.Beat == 0 {
		o.Beat = 10 * time.Second
	}
	if o.Keep == 0 {
		o.Keep = time.Hour
	}
	return &Verifier{o: o, slots: make(chan struct{}, o.AtOnce), last: map[Asker]Verification{}}
}

// Start begins to verify a case for a person. While one of the person's runs, here or
// in another process, another is a [casefile.ErrConflict]; the same case again is what
// runs already.
func (v *Verifier) Start(ctx context.Context, by Asker, id casefile.ID) error {
	posted, elsewhere, err := v.posted(ctx, by)
	if err != nil {
		return err
	}
	v.mu.Lock()
	v.forget()
	last, ok := v.last[by]
	if elsewhere && posted.Started.After(last.Started) {
		last, ok = posted, true
	}
	if ok && last.Stage != StageDone {
		v.mu.Unlock()
		if last.Case == id {
			return nil
		}
		return fmt.Errorf("case %s is being verified: %w", last.Case, casefile.ErrConflict)
	}
	now := v.o.Now()
	begun := Verification{Case: id, Stage: StageWaiting, Started: now, Seen: now}
	v.last[by] = begun
	v.mu.Unlock()
	r := &verifying{v: v, by: by, begun: begun}
	ctx = context.WithoutCancel(ctx)
	r.post(ctx)
	go r.verify(ctx)
	return nil
}

// Last gives the last verification of a person, also while it runs; ok is false
// where there is none.
func (v *Verifier) Last(ctx context.Context, by Asker) (last Verification, ok bool, err error) {
	posted, elsewhere, err := v.posted(ctx, by)
	if err != nil {
		return Verification{}, false, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.forget()
	last, ok = v.last[by]
	if elsewhere && posted.Started.After(last.Started) {
		return posted, true, nil
	}
	return last, ok, nil
}

// silentBeats is after how many beats that were not heard a process counts as ended:
// enough for one that is short of time, and for clocks that differ a little.
const silentBeats = 6

// errGone is the end of a verification whose process ended before it did.
var errGone = errors.New("the process that verified has ended: begin again")

// posted gives what stands on the board, as far as it still counts.
func (v *Verifier) posted(ctx context.Context, by Asker) (out Verification, ok bool, err error) {
	if v.o.Board == nil {
		return out, false, nil
	}
	out, err = v.o.Board.Posted(ctx, by)
	if errors.Is(err, casefile.ErrNotFound) {
		return out, false, nil
	}
	if err != nil {
		return out, false, fmt.Errorf("verification under way: %w", err)
	}
	now, silent := v.o.Now(), silentBeats*v.o.Beat
	if out.Seen.IsZero() { // by a program that does not say so
		out.Seen, silent = out.Started, v.o.Within+v.o.Within/10
	}
	if out.Stage != StageDone && now.Sub(out.Seen) > silent {
		out.Stage, out.Ended, out.Err = StageDone, now, errGone
	}
	return out, !v.old(out), nil
}

// old reports whether a result can no longer be had.
func (v *Verifier) old(last Verification) bool {
	return last.Stage == StageDone && v.o.Now().Sub(last.Ended) > v.o.Keep
}

// forget drops results that are old.
func (v *Verifier) forget() {
	maps.DeleteFunc(v.last, func(_ Asker, last Verification) bool { return v.old(last) })
}

// verifying is one verification of a person, which another may have taken the place of:
// when its process has said nothing for a while, they begin anew.
type verifying struct {
	v       *Verifier
	by      Asker
	begun   Verification
	posting sync.Mutex // what is posted last is how it stands
}

// now gives how it stands; ok is false when it is no longer the last one.
func (r *verifying) now() (now Verification, ok bool) {
	r.v.mu.Lock()
	defer r.v.mu.Unlock()
	now = r.v.last[r.by]
	return now, now.Started.Equal(r.begun.Started)
}

// set changes how it stands, in this process.
func (r *verifying) set(change func(*Verification)) {
	r.v.mu.Lock()
	defer r.v.mu.Unlock()
	if last := r.v.last[r.by]; last.Started.Equal(r.begun.Started) {
		last.Seen = r.v.o.Now()
		change(&last)
		r.v.last[r.by] = last
	}
}

// post tells the other processes how it stands, unless there is a later one. The one who
// asked in this process sees it all the same, so what fails is logged.
func (r *verifying) post(ctx context.Context) {
	if r.v.o.Board == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, r.v.o.Beat)
	defer cancel()
	r.posting.Lock()
	defer r.posting.Unlock()
	now, ok := r.now()
	if !ok {
		return
	}
	posted, err := r.v.o.Board.Posted(ctx, r.by)
	if err == nil && posted.Started.After(now.Started) {
		return
	}
	if err == nil || errors.Is(err, casefile.ErrNotFound) {
		err = r.v.o.Board.Post(ctx, r.by, now)
	}
	if err != nil {
		r.v.o.Log.ErrorContext(ctx, "verification is not known to other processes", "case", now.Case, "error", err)
	}
}

// beat tells the board again and again that a verification is under way, so that one
// whose process was killed does not hold up the person for long.
func (r *verifying) beat(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		next := time.NewTicker(r.v.o.Beat)
		defer next.Stop()
		for {
			select {
			case <-next.C:
				r.set(func(*Verification) {})
				r.post(ctx)
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { cancel(); <-stopped }
}

// verify is one verification from beginning to end. However it ends, the person can
// begin another one.
func (r *verifying) verify(ctx context.Context) {
	v, id := r.v, r.begun.Case
	ctx, cancel := context.WithTimeout(ctx, v.o.Within)
	defer cancel()
	stop := r.beat(ctx)
	var out Verification
	defer func() {
		if cause := recover(); cause != nil {
			out.Report, out.Err = nil, fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
		if out.Err != nil {
			v.o.Log.ErrorContext(ctx, "verification failed", "case", id, "error", out.Err)
		}
		r.set(func(last *Verification) {
			last.Size, last.Digest, last.Report, last.Err = out.Size, out.Digest, out.Report, out.Err
			last.Stage, last.Ended = StageDone, v.o.Now()
		})
		stop()
		r.post(context.WithoutCancel(ctx)) // also when its time is over
	}()
	select {
	case v.slots <- struct{}{}:
		defer func() { <-v.slots }()
	case <-ctx.Done():
		out.Err = fmt.Errorf("wait for others: %w", ctx.Err())
		return
	}
	out = v.verified(ctx, id, func(s Stage) {
		r.set(func(last *Verification) { last.Stage = s })
		r.post(ctx)
	})
}

// verified writes the dossier to a file that nobody else can open, and verifies it.
func (v *Verifier) verified(ctx context.Context, id casefile.ID, reached func(Stage)) (out Verification) {
	reached(StageExport)
	file, err := os.CreateTemp("", "chengxu-verify-*.zip")
	if err != nil {
		out.Err = fmt.Errorf("file for the dossier: %w", err)
		return out
	}
	defer func() { out.Err = errors.Join(out.Err, file.Close(), os.Remove(file.Name())) }()
	sum := sha256.New()
	to := &bounded{w: io.MultiWriter(file, sum), left: v.o.MaxSize}
	if err := v.o.Export(ctx, id, to); err != nil {
		out.Err = fmt.Errorf("export: %w", err)
		return out
	}
	out.Size, out.Digest = v.o.MaxSize-to.left, hex.EncodeToString(sum.Sum(nil))
	report := dossier.VerifyFile(file, out.Size, dossier.Options{Replayer: v.o.Replayer, Began: func(part string) { reached(Stage(part)) }})
	out.Report = &report
	return out
}

// ErrTooLarge is a dossier that is too large to be verified on the server.
var ErrTooLarge = errors.New("the dossier is too large to be verified here")

// bounded writes no more than is left.
type bounded struct {
	w    io.Writer
	left int64
}

// Write implements [io.Writer].
func (b *bounded) Write(p []byte) (int, error) {
	if int64(len(p)) > b.left {
		return 0, ErrTooLarge
	}
	n, err := b.w.Write(p)
	b.left -= int64(n)
	return n, err
}
