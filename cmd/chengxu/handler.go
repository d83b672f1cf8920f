package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/internal/intake"
	"github.com/zhengdang/chengxu/ledger/dossier"
	"github.com/zhengdang/chengxu/mail"
	"github.com/zhengdang/chengxu/papers"
	"github.com/zhengdang/chengxu/store"
	"github.com/zhengdang/chengxu/web"
	"github.com/zhengdang/chengxu/webhook"
	"github.com/zhengdang/chengxu/worker"
)

// outside says how the program shows itself.
type outside struct {
	openPractice  bool // visitors may read practice cases
	secureCookies bool // TLS is spoken, here or by a proxy
	limits        api.Limits
	provider      auth.ProviderOptions // of identities; none without an issuer
	targets       webhook.Targets
	mail          mail.Server // none without an address
	site          string      // where people reach the pages
	fonts         []string    // directories of font files for papers
}

// handler joins API and pages.
func (s *stack) handler(o outside, log *slog.Logger) (http.Handler, error) {
	in, err := s.newDoor(o)
	if err != nil {
		return nil, err
	}
	press, err := papers.NewPress(papers.NewFonts(append(o.fonts, papers.FontDirectories()...)...))
	if err != nil {
		return nil, err
	}
	guard := access.New(access.Options{Cases: watchedCases{s.cases, s.ready}, Documents: s.papers, Directory: in.directory, Entrance: in.entrance(s.store),
		Public: access.Public{Consultations: s.public, Papers: s.store, Attachments: s.papers, Register: s.store}, OpenPractice: o.openPractice,
		Work: s.cases, Feeds: s.store, Rights: in, FormDrafts: s.store, Audit: audit.New(s.store, nil), Annual: annualFigures(s.store, s.keys, false),
		Watch: watch{stack: s, mail: o.mail.Address}, Law: &law{shipped: s.shipped, store: s.store, inUse: s.releases()},
		Verifier: casework.NewVerifier(casework.VerifierOptions{Export: s.cases.Export, Replayer: dossier.ReplayerFunc(worker.Replay), Board: board{s.store}, Log: log}),
		Events:   s.store, Numbers: s.store, Press: press, Filings: s.store, Packages: s.store, Origins: s.origins(), Webhooks: webhook.NewService(s.store, s.webhookKey, o.targets, time.Now, s.bell.Ring)})
	gate := intake.NewGate(o.limits)
	a, err := api.New(api.Options{Gate: gate, Guard: guard, Authenticator: in.sessions, Refusals: refusals{s.store}, Replies: replies{s.store}, Log: log,
		Pages: true, OverTLS: o.secureCookies, Bell: s.bell, Observe: s.seen.requests})
	if err != nil {
		return nil, err
	}
	pages, err := web.New(web.Options{
		Guard: guard, Entrance: guard, Authenticator: in.sessions, Form: in.sessions.Form, Client: o.limits.Client, Gate: gate, OverTLS: o.secureCookies, OpenPractice: o.openPractice, Organs: s.store.Organs, Log: log,
		FactTitle: s.shipped.factTitle, RuleTitle: s.shipped.ruleTitle, Refused: refusals{s.store}.onPage, Spent: spent{s.store}, Observe: s.seen.requests,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/api/", a)
	mux.Handle("/feeds/", a)
	mux.Handle("/healthz", a)
	mux.Handle("/readyz", a)
	mux.Handle("/", pages)
	return in.sessions.Keep(mux, func(err error) { log.Error("session failed", "error", err) }), nil
}

// refusals notes refused attempts in the store.
type refusals struct{ store *store.Store }

func (r refusals) LogRefusal(ctx context.Context, a api.Attempt) error {
	return r.store.LogRefusal(ctx, store.Refused{
		At: time.Now().UTC(), Organ: a.Organ, Case: a.Case, Person: a.Person, ActID: a.ActID, Act: a.Act,
		Code: casefile.RefusalCode(a.Code), Field: a.Field, Message: a.Message,
	})
}

func (r refusals) onPage(ctx context.Context, a web.Attempt) error {
	return r.store.LogRefusal(ctx, store.Refused{
		At: time.Now().UTC(), Organ: a.Organ, Case: a.Case, Person: a.Person, ActID: a.ActID, Act: a.Act,
		Code: a.Refusal.Code, Field: a.Refusal.Field, Message: a.Refusal.Message,
	})
}

// factTitle gives the title of a fact, a period or a decision table of the
// shipped packs.
func (s *shipped) factTitle(name string) casefile.Text {
	for _, p := range s.packs {
		if title, ok := p.TitleOf(name); ok {
			return title
		}
	}
	return casefile.Text{}
}

// ruleTitle gives the title of a rule in the shipped packs.
func (s *shipped) ruleTitle(id string) casefile.Text {
	for _, p := range s.packs {
		if rule, ok := p.Rule(id); ok {
			return rule.Title
		}
	}
	return casefile.Text{}
}
