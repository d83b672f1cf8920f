package casework

import (
	"context"
	"errors"
	"regexp"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/zhengdang/chengxu/casefile"
)

// Outcome says how an act, or an opening, was answered.
type Outcome string

// The outcomes.
const (
	OutcomeAccepted Outcome = "accepted"
	OutcomeBlocked  Outcome = "blocked" // by the rules, which is recorded
	OutcomeRefused  Outcome = "refused" // before the record
	OutcomeFailed   Outcome = "failed"  // nobody knows, or the caller asked for what is not there
)

// Answered is an act, or an opening, that was answered. It holds nothing that a person
// wrote and names nobody.
type Answered struct {
	Case     casefile.ID      // empty when there is no such case
	Organ    casefile.OrganID // empty likewise
	Act      string           // "participation.open"; empty when it has not the form of an act
	Practice bool
	Outcome  Outcome
	Refusal  casefile.RefusalCode // of what was refused
	Sequence int64                // of the entry; 0: there is none
	Took     time.Duration
}

// Open opens a case. The same opening twice opens one case; the same id with
// other content is refused.
func (s *Service) Open(ctx context.Context, o Opening) (Reply, error) {
	began := time.Now()
	ctx, span := startSpan(ctx, "open case")
	reply, err := s.open(ctx, o)
	out := Answered{Organ: o.Organ, Act: "case.open", Practice: o.Practice}
	s.answered(ctx, span, out, reply, err, began)
	return reply, err
}

// Act does an act on a case. Whatever the verdict, it is recorded, and Reply
// says how. An act that is malformed, out of place or not the actor's to do
// comes back as a [casefile.Refusal] and has left no trace in the case.
//
// The act's id makes it safe to repeat: the same act gives the same reply, the
// same id with other content is refused.
//
// Expect is the entry at which the actor saw the case: when it has moved since,
// the act is refused. 0 acts on whatever the case has come to.
func (s *Service) Act(ctx context.Context, id casefile.ID, act casefile.Act, expect int64) (Reply, error) {
	began := time.Now()
	ctx, span := startSpan(ctx, "act")
	reply, err := s.act(ctx, id, act, expect)
	out := Answered{}
	if actPattern.MatchString(act.Kind) {
		out.Act = act.Kind
	}
	if err != nil && s.o.Watch != nil { // what the caller named is told on only if it is there
		if organ, _, missing := s.o.Store.Head(ctx, id); missing == nil {
			out.Case, out.Organ = id, organ
		}
	}
	s.answered(ctx, span, out, reply, err, began)
	return reply, err
}

var actPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}\.[a-z][a-z0-9_]{0,39}$`)

// answered ends the span of an act and tells who watches.
func (s *Service) answered(ctx context.Context, span trace.Span, out Answered, reply Reply, err error, began time.Time) {
	var refusal *casefile.Refusal
	var blocked *Blocked
	switch {
	case err == nil:
		out.Outcome, out.Case, out.Organ, out.Practice, out.Sequence = OutcomeAccepted, reply.Case.ID, reply.Case.Organ, reply.Case.Practice, reply.Entry.Sequence
		if reply.Entry.Kind == casefile.EntryBlocked {
			out.Outcome = OutcomeBlocked
		}
	case errors.As(err, &refusal):
		out.Outcome, out.Refusal = OutcomeRefused, refusal.Code
	case errors.As(err, &blocked):
		out.Outcome = OutcomeBlocked
	default:
		out.Outcome = OutcomeFailed
		span.SetStatus(codes.Error, "")
	}
	span.SetAttributes(attribute.String("chengxu.outcome", string(out.Outcome)), attribute.String("chengxu.case", string(out.Case)),
		attribute.Int64("chengxu.entry.sequence", out.Sequence))
	span.End()
	out.Took = time.Since(began)
	if s.o.Watch != nil {
		s.o.Watch(ctx, out)
	}
}

// startSpan starts a span below that of the caller. Where nothing is traced it does
// nothing.
func startSpan(ctx context.Context, name string) (context.Context, trace.Span) {
	return trace.SpanFromContext(ctx).TracerProvider().Tracer("github.com/zhengdang/chengxu/casework").Start(ctx, name)
}

// NotReady says what keeps acts from being served.
type NotReady struct {
	Causes []string // names of parts, such as "database"; nothing about how they work
	Err    error    // for the log
}

// Causes that a [Service] names.
const (
	CauseDatabase = "database"
	CauseEngine   = "engine"
	CauseWorker   = "worker"
)

func notReady(cause string, err error) error { return &NotReady{Causes: []string{cause}, Err: err} }

func (n *NotReady) Error() string { return n.Err.Error() }

// Unwrap gives what went wrong.
func (n *NotReady) Unwrap() error { return n.Err }
