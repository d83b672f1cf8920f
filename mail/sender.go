package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/internal/lease"
)

// The outcomes of a notice. Of those that were not sent to all, the outcome says
// how many got it.
const (
	OutcomeSent      = "sent"
	OutcomeNoAddress = "no-address"
	OutcomeRefused   = "refused" // by the server, for good
	OutcomeGivenUp   = "given-up"
)

// Options make a [Sender]. Notices, Addresses, Leases and Server are required.
type Options struct {
	Notices   Notices
	Addresses Addresses
	Leases    lease.Storage
	Server    Server
	Site      string       // address of the pages, for whoever wants to sign in
	Log       *slog.Logger // nil: silent

	Poll     time.Duration    // how often to look: 10 seconds
	First    time.Duration    // wait after the first failure: a minute; it doubles
	Attempts int              // that the server does not take a mail, until its notice is given up: 8
	Oldest   time.Duration    // how old a notice may be to be sent at all: 3 days
	Now      func() time.Time // nil: time.Now
}

// Sender sends what is pending. Of all processes on one database one sends at a
// time. A mail may come twice when a process dies between sending it and noting
// that; it then has the same Message-ID.
type Sender struct {
	o     Options
	lease *lease.Lease
	tried map[string]*attempt // by id of the notice

	unreachable int       // how often the server could not be reached, on end
	next        time.Time // when to try to reach it again
}

// attempt is what is known of a notice that could not be sent to all yet.
type attempt struct {
	failures int
	next     time.Time
	done     map[string]bool // addresses that have it
}

const (
	batch = 100
	// leaseLasts covers some mails; it is renewed between them.
	leaseLasts = 2 * time.Minute
)

// NewSender returns a sender that does not run yet. A server that is not well
// described is [casefile.ErrInvalid].
func NewSender(o Options) (*Sender, error) {
	if o.Notices == nil || o.Addresses == nil || o.Leases == nil {
		return nil, errors.New("mail: notices, addresses and leases are required")
	}
	if err := o.Server.Check(); err != nil {
		return nil, err
	}
	if o.Poll == 0 {
		o.Poll = 10 * time.Second
	}
	if o.First == 0 {
		o.First = time.Minute
	}
	if o.Attempts == 0 {
		o.Attempts = 8
	}
	if o.Oldest == 0 {
		o.Oldest = 3 * 24 * time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Sender{o: o, lease: lease.New(o.Leases, "mail", leaseLasts, o.Now), tried: map[string]*attempt{}}, nil
}

// Run sends until ctx ends. What goes wrong is logged, without addresses, and tried
// again.
func (s *Sender) Run(ctx context.Context) {
	poll := time.NewTicker(s.o.Poll)
	defer poll.Stop()
	defer s.lease.Drop(ctx, s.o.Log)
	for {
		if err := s.Send(ctx); err != nil && ctx.Err() == nil {
			s.o.Log.WarnContext(ctx, "send mail", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-poll.C:
		}
	}
}

// Send sends once what is pending and in turn. While the server cannot be reached
// nothing is given up but what has grown too old.
func (s *Sender) Send(ctx context.Context) error {
	pending, err := s.o.Notices.Pending(ctx, batch)
	if err != nil {
		return err
	}
	s.forget(pending)
	var open *line
	defer func() {
		if open != nil {
			open.close()
		}
	}()
	for _, n := range pending {
		if held, err := s.lease.Hold(ctx, leaseLasts/4); err != nil || !held {
			return err
		}
		if s.o.Now().Sub(n.Made) > s.o.Oldest {
			if err := s.settle(ctx, n, OutcomeGivenUp+": too old"); err != nil {
				return err
			}
			continue
		}
		if a := s.tried[n.ID]; a != nil && s.o.Now().Before(a.next) {
			continue
		}
		to, err := s.o.Addresses.AddressesOf(ctx, n)
		if err != nil {
			return fmt.Errorf("addresses of notice %s: %w", n.ID, err)
		}
		if open == nil && len(to) > 0 {
			if s.o.Now().Before(s.next) {
				continue
			}
			if open, err = s.dial(ctx); err != nil {
				return err
			}
		}
		if err := s.tell(ctx, open, n, to); err != nil {
			return err
		}
	}
	return nil
}

// forget drops what is known of notices that are pending no more.
func (s *Sender) forget(pending []Notice) {
	kept := map[string]*attempt{}
	for _, n := range pending {
		if a := s.tried[n.ID]; a != nil {
			kept[n.ID] = a
		}
	}
	s.tried = kept
}

func (s *Sender) dial(ctx context.Context) (*line, error) {
	open, err := s.o.Server.line()
	if err != nil {
		return nil, err
	}
	if err := open.DialWithContext(ctx); err != nil {
		open.close()
		s.unreachable++
		s.next = s.o.Now().Add(s.o.First << min(s.unreachable-1, 4))
		return nil, fmt.Errorf("reach mail server: %w", err)
	}
	s.unreachable = 0
	return open, nil
}

// tell sends a notice to each address that does not have it yet, one mail each, so
// that nobody reads who else was told.
func (s *Sender) tell(ctx context.Context, open *line, n Notice, to []string) error {
	a := s.tried[n.ID]
	if a == nil {
		a = &attempt{done: map[string]bool{}}
		s.tried[n.ID] = a
	}
	sent, again := 0, false
	for _, address := range to {
		if a.done[address] {
			sent++
			continue
		}
		m, err := compose(n, s.o.Server.From, address, s.o.Site, s.o.Now())
		if err != nil {
			continue // no address at all
		}
		err = open.Send(m)
		if m.IsDelivered() { // what goes wrong afterwards is about the line
			a.done[address] = true
			sent++
		}
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return ctx.Err()
		case codeOf(err) == 0 && len(a.done) == len(to): // the line broke after the last one
			return errors.Join(errBroken, s.settle(ctx, n, outcomeOf(sent, len(to))))
		case codeOf(err) == 0:
			return errors.Join(errBroken, s.postpone(ctx, n, a))
		case permanent(err):
			s.o.Log.WarnContext(ctx, "mail was refused", "notice", n.ID, "code", codeOf(err))
		default:
			again = true
			s.o.Log.WarnContext(ctx, "mail was not taken yet", "notice", n.ID, "code", codeOf(err))
		}
	}
	if again {
		return s.postpone(ctx, n, a)
	}
	return s.settle(ctx, n, outcomeOf(sent, len(to)))
}

var errBroken = errors.New("the line to the mail server broke")

func outcomeOf(sent, all int) string {
	switch {
	case all == 0:
		return OutcomeNoAddress
	case sent == all:
		return OutcomeSent
	case sent == 0:
		return OutcomeRefused
	}
	return fmt.Sprintf("%s to %d of %d", OutcomeSent, sent, all)
}

// postpone tries a notice again later, or gives it up.
func (s *Sender) postpone(ctx context.Context, n Notice, a *attempt) error {
	if a.failures++; a.failures >= s.o.Attempts {
		return s.settle(ctx, n, fmt.Sprintf("%s after %d attempts", OutcomeGivenUp, a.failures))
	}
	a.next = s.o.Now().Add(s.o.First << (a.failures - 1))
	return nil
}

func (s *Sender) settle(ctx context.Context, n Notice, outcome string) error {
	err := s.o.Notices.Settle(ctx, n.ID, outcome, s.o.Now().UTC())
	if errors.Is(err, casefile.ErrNotFound) {
		return nil // it was settled already
	}
	if err == nil {
		delete(s.tried, n.ID)
	}
	return err
}

// permanent reports whether the server will never take the mail.
func permanent(err error) bool {
	var failure *gomail.SendError
	return errors.As(err, &failure) && failure.ErrorCode() >= 500 && !failure.IsTemp()
}

func codeOf(err error) int {
	var failure *gomail.SendError
	if errors.As(err, &failure) {
		return failure.ErrorCode()
	}
	return 0
}
