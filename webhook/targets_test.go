package webhook_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/webhook"
)

func TestOnlyPublicHTTPSAddressesMayBeReceivers(t *testing.T) {
	s := webhook.NewService(openStore(t), webhook.Key{}, webhook.Targets{}, nil, nil)
	for _, tt := range []struct {
		url   string
		field string // at fault; empty: the URL is accepted
	}{
		{"https://example.org/hook?key=1", ""},
		{"https://93.184.216.34:8443/", ""},
		{"https://[2606:2800:220:1:248:1893:25c8:1946]/", ""},
		{"http://example.org/", "url"},
		{"ftp://example.org/", "url"},
		{"https:///path", "url"},
		{"https:example.org", "url"},
		{"//example.org", "url"},
		{"", "url"},
		{"https://user:password@example.org/", "url"},
		{"https://example.org/#part", "url"},
		{"https://example.org/\r\nHost: other", "url"},
		{"https://example.org\\@internal/", "url"},
		{"https://" + strings.Repeat("a", 500) + ".org/", "url"},
		{"http://127.0.0.1/", "url"},
		{"https://127.0.0.1/", "url"},
		{"https://127.1.2.3/", "url"},
		{"https://[::1]/", "url"},
		{"https://[::ffff:127.0.0.1]/", "url"},
		{"https://[::ffff:10.0.0.1]/", "url"},
		{"https://[::]/", "url"},
		{"https://0.0.0.0/", "url"},
		{"https://10.1.2.3/", "url"},
		{"https://172.16.0.1/", "url"},
		{"https://192.168.1.1/", "url"},
		{"https://100.64.0.1/", "url"},
		{"https://169.254.1.1/", "url"},
		{"https://169.254.169.254/latest/meta-data", "url"},
		{"https://100.100.100.200/", "url"},
		{"https://224.0.0.1/", "url"},
		{"https://255.255.255.255/", "url"},
		{"https://198.18.0.1/", "url"},
		{"https://[fe80::1]/", "url"},
		{"https://[fc00::1]/", "url"},
		{"https://[fd00:ec2::254]/", "url"},
		{"https://[ff02::1]/", "url"},
		{"https://[64:ff9b::a00:1]/", "url"},
		{"https://[2002:a00:1::]/", "url"},
		{"https://[::127.0.0.1]/", "url"},
	} {
		_, _, err := s.Create(t.Context(), webhook.Wish{Organ: organ, URL: tt.url})
		var invalid *webhook.InvalidError
		switch {
		case tt.field == "" && err != nil:
			t.Errorf("%s: %v", tt.url, err)
		case tt.field != "" && (!errors.As(err, &invalid) || invalid.Field != tt.field || !errors.Is(err, casefile.ErrInvalid)):
			t.Errorf("%s: %v", tt.url, err)
		}
	}
}

func TestWhatIsAllowedBesidesIsAllowedAndMetadataNeverIs(t *testing.T) {
	targets := webhook.Targets{Loopback: true, Networks: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("169.254.0.0/16")}}
	s := webhook.NewService(openStore(t), webhook.Key{}, targets, nil, nil)
	for url, ok := range map[string]bool{
		"http://127.0.0.1:8000/": true, "http://localhost:8000/": true, "http://[::1]/": true, "https://10.1.9.9/": true,
		"http://10.1.9.9/": false, "https://10.2.0.1/": false, "https://169.254.169.254/": false, "http://example.org/": false,
	} {
		if _, _, err := s.Create(t.Context(), webhook.Wish{Organ: organ, URL: url}); (err == nil) != ok {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// nameServer answers every question with one address.
func nameServer(t *testing.T, answer [4]byte) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil {
				continue
			}
			m.Response, m.Additionals = true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1},
					Body: &dnsmessage.AResource{A: answer}}}
			}
			if out, err := m.Pack(); err == nil {
				conn.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// A name is looked at when it is connected to: what it was before does not count.
func TestANameThatResolvesToAnInternalAddressIsNotConnectedTo(t *testing.T) {
	reached := false
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer inside.Close()
	_, port, _ := net.SplitHostPort(inside.Listener.Addr().String())
	w := newWorld(t)
	w.targets = webhook.Targets{Resolver: nameServer(t, [4]byte{127, 0, 0, 1})}
	w.service = webhook.NewService(w.store, webhook.Key{}, w.targets, w.clock.now, w.bell.Ring)
	sub, _ := w.subscribe(webhook.Wish{URL: "https://receiver.example:" + port + "/"})
	w.run(w.options())
	record(t, w.store, "c1", 1, false)
	got := w.until(sub.ID, func(s webhook.Subscription) bool { return s.Attempts == 1 })
	if reached || got.LastError != "the address of the receiver is not allowed" {
		t.Errorf("reached %t, %q", reached, got.LastError)
	}
	allowed := webhook.Targets{Loopback: true, Resolver: w.targets.Resolver}
	resp, err := allowed.Client().Get("http://receiver.example:" + port)
	if err != nil || !reached {
		t.Fatalf("the test itself reaches nothing: %v", err)
	}
	resp.Body.Close()
}

func TestARedirectIsAFailureAndIsNotFollowed(t *testing.T) {
	w, elsewhere := newWorld(t), newReceiver(t)
	redirecting := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer redirecting.Close()
	sub, _ := w.subscribe(webhook.Wish{URL: redirecting.URL})
	w.run(w.options())
	record(t, w.store, "c1", 1, false)
	got := w.until(sub.ID, func(s webhook.Subscription) bool { return s.Attempts == 1 })
	if len(elsewhere.received()) > 0 || got.LastError != "the receiver answered 307" || got.Delivered != 0 {
		t.Errorf("%+v", got)
	}
}

func TestAReceiverThatNeverEndsItsAnswerHoldsNobodyUp(t *testing.T) {
	w := newWorld(t)
	over := make(chan struct{})
	endless := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil { // much more than anybody wants to read
			if _, err := rw.Write(make([]byte, 64<<10)); err != nil {
				break
			}
		}
		over <- struct{}{}
	}))
	defer endless.Close()
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done() // not even a status
	}))
	defer silent.Close()
	big, _ := w.subscribe(webhook.Wish{URL: endless.URL})
	late, _ := w.subscribe(webhook.Wish{URL: silent.URL})
	o := w.options()
	o.Timeout = 300 * time.Millisecond
	w.run(o)
	record(t, w.store, "c1", 1, false)
	w.until(big.ID, func(s webhook.Subscription) bool { return s.Delivered == 1 })
	<-over
	got := w.until(late.ID, func(s webhook.Subscription) bool { return s.Attempts == 1 })
	if got.LastError != "the receiver did not answer in time" {
		t.Errorf("%q", got.LastError)
	}
}
