// Package intake bounds and reads what anybody may send: how often one network may,
// how many forms come in at once, and a form with files, part by part. API and pages
// share it, so that whoever uses both has one measure.
package intake

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/zhengdang/chengxu/casefile"
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

// Gate counts what comes from each network, and the forms that are coming in. It is
// safe for concurrent use.
type Gate struct {
	o     Limits
	forms Places // which do not keep out the uploads of staff
	files Places // of staff

	mu   sync.Mutex
	seen map[string]*rate.Limiter
}

// NewGate returns a gate.
func NewGate(o Limits) *Gate {
	if o.PerMinute == 0 {
		o.PerMinute = 60
	}
	if o.Burst == 0 {
		o.Burst = 20
	}
	return &Gate{o: o, seen: map[string]*rate.Limiter{}}
}

// Allow reports whether the network of a request may do something of a kind now, and
// counts it.
func (g *Gate) Allow(kind string, r *http.Request) bool {
	network := g.o.network(r)
	return network != "" && g.allow(kind+" "+network)
}

// TakeForm takes a place for a form that is coming in; ok is false when its network,
// or all of them, have taken what there is. The place is given back by done.
func (g *Gate) TakeForm(r *http.Request) (done func(), ok bool) {
	return g.forms.Take(g.o.network(r))
}

// TakeUpload takes a place for a document that somebody of an organ stores; ok is false
// when the person, or all of them, have taken what there is. The place is given back by
// done.
func (g *Gate) TakeUpload(organ casefile.OrganID, person casefile.PersonID) (done func(), ok bool) {
	return g.files.Take(string(organ) + "\x00" + string(person))
}

func (g *Gate) allow(key string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	one, ok := g.seen[key]
	if !ok {
		if len(g.seen) >= maxNetworks {
			clear(g.seen)
		}
		one = rate.NewLimiter(rate.Every(time.Minute/time.Duration(g.o.PerMinute)), g.o.Burst)
		g.seen[key] = one
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
