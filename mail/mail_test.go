package mail_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	ourmail "github.com/zhengdang/chengxu/mail"
)

// desk keeps notices and addresses, and a lease that is always given.
type desk struct {
	mu        sync.Mutex
	now       time.Time
	pending   []ourmail.Notice
	outcomes  map[string]string
	addresses map[casefile.PersonID][]string
	held      bool // another process has the lease
}

func (d *desk) Pending(_ context.Context, limit int) ([]ourmail.Notice, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []ourmail.Notice
	for _, n := range d.pending {
		if d.outcomes[n.ID] == "" && len(out) < limit {
			out = append(out, n)
		}
	}
	return out, nil
}

func (d *desk) Settle(_ context.Context, id, outcome string, _ time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.outcomes[id] != "" {
		return fmt.Errorf("settled as %s: %w", d.outcomes[id], casefile.ErrNotFound)
	}
	d.outcomes[id] = outcome
	return nil
}

func (d *desk) AddressesOf(_ context.Context, n ourmail.Notice) ([]string, error) {
	return d.addresses[n.Person], nil
}

func (d *desk) TakeLease(context.Context, string, string, time.Time, time.Time) (bool, error) {
	return !d.held, nil
}

func (d *desk) DropLease(context.Context, string, string) error { return nil }

func (d *desk) clock() time.Time { return d.now }

func newDesk(notices ...ourmail.Notice) *desk {
	d := &desk{now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), outcomes: map[string]string{}, addresses: map[casefile.PersonID][]string{"p1": {"p1@example.org"}}}
	for i, n := range notices {
		n.ID, n.Organ, n.Made = fmt.Sprint("n", i+1), "o", d.now
		if n.Person == "" {
			n.Person = "p1"
		}
		d.pending = append(d.pending, n)
	}
	return d
}

func (d *desk) sender(t testing.TB, server ourmail.Server, log io.Writer) *ourmail.Sender {
	t.Helper()
	if server.From == "" {
		server.From = "no-reply@organ.example"
	}
	if server.Security == "" {
		server.Security = ourmail.Plain
	}
	server.Timeout = 5 * time.Second
	s, err := ourmail.NewSender(ourmail.Options{Notices: d, Addresses: d, Leases: d, Server: server, Site: "https://organ.example/", Now: d.clock,
		Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (d *desk) send(t testing.TB, s *ourmail.Sender) {
	t.Helper()
	if err := s.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// parse reads a mail as its reader would.
func parse(t testing.TB, r received) (header mail.Header, subject, body string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(r.data))
	if err != nil {
		t.Fatalf("%v\n%s", err, r.data)
	}
	if subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	in := m.Body
	switch m.Header.Get("Content-Transfer-Encoding") {
	case "quoted-printable":
		in = quotedprintable.NewReader(m.Body)
	case "base64":
		in = base64.NewDecoder(base64.StdEncoding, m.Body)
	}
	text, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return m.Header, subject, string(text)
}

func TestAMailTellsThatThereIsWorkAndNothingOfIt(t *testing.T) {
	d, server := newDesk(ourmail.Notice{Case: "c-1", Kind: "reminder", Role: "drafter", Due: legaltime.NewDate(2026, 3, 10)}), newServer(t)
	s := d.sender(t, ourmail.Server{Address: server.listener.Addr().String()}, io.Discard)
	d.send(t, s)
	d.send(t, s) // nothing is pending any more
	mails := server.got()
	if len(mails) != 1 || d.outcomes["n1"] != ourmail.OutcomeSent {
		t.Fatalf("%d mails, %v", len(mails), d.outcomes)
	}
	header, subject, body := parse(t, mails[0])
	for name, want := range map[string]string{
		"To": "<p1@example.org>", "From": "<no-reply@organ.example>", "Auto-Submitted": "auto-generated", "Content-Type": "text/plain; charset=UTF-8",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(subject, "催办") || !strings.Contains(subject, "due soon") || header.Get("Cc")+header.Get("Bcc") != "" {
		t.Errorf("subject %q", subject)
	}
	want := "您有办理事项，请登录系统查看。\r\n案件编号：c-1\r\n期限届满日：2026-03-10\r\n网址：https://organ.example/\r\n\r\n" +
		"Work waits for you; please sign in to see it.\r\nCase: c-1\r\nDue on: 2026-03-10\r\nAddress: https://organ.example/\r\n\r\n" +
		"本邮件由系统自动发出，请勿回复。 / This mail was sent by a program; please do not answer it.\r\n"
	if strings.TrimSpace(body) != strings.TrimSpace(want) {
		t.Errorf("body:\n%s", body)
	}
}

func TestNothingInANoticeBecomesAHeaderOrARecipient(t *testing.T) {
	evil := "c\r\nBcc: thief@example.com\r\n\r\n.\r\nMAIL FROM:<x@y.z>"
	d, server := newDesk(ourmail.Notice{Case: casefile.ID(evil), Kind: "reminder\r\nBcc: thief@example.com"}, ourmail.Notice{Case: "c2", Person: "p2"}), newServer(t)
	d.addresses["p2"] = []string{
		"a@example.org\r\nBcc: thief@example.com", "a@example.org, thief@example.com", "Name <a@example.org>", "a@example.org>\nRCPT TO:<thief@example.com",
		"<a@example.org>", "a b@example.org", "\"a\\\"b\"@example.org", "", "a@example.org\x00", "@example.org", "a@",
	}
	s := d.sender(t, ourmail.Server{Address: server.listener.Addr().String()}, io.Discard)
	d.send(t, s)
	mails := server.got()
	if len(mails) != 1 || mails[0].to != "p1@example.org" || d.outcomes["n2"] != ourmail.OutcomeRefused {
		t.Fatalf("%d mails, %v", len(mails), d.outcomes)
	}
	header, _, body := parse(t, mails[0])
	for name := range header {
		switch name {
		case "To", "From", "Subject", "Date", "Message-Id", "Mime-Version", "Content-Type", "Content-Transfer-Encoding", "Auto-Submitted",
			"X-Auto-Response-Suppress", "User-Agent", "X-Mailer":
		default:
			t.Errorf("header %s: %s", name, header.Get(name))
		}
	}
	if !strings.Contains(body, "c??Bcc: thief@example.com") {
		t.Errorf("body:\n%s", body)
	}
}

func TestEachIsToldAloneAndNobodyTwice(t *testing.T) {
	d, server := newDesk(ourmail.Notice{Case: "c1"}), newServer(t)
	d.addresses["p1"] = []string{"a@example.org", "b@example.org", "gone@example.org", "busy@example.org"}
	busy := true
	server.rcpt = func(to string) string {
		switch {
		case to == "gone@example.org":
			return "550 5.1.1 no such person"
		case to == "busy@example.org" && busy:
			return "451 4.3.0 later"
		}
		return "250 ok"
	}
	var log bytes.Buffer
	s := d.sender(t, ourmail.Server{Address: server.listener.Addr().String()}, &log)
	d.send(t, s)
	if d.outcomes["n1"] != "" || len(server.got()) != 2 {
		t.Fatalf("%v after %d mails", d.outcomes, len(server.got()))
	}
	d.send(t, s) // too early
	d.now, busy = d.now.Add(61*time.Second), false
	d.send(t, s)
	var to []string
	ids := map[string]bool{}
	for _, m := range server.got() {
		to = append(to, m.to)
		header, _, _ := parse(t, m)
		ids[header.Get("Message-Id")] = true
		if header.Get("To") != "<"+m.to+">" {
			t.Errorf("a mail to %s names %s", m.to, header.Get("To"))
		}
	}
	if fmt.Sprint(to) != "[a@example.org b@example.org busy@example.org]" || len(ids) != 3 || d.outcomes["n1"] != "sent to 3 of 4" {
		t.Errorf("%v, %v", to, d.outcomes)
	}
	if strings.Contains(log.String(), "example.org") || !strings.Contains(log.String(), "code=550") {
		t.Errorf("log: %s", &log)
	}
}

func TestAMailThatIsNotTakenIsGivenUpAfterSomeAttempts(t *testing.T) {
	d, server := newDesk(ourmail.Notice{Case: "c1"}, ourmail.Notice{Case: "c2", Person: "nobody"}, ourmail.Notice{Case: "c3"}), newServer(t)
	d.pending[2].Made = d.now.Add(-4 * 24 * time.Hour)
	tries := 0
	server.rcpt = func(string) string { tries++; return "451 4.3.0 later" }
	s := d.sender(t, ourmail.Server{Address: server.listener.Addr().String()}, io.Discard)
	for range 10 {
		d.send(t, s)
		d.now = d.now.Add(3 * time.Hour)
	}
	if d.outcomes["n1"] != "given-up after 8 attempts" || d.outcomes["n2"] != ourmail.OutcomeNoAddress || d.outcomes["n3"] != "given-up: too old" || tries != 8 {
		t.Errorf("%v after %d tries", d.outcomes, tries)
	}
}

func TestAServerThatIsAwayCostsNoNoticeAndIsNotAskedAllTheTime(t *testing.T) {
	d, server := newDesk(ourmail.Notice{Case: "c1"}), newServer(t)
	address := server.listener.Addr().String()
	server.listener.Close()
	s := d.sender(t, ourmail.Server{Address: address}, io.Discard)
	failures := 0
	for range 60 { // an hour
		if err := s.Send(t.Context()); err != nil {
			failures++
		}
		d.now = d.now.Add(time.Minute)
	}
	if failures < 4 || failures > 10 || d.outcomes["n1"] != "" {
		t.Errorf("asked %d times, %v", failures, d.outcomes)
	}
	back := newServer(t)
	s = d.sender(t, ourmail.Server{Address: back.listener.Addr().String()}, io.Discard)
	d.send(t, s)
	if len(back.got()) != 1 {
		t.Error("what was pending was not sent")
	}
}

func TestABrokenLineIsNoReasonToSendTwice(t *testing.T) {
	d, server := newDesk(ourmail.Notice{Case: "c1"}, ourmail.Notice{Case: "c2"}), newServer(t)
	server.hang = true
	s := d.sender(t, ourmail.Server{Address: server.listener.Addr().String()}, io.Discard)
	for range 4 {
		_ = s.Send(t.Context())
		d.now = d.now.Add(time.Hour)
	}
	if got := server.got(); len(got) != 2 || d.outcomes["n1"] != ourmail.OutcomeSent || d.outcomes["n2"] != ourmail.OutcomeSent {
		t.Errorf("%d mails, %v", len(got), d.outcomes)
	}
}

func TestOneOfSeveralProcessesSends(t *testing.T) {
	d, server := newDesk(ourmail.Notice{Case: "c1"}), newServer(t)
	d.held = true
	s := d.sender(t, ourmail.Server{Address: server.listener.Addr().String()}, io.Discard)
	d.send(t, s)
	if len(server.got()) > 0 {
		t.Error("it sends while another process does")
	}
	d.held, d.now = false, d.now.Add(time.Hour)
	d.send(t, s)
	if len(server.got()) != 1 {
		t.Error("it does not take over")
	}
}

func TestASecretLineIsKeptAndWithoutOneNothingIsSent(t *testing.T) {
	d, server := newDesk(ourmail.Notice{Case: "c1"}), newServer(t)
	s := d.sender(t, ourmail.Server{Address: server.listener.Addr().String(), Security: ourmail.StartTLS}, io.Discard)
	if err := s.Send(t.Context()); err == nil || len(server.got()) > 0 {
		t.Error("it sends to a server that keeps no secret")
	}
	cert, trust := certificate(t)
	secret := newServer(t)
	secret.tls, secret.password = cert, base64.StdEncoding.EncodeToString([]byte("\x00user\x00pass"))
	s = d.sender(t, ourmail.Server{Address: secret.listener.Addr().String(), Security: ourmail.StartTLS, User: "user", Password: "pass"}, io.Discard)
	if err := s.Send(t.Context()); err == nil || len(secret.got()) > 0 {
		t.Error("it trusts a certificate of nobody")
	}
	s = d.sender(t, ourmail.Server{Address: secret.listener.Addr().String(), Security: ourmail.StartTLS, User: "user", Password: "pass", TLS: trust}, io.Discard)
	d.send(t, s)
	if got := secret.got(); len(got) != 1 || !got[0].secret {
		t.Errorf("%d mails", len(got))
	}
}

func TestAServerThatIsNotWellDescribedIsRefused(t *testing.T) {
	good := ourmail.Server{Address: "mail.example:587", Security: ourmail.StartTLS, From: "a@example.org"}
	for name, change := range map[string]func(*ourmail.Server){
		"no port":                 func(s *ourmail.Server) { s.Address = "mail.example" },
		"a port that is none":     func(s *ourmail.Server) { s.Address = "mail.example:0" },
		"no host":                 func(s *ourmail.Server) { s.Address = ":25" },
		"no sender":               func(s *ourmail.Server) { s.From = "" },
		"two senders":             func(s *ourmail.Server) { s.From = "a@example.org, b@example.org" },
		"no password":             func(s *ourmail.Server) { s.User = "u" },
		"no user":                 func(s *ourmail.Server) { s.Password = "secret" },
		"another security":        func(s *ourmail.Server) { s.Security = "ssl" },
		"in the open, elsewhere":  func(s *ourmail.Server) { s.Security = ourmail.Plain },
		"in the open, by address": func(s *ourmail.Server) { s.Security, s.Address = ourmail.Plain, "192.0.2.1:25" },
	} {
		server := good
		change(&server)
		d := newDesk()
		_, err := ourmail.NewSender(ourmail.Options{Notices: d, Addresses: d, Leases: d, Server: server})
		if !errors.Is(err, casefile.ErrInvalid) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
