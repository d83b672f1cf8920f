package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Targets say which addresses receivers may have: public ones, and what is allowed
// besides.
type Targets struct {
	Loopback bool           // this machine, also by plain http
	Networks []netip.Prefix // internal networks
	Resolver *net.Resolver  // nil: that of the system
}

// errRefusedAddress says that a receiver resolves to an address that is not
// allowed.
var errRefusedAddress = errors.New("the address of the receiver is not allowed")

// reserved are the networks that are not public, beside those that netip knows.
func reserved() []netip.Prefix {
	var out []netip.Prefix
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4", // RFC 6890
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
		"fec0::/10",
	} {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}

// metadata are addresses at which clouds tell machines their credentials. They are
// never allowed.
func metadata() []netip.Addr {
	return []netip.Addr{
		netip.MustParseAddr("169.254.169.254"), netip.MustParseAddr("fd00:ec2::254"), netip.MustParseAddr("100.100.100.200"),
		netip.MustParseAddr("169.254.170.2"), netip.MustParseAddr("169.254.0.23"),
	}
}

// allows reports whether a receiver may have the address.
func (t Targets) allows(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	switch {
	case !addr.IsValid() || slices.Contains(metadata(), addr):
		return false
	case addr.IsLoopback() && t.Loopback:
		return true
	case slices.ContainsFunc(t.Networks, func(p netip.Prefix) bool { return p.Contains(addr) }):
		return true
	case !addr.IsGlobalUnicast() || addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast():
		return false
	}
	return !slices.ContainsFunc(reserved(), func(p netip.Prefix) bool { return p.Contains(addr) })
}

// loopbackName reports whether a host is this machine by its name or address.
func loopbackName(host string) bool {
	addr, err := parseAddr(host)
	return err == nil && addr.IsLoopback() || strings.EqualFold(host, "localhost")
}

func parseAddr(host string) (netip.Addr, error) { return netip.ParseAddr(strings.Trim(host, "[]")) }

// control refuses connections to addresses that are not allowed. It sees the
// address that a name was resolved to, on each connection, so that a name cannot
// be one thing when it is looked at and another when it is used.
func (t Targets) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	addr, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", errRefusedAddress, err)
	}
	if !t.allows(addr.Addr()) {
		return errRefusedAddress
	}
	return nil
}

// Client gives the client that deliveries are sent with: no proxy, no redirects,
// no cookies, no connection to an address that is not allowed. Requests bring
// their own time-out.
func (t Targets) Client() *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, ControlContext: t.control, Resolver: t.Resolver}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  nil,
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    5 * time.Second,
			ResponseHeaderTimeout:  10 * time.Second,
			MaxResponseHeaderBytes: 16 << 10,
			DisableCompression:     true,
			ForceAttemptHTTP2:      true,
			MaxIdleConnsPerHost:    1,
			IdleConnTimeout:        30 * time.Second,
		},
	}
}
