package access

import (
	"context"
	"slices"
	"time"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/webhook"
)

// ReadHealth is the action of reading what is running and how.
const ReadHealth Action = "health.read"

// Health is what is running at one moment. What could not be found out stands in the
// errors; nothing is guessed.
type Health struct {
	Parts   []HealthPart
	Logs    []LogHead
	Hooks   []webhook.Subscription // of the caller's organ
	HooksBy error                  // why they could not be read
	Mail    string                 // address of the mail server; empty: no mail is sent
	Pending int                    // mails that wait
	PendBy  error
	// Quarantined are documents that wait for their examination; Examined says that
	// there is an examiner.
	Quarantined int
	QuarantBy   error
	Examined    bool
	Data        string // the data directory
	Started     time.Time
}

// HealthPart is a part without which nothing goes on.
type HealthPart struct {
	Name string // "store", "engine"
	Err  error  // nil: it works
}

// LogHead is where the log of an organ stands.
type LogHead struct {
	Organ  casefile.OrganID
	Size   int64  // entries
	Signed int64  // up to which entry the last checkpoint goes
	Key    string // verifier key; empty: not signed yet
	Err    error
}

// Watch looks at what is running.
type Watch interface {
	Health(ctx context.Context, organs []casefile.OrganID) Health
}

// Health gives what is running, and the logs of the caller's organ and those below it.
func (g *Guard) Health(ctx context.Context, p auth.Principal) (Health, error) {
	if err := Permit(p, ReadHealth); err != nil {
		return Health{}, err
	}
	var out Health
	if g.o.Watch != nil {
		out = g.o.Watch.Health(ctx, slices.Concat([]casefile.OrganID{p.Organ}, p.Oversees))
	}
	out.Parts = append(out.Parts, HealthPart{Name: "ready", Err: g.o.Cases.Ready(ctx)})
	if g.o.Webhooks != nil {
		out.Hooks, out.HooksBy = g.o.Webhooks.List(ctx, p.Organ)
	}
	return out, nil
}

// Begun says what an organ has begun with: whether it has practice cases, and real
// ones. Nothing else is told of them.
func (g *Guard) Begun(ctx context.Context, p auth.Principal) (practice, real bool, err error) {
	if err := Permit(p, ReadHealth); err != nil {
		return false, false, err
	}
	for _, one := range []struct {
		practice bool
		begun    *bool
	}{{true, &practice}, {false, &real}} {
		list, _, err := g.o.Cases.List(ctx, casework.Filter{Organ: p.Organ, Practice: &one.practice, Limit: 1})
		if err != nil {
			return false, false, err
		}
		*one.begun = len(list) > 0
	}
	return practice, real, nil
}
