package auth

import (
	"container/list"
	"errors"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	maxAddresses   = 10_000 // that are remembered
	attemptsEvery  = 2 * time.Second
	attemptsBurst  = 20
	failuresFree   = 20 // of an address, before it is locked
	addressLock    = time.Minute
	maxAddressLock = time.Hour
	forgetAddress  = 2 * time.Hour
)

// Addresses bounds how often an address tries to sign in, and locks it for a growing
// time after many failures. It remembers the last ones only, in memory.
type Addresses struct {
	now func() time.Time

	mu    sync.Mutex
	known map[netip.Prefix]*list.Element
	order *list.List // the one that tried last in front
}

type addressState struct {
	of       netip.Prefix
	limit    *rate.Limiter
	failures int
	failedAt time.Time
	until    time.Time
}

// NewAddresses returns Addresses by a clock; nil is the system's.
func NewAddresses(now func() time.Time) *Addresses {
	if now == nil {
		now = time.Now
	}
	return &Addresses{now: now, known: map[netip.Prefix]*list.Element{}, order: list.New()}
}

// ErrTooMany says that an address tries to sign in too often, or that too many sign
// in at once.
var ErrTooMany = errors.New("too many attempts to sign in")

// Allow is [ErrTooMany] when the address may not try now. A nil Addresses lets
// everybody try.
func (a *Addresses) Allow(address string) error {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s, now := a.state(address), a.now()
	if now.Before(s.until) || !s.limit.AllowN(now, 1) {
		return ErrTooMany
	}
	return nil
}

// Note counts an attempt that failed because whoever made it was not recognised.
func (a *Addresses) Note(address string, err error) {
	if a == nil || !errors.Is(err, ErrUnauthenticated) {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s, now := a.state(address), a.now()
	if now.Sub(s.failedAt) > forgetAddress {
		s.failures = 0
	}
	s.failures++
	s.failedAt = now
	s.until = now.Add(growing(s.failures, failuresFree, addressLock, maxAddressLock))
}

// state gives what is remembered of an address: of one IPv4 address, or of the
// network of 64 bits in which one customer has all IPv6 addresses. Addresses that
// cannot be read share one.
func (a *Addresses) state(address string) *addressState {
	of := networkOf(address, 32, 64)
	if at, ok := a.known[of]; ok {
		a.order.MoveToFront(at)
		return at.Value.(*addressState) //nolint:errcheck,forcetypeassert // the list holds nothing else
	}
	if len(a.known) >= maxAddresses {
		last := a.order.Back()
		delete(a.known, last.Value.(*addressState).of) //nolint:errcheck,forcetypeassert // the list holds nothing else
		a.order.Remove(last)
	}
	s := &addressState{of: of, limit: rate.NewLimiter(rate.Every(attemptsEvery), attemptsBurst)}
	a.known[of] = a.order.PushFront(s)
	return s
}

func networkOf(address string, bits4, bits6 int) netip.Prefix {
	parsed, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Prefix{}
	}
	parsed = parsed.Unmap().WithZone("")
	bits := bits6
	if parsed.Is4() {
		bits = bits4
	}
	prefix, err := parsed.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}

// NetworkOf shortens an address to its network, which is all that is logged of it:
// /24 of IPv4, /48 of IPv6; empty for what is no address.
func NetworkOf(address string) string {
	if prefix := networkOf(address, 24, 48); prefix.IsValid() {
		return prefix.String()
	}
	return ""
}

// growing gives how long to wait after failures in a row: nothing at first, then a
// time that doubles with each.
func growing(failures, free int, first, most time.Duration) time.Duration {
	if failures < free {
		return 0
	}
	wait := first
	for range failures - free {
		if wait *= 2; wait >= most {
			return most
		}
	}
	return wait
}
