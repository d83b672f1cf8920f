package api

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"github.com/zhengdang/chengxu/auth"
)

// Limits bound how often one network may use routes that are open to anybody.
type Limits struct {
	PerMinute int // 0: 60
	Burst     int // 0: 20
	// Proxies are the networks of proxies whose X-Forwarded-For is believed. From
	// anybody else the header says nothing.
	Proxies []netip.Prefix
}

// maxNetworks bounds how many networks are remembered. When there are more, all
// are forgotten: under attack from everywhere nobody is counted for long, and the
// memory stays bounded.
const maxNetworks = 50_000

// limiter counts requests by network and kind of route.
type limiter struct {
	o Limits

	mu   sync.Mutex
	seen map[string]*rate.Limiter
}

func newLimiter(o Limits) *limiter {
	if o.PerMinute == 0 {
		o.PerMinute = 60
	}
	if o.Burst == 0 {
		o.Burst = 20
	}
	return &limiter{o: o, seen: map[string]*rate.Limiter{}}
}

func (l *limiter) allow(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	one, ok := l.seen[key]
	if !ok {
		if len(l.seen) >= maxNetworks {
			clear(l.seen)
		}
		one = rate.NewLimiter(rate.Every(time.Minute/time.Duration(l.o.PerMinute)), l.o.Burst)
		l.seen[key] = one
	}
	return one.Allow()
}

// address gives from where a request comes: the last address in X-Forwarded-For
// that no trusted proxy added, or the address of the connection.
func (l Limits) address(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := at.Addr().Unmap()
	trusted := func(a netip.Addr) bool {
		return slices.ContainsFunc(l.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, part := range slices.Backward(forwarded) {
		if !trusted(addr) {
			break
		}
		next, err := netip.ParseAddr(strings.TrimSpace(part))
		if err != nil {
			break
		}
		addr = next.Unmap()
	}
	return addr
}

// Client gives the address of a client as a text, empty when it is not known.
func (l Limits) Client(r *http.Request) string {
	if addr := l.address(r); addr.IsValid() {
		return addr.String()
	}
	return ""
}

// network gives the network that a request is counted for. IPv6 is counted by /64:
// one connection has a whole one. It is empty when the address is not known.
func (l Limits) network(r *http.Request) string {
	addr := l.address(r)
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	network, err := addr.Prefix(bits)
	if err != nil {
		return ""
	}
	return network.String()
}

// limited bounds how often a network may use a route.
func (h *handler) limited(kind string, next answer) answer {
	return func(c echo.Context, p auth.Principal) error {
		network := h.limits.o.network(c.Request())
		if network == "" || !h.limits.allow(kind+" "+network) {
			return &fault{code: codeTooMany}
		}
		return next(c, p)
	}
}
