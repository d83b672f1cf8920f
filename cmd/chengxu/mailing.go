package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/mail"
	"github.com/zhengdang/chengxu/store"
)

// mailOptions are the flags that say by which server mail is sent.
type mailOptions struct {
	server, security, from, user, password string // password is a file
}

func (o *mailOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.server, "smtp-server", "", "mail server, host:port, by which people are told of their work; none: no mail is sent")
	f.StringVar(&o.security, "smtp-security", string(mail.StartTLS), "how the line to it is kept secret: starttls, tls, or none for a server on this machine")
	f.StringVar(&o.from, "smtp-from", "", "address that mail comes from")
	f.StringVar(&o.user, "smtp-user", "", "name at the mail server")
	f.StringVar(&o.password, "smtp-password-file", "", "file with the password at the mail server")
}

// read gives the server; a server without an address is none.
func (o *mailOptions) read() (mail.Server, error) {
	if o.server == "" {
		if o.from != "" || o.user != "" || o.password != "" {
			return mail.Server{}, errors.New("--smtp-from, --smtp-user and --smtp-password-file need --smtp-server")
		}
		return mail.Server{}, nil
	}
	password, err := secretFile(o.password)
	if err != nil {
		return mail.Server{}, fmt.Errorf("--smtp-password-file: %w", err)
	}
	out := mail.Server{Address: o.server, Security: mail.Security(o.security), From: o.from, User: o.user, Password: password}
	if err := out.Check(); err != nil {
		return mail.Server{}, fmt.Errorf("--smtp-…: %w", err)
	}
	return out, nil
}

// notices gives the sender of mail what is pending in the store.
type notices struct{ store *store.Store }

var _ mail.Notices = notices{}

func (n notices) Pending(ctx context.Context, limit int) ([]mail.Notice, error) {
	rows, err := n.store.PendingNotices(ctx, store.ChannelMail, time.Unix(0, 0), limit)
	out := make([]mail.Notice, len(rows))
	for i, row := range rows {
		out[i] = mail.Notice{
			ID: row.ID, Organ: row.Organ, Case: row.Case, Role: row.Role, Person: row.Person, Kind: string(row.Kind), Due: row.Due, Made: row.Created,
		}
	}
	return out, err
}

func (n notices) Settle(ctx context.Context, id, outcome string, at time.Time) error {
	return n.store.SettleNotice(ctx, id, outcome, at)
}

// addresses finds the mail addresses of people in the directory.
type addresses struct {
	directory *auth.Directory
	now       func() time.Time
}

var _ mail.Addresses = addresses{}

const (
	// maxAddressees bounds who is told of one notice by mail.
	maxAddressees = 100
	directoryPage = 200
)

// AddressesOf gives the address of the person, or of everybody who holds the role
// today. Who does not work for the organ today has none.
func (a addresses) AddressesOf(ctx context.Context, n mail.Notice) ([]string, error) {
	people, role := []casefile.PersonID{n.Person}, casefile.Role("")
	if n.Person == "" {
		role = n.Role
		var err error
		if people, err = a.holders(ctx, n.Organ, n.Role); err != nil {
			return nil, err
		}
	}
	var out []string
	for _, person := range people {
		address, err := a.addressOf(ctx, n.Organ, person, role)
		if err != nil {
			return nil, err
		}
		if address != "" && !slices.Contains(out, address) && len(out) < maxAddressees {
			out = append(out, address)
		}
	}
	return out, nil
}

// holders gives who is, was or will be appointed to a role in the organ.
func (a addresses) holders(ctx context.Context, organ casefile.OrganID, role casefile.Role) ([]casefile.PersonID, error) {
	var out []casefile.PersonID
	for after := ""; ; {
		page, err := a.directory.List(ctx, organ, auth.KindAppointment, after, directoryPage)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			var held auth.Appointment
			if err := json.Unmarshal(r.Body, &held); err != nil {
				return nil, fmt.Errorf("read appointment %s: %w", r.ID, err)
			}
			if slices.Contains(held.Roles, role) && !slices.Contains(out, held.Person) {
				out = append(out, held.Person)
			}
			after = r.ID
		}
		if len(page) < directoryPage {
			return out, nil
		}
	}
}

// addressOf gives the address of a person who works for the organ today, in the
// role when one is named; otherwise it is empty.
func (a addresses) addressOf(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, role casefile.Role) (string, error) {
	p, err := a.directory.PrincipalOf(ctx, organ, person, a.now())
	if errors.Is(err, casefile.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if role != "" && !p.Holds(role) {
		return "", nil
	}
	r, err := a.directory.Get(ctx, auth.KindPerson, string(person))
	if errors.Is(err, casefile.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var known auth.Person
	if err := json.Unmarshal(r.Body, &known); err != nil {
		return "", fmt.Errorf("read person %s: %w", person, err)
	}
	return known.Mail, nil
}
