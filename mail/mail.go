// Package mail tells people by mail that work waits for them. A mail names the
// case by its id and the due date, and nothing else of it: whoever wants to know
// more signs in.
//
// It knows no database; github.com/wneessen/go-mail is its only transport.
package mail

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Notice is what somebody is to be told. It is an alias, so that whoever keeps
// notices need not import this package.
type Notice = struct {
	ID     string
	Organ  casefile.OrganID
	Case   casefile.ID
	Role   casefile.Role     // whose holders are told
	Person casefile.PersonID // who is told; empty: whoever holds the role
	Kind   string            // "reminder", "escalation", …
	Due    legaltime.Date    // zero: no date
	Made   time.Time
}

// Server is the mail server that takes the mails.
type Server struct {
	Address  string // host:port
	Security Security
	User     string // empty: the server asks nobody who it is
	Password string
	From     string // the address of the sender, without a name
	TLS      *tls.Config
	Timeout  time.Duration // of a connection and of a mail; 0 means 15 seconds
}

// Security says how the connection to the server is kept secret.
type Security string

// The ways of keeping it secret.
const (
	StartTLS Security = "starttls" // and nothing is sent to a server that cannot
	TLS      Security = "tls"      // from the first byte
	Plain    Security = "none"     // on this machine alone
)

// line is a connection to the server. The library leaves it open when the server
// does not welcome it; it is kept here to be closed.
type line struct {
	*gomail.Client
	conn net.Conn
}

func (l *line) close() {
	_ = l.Close() // what was accepted is known already
	if l.conn != nil {
		_ = l.conn.Close() // it may be closed already
	}
}

// line gives a connection that is not made yet; a server that is not well described
// is [casefile.ErrInvalid].
func (s Server) line() (*line, error) {
	bad := func(what string) error { return fmt.Errorf("mail server: %s: %w", what, casefile.ErrInvalid) }
	host, portText, err := net.SplitHostPort(s.Address)
	port, numberErr := strconv.Atoi(portText)
	if err != nil || numberErr != nil || host == "" || port < 1 || port > 65535 {
		return nil, bad("want host:port")
	}
	if !plainAddress(s.From) {
		return nil, bad("want an address to send from")
	}
	if (s.User == "") != (s.Password == "") {
		return nil, bad("want user and password, or neither")
	}
	out := &line{}
	keep := func(ctx context.Context, network, address string) (net.Conn, error) {
		var err error
		out.conn, err = new(net.Dialer).DialContext(ctx, network, address)
		return out.conn, err
	}
	options := []gomail.Option{gomail.WithPort(port), gomail.WithTimeout(s.timeout())}
	if s.TLS != nil {
		options = append(options, gomail.WithTLSConfig(s.TLS))
	}
	switch s.Security {
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithDialContextFunc(keep))
	case TLS:
		options = append(options, gomail.WithSSL())
	case Plain:
		if addr := net.ParseIP(host); host != "localhost" && (addr == nil || !addr.IsLoopback()) {
			return nil, bad("without TLS it must be on this machine")
		}
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS), gomail.WithDialContextFunc(keep))
	default:
		return nil, bad("security: want starttls, tls or none")
	}
	if s.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.User), gomail.WithPassword(s.Password))
	}
	if out.Client, err = gomail.NewClient(host, options...); err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	return out, nil
}

func (s Server) timeout() time.Duration {
	if s.Timeout == 0 {
		return 15 * time.Second
	}
	return s.Timeout
}

// Check says whether the server is well described; what is wrong is
// [casefile.ErrInvalid].
func (s Server) Check() error {
	_, err := s.line()
	return err
}

// plainAddress reports whether text is one address and nothing else, that can
// stand in a header.
func plainAddress(text string) bool {
	parsed, err := netmail.ParseAddress(text)
	return err == nil && parsed.Address == text && parsed.Name == "" && len(text) <= 254 &&
		!strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`"<>(),;:\[]`, r) })
}

// compose writes the mail of a notice to an address. Site is the address of the
// pages, or empty.
func compose(n Notice, from, to, site string, now time.Time) (*gomail.Msg, error) {
	m := gomail.NewMsg()
	if !plainAddress(to) {
		return nil, fmt.Errorf("address: %w", casefile.ErrInvalid)
	}
	if err := errors.Join(m.From(from), m.To(to)); err != nil {
		return nil, fmt.Errorf("addresses: %w", err)
	}
	_, domain, _ := strings.Cut(from, "@")
	sum := sha256.Sum256([]byte(n.ID + "\n" + to))
	m.SetMessageIDWithValue(hex.EncodeToString(sum[:16]) + "@" + domain) // a repeated mail can be known by it
	m.SetDateWithValue(now)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("X-Auto-Response-Suppress", "All")
	m.Subject(subject(n.Kind))
	m.SetBodyString(gomail.TypeTextPlain, body(n, site))
	return m, nil
}

func subject(kind string) string {
	switch kind {
	case "reminder":
		return "催办：您有临期的办理事项 / Work of yours is due soon"
	case "escalation":
		return "督办：有办理事项逾期 / Work is overdue"
	}
	return "您有待办理事项 / Work waits for you"
}

// body tells the case by its id and the due date.
func body(n Notice, site string) string {
	var zh, en strings.Builder
	zh.WriteString("您有办理事项，请登录系统查看。\r\n案件编号：" + shown(string(n.Case)) + "\r\n")
	en.WriteString("Work waits for you; please sign in to see it.\r\nCase: " + shown(string(n.Case)) + "\r\n")
	if !n.Due.IsZero() {
		zh.WriteString("期限届满日：" + n.Due.String() + "\r\n")
		en.WriteString("Due on: " + n.Due.String() + "\r\n")
	}
	if site != "" {
		zh.WriteString("网址：" + site + "\r\n")
		en.WriteString("Address: " + site + "\r\n")
	}
	return zh.String() + "\r\n" + en.String() + "\r\n本邮件由系统自动发出，请勿回复。 / This mail was sent by a program; please do not answer it.\r\n"
}

// shown keeps an id to one line.
func shown(id string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, id)
}

// Notices keeps what is to be sent by mail.
type Notices interface {
	// Pending gives notices that are still to be sent, the oldest first.
	Pending(ctx context.Context, limit int) ([]Notice, error)
	// Settle notes what became of a notice, once.
	Settle(ctx context.Context, id, outcome string, at time.Time) error
}

// Addresses gives the addresses of whoever a notice is for, each once; none when
// nobody has one.
type Addresses interface {
	AddressesOf(ctx context.Context, n Notice) ([]string, error)
}
