package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// door is how people come in: tokens, local accounts and sessions over one
// directory.
type door struct {
	directory *auth.Directory
	tokens    *auth.Tokens
	accounts  *auth.Accounts
	sessions  *auth.Sessions
	provider  *auth.OIDC // nil: none
}

func (s *stack) newDoor(o outside) (*door, error) {
	d := &door{
		directory: auth.NewDirectory(s.store, s.shipped.roles()),
		tokens:    auth.New(s.store, s.shipped.roles(), auth.Options{}),
	}
	d.tokens.ResolveWith(d.directory)
	var err error
	if d.accounts, err = auth.NewAccounts(countedSignIns{s.store, s.seen.metrics}, d.directory, auth.AccountOptions{}); err != nil {
		return nil, err
	}
	d.sessions = auth.NewSessions(s.store, d.directory, d.tokens, auth.SessionOptions{Secure: o.secureCookies})
	if o.provider.Issuer == "" {
		return d, nil
	}
	provider, err := auth.NewProvider(o.provider)
	if err != nil {
		return nil, err
	}
	d.provider = auth.NewOIDC(provider, d.sessions, d.accounts)
	return d, nil
}

func (d *door) entrance(signIns access.SignIns) access.Entrance {
	return access.Entrance{Accounts: d.accounts, Sessions: d.sessions, Tokens: d.tokens, Provider: d.provider,
		Addresses: auth.NewAddresses(nil), SignIns: signIns}
}

// invite prints the one-time link for the first administrator, while there is
// none. There is no default password.
func (s *stack) invite(ctx context.Context, at string, out io.Writer) error {
	d, err := s.newDoor(outside{})
	if err != nil {
		return err
	}
	if s.shared { // each process that starts would end the link of the one before
		return s.inviteLater(ctx, at, out)
	}
	secret, ok, err := d.accounts.FirstLink(ctx)
	if err != nil || !ok {
		return err
	}
	_, err = fmt.Fprintf(out, "尚未设立机关和管理员。请在24小时内打开此链接（只能使用一次）\nno administrator yet: open this link within 24 hours, it works once: %s/first/%s\n", at, secret)
	return err
}

// inviteLater says how the link for the first administrator is had, while there is none.
func (s *stack) inviteLater(ctx context.Context, at string, out io.Writer) error {
	if has, err := s.store.HasAccounts(ctx); err != nil || has {
		return err
	}
	_, err := fmt.Fprintf(out, "尚未设立机关和管理员 no administrator yet: chengxu administrator link --url %s --database-url …\n", at)
	return err
}

// forget removes now and then what nobody comes back to: sessions that have ended, old
// drafts of forms, answers and verifications.
func (s *stack) forget(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		now := time.Now()
		for what, err := range map[string]error{
			"sessions that have ended": s.store.PurgeSessions(ctx, now),
			"old drafts of forms":      s.store.PurgeFormDrafts(ctx, now.AddDate(0, 0, -access.FormDraftDays)),
			"old answers":              s.store.PurgeReplies(ctx, now),
			"old verifications":        s.store.PurgeVerifications(ctx, now.AddDate(0, 0, -1)),
		} {
			if err != nil && ctx.Err() == nil {
				log.ErrorContext(ctx, what+" are kept", "error", err)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// PrincipalNow gives who the owner of a calendar feed is now: by the token that the
// feed was made with, or by the directory when it was made by somebody signed in.
func (d *door) PrincipalNow(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, token string) (auth.Principal, error) {
	if token == "" {
		return d.directory.PrincipalOf(ctx, organ, person, time.Now())
	}
	p, err := d.tokens.PrincipalNow(ctx, organ, person, token)
	if errors.Is(err, auth.ErrUnauthenticated) {
		return auth.Principal{}, fmt.Errorf("owner of the feed: %w: %w", casefile.ErrNotFound, err)
	}
	return p, err
}
