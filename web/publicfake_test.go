package web_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/internal/intake"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/web"
)

// forum stands in for what the store keeps of consultations, comments and decisions.
type forum struct {
	consult.Store

	t       testing.TB
	now     time.Time
	calls   map[string]consult.Consultation
	said    []consult.Received
	hashes  []string // of receipts, by number
	log     []consult.Moderation
	answers []consult.Answer
	decided []consult.Decision

	catalogues []consult.Decision
	filters    []consult.Filter
	texts      map[casefile.Digest]string // of papers
	media      string
	unstaged   int
	fail       error
}

func (f *forum) Consultations(_ context.Context, filter consult.Filter) ([]consult.Consultation, string, error) {
	f.filters = append(f.filters, filter)
	var out []consult.Consultation
	for _, id := range casefile.SortedNames(f.calls) {
		c := f.calls[id]
		open := c.Takes(f.now)
		if (filter.State == "open") == open && filter.State != "" || filter.State == "" {
			out = append(out, c)
		}
	}
	next := ""
	if len(out) > 1 && filter.State == "open" {
		next = "cur 2"
	}
	return out, next, f.fail
}

func (f *forum) Consultation(_ context.Context, id string) (consult.Consultation, error) {
	c, ok := f.calls[id]
	if !ok || !c.Shown {
		return c, fmt.Errorf("consultation %s: %w", id, casefile.ErrNotFound)
	}
	return c, nil
}

func (f *forum) ConsultationsOf(context.Context, casefile.ID) ([]consult.Consultation, error) {
	var out []consult.Consultation
	for _, id := range casefile.SortedNames(f.calls) {
		out = append(out, f.calls[id])
	}
	return out, nil
}

func (f *forum) TakeComments(_ context.Context, list []consult.Intake, clock func() time.Time) ([]consult.Taken, error) {
	out := make([]consult.Taken, len(list))
	for i, in := range list {
		c := f.calls[in.Comment.Consultation]
		now := clock()
		if !c.Takes(now) {
			out[i].Err = fmt.Errorf("consultation: %w", consult.ErrClosed)
			continue
		}
		r := consult.Received{Number: int64(len(f.said) + 1), At: now, Comment: in.Comment, Digest: in.Comment.Digest(in.Salt), Salt: in.Salt, Visibility: consult.Pending, Attached: len(in.Comment.Attachments)}
		r.Chain = consult.Link(c.Chain, r.Number, r.At, r.Digest)
		c.Chain, c.Received = r.Chain, r.Number
		f.calls[c.ID] = c
		f.said, f.hashes = append(f.said, r), append(f.hashes, in.ReceiptHash)
		out[i].Received = r
	}
	return out, f.fail
}

func (f *forum) CommentByReceipt(_ context.Context, hash string) (consult.Consultation, consult.Received, error) {
	at := slices.Index(f.hashes, hash)
	if at < 0 {
		return consult.Consultation{}, consult.Received{}, fmt.Errorf("receipt: %w", casefile.ErrNotFound)
	}
	r := f.said[at]
	r.Comment.Name, r.Comment.Contact = "", ""
	return f.calls[r.Comment.Consultation], r, nil
}

func (f *forum) WithdrawComment(_ context.Context, hash string, clock func() time.Time) error {
	at := slices.Index(f.hashes, hash)
	if at < 0 {
		return fmt.Errorf("receipt: %w", casefile.ErrNotFound)
	}
	if c := f.calls[f.said[at].Comment.Consultation]; !c.Takes(clock()) {
		return consult.ErrClosed
	}
	f.said[at].Withdrawn = true
	return nil
}

func (f *forum) Comments(_ context.Context, _ string, after int64, limit int, _ consult.Visibility, _ bool) ([]consult.Received, error) {
	var out []consult.Received
	for _, r := range f.said {
		if r.Number > after && len(out) < limit {
			out = append(out, r)
		}
	}
	return out, nil
}

func (f *forum) Moderations(context.Context, string, int64, int) ([]consult.Moderation, error) {
	return f.log, nil
}

func (f *forum) Tally(context.Context, string) (consult.Tally, error) {
	t := consult.Tally{Hiding: map[string]int64{}, Disposed: map[string]int64{}}
	for _, r := range f.said {
		switch {
		case r.Withdrawn:
			t.Withdrawn++
			continue
		case r.Visibility == consult.Published:
			t.Published++
		case r.Visibility == consult.Hidden:
			t.Hidden++
			t.Hiding[r.Why]++
		default:
			t.Pending++
		}
		if r.Disposition == "" {
			t.Unanswered++
		} else {
			t.Disposed[r.Disposition]++
		}
	}
	return t, nil
}

func (f *forum) Answers(context.Context, string) ([]consult.Answer, error) { return f.answers, nil }

func (f *forum) Catalogues(context.Context, consult.Filter) ([]consult.Decision, string, error) {
	return f.catalogues, "", nil
}

func (f *forum) Decisions(_ context.Context, filter consult.Filter) ([]consult.Decision, string, error) {
	f.filters = append(f.filters, filter)
	return f.decided, "", nil
}

func (f *forum) Decision(_ context.Context, id casefile.ID) (consult.Decision, error) {
	for _, d := range f.decided {
		if d.Case == id {
			return d, nil
		}
	}
	return consult.Decision{}, fmt.Errorf("decision: %w", casefile.ErrNotFound)
}

func (f *forum) Covered(context.Context) ([]consult.Covered, error) {
	return []consult.Covered{{Year: 2024, Organ: organ}, {Year: 2023, Organ: organ}, {Year: 2023, Organ: otherOrgan}}, nil
}

func (f *forum) PublicPaper(_ context.Context, _ string, digest casefile.Digest) (casefile.OrganID, error) {
	if _, ok := f.texts[digest]; !ok {
		return "", fmt.Errorf("paper: %w", casefile.ErrNotFound)
	}
	return organ, nil
}

// stacks are the papers of the forum as documents.
type stacks struct {
	shelf
	of *forum
}

func (s stacks) Find(_ context.Context, _ casefile.OrganID, digest casefile.Digest) (casefile.StoredDocument, error) {
	return casefile.StoredDocument{Document: casefile.Document{Digest: digest, MediaType: s.of.media, Size: int64(len(s.of.texts[digest]))}, State: casefile.DocumentClean}, nil
}

func (s stacks) Open(_ context.Context, _ casefile.OrganID, digest casefile.Digest) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(s.of.texts[digest])), nil
}

// inbox receives files as the keeper does, and stores none.
type inbox struct {
	*documents.Keeper
	of *forum
}

func (inbox) Stage(context.Context, casefile.OrganID, *documents.Arrival) error { return nil }

func (inbox) Confirm(context.Context, casefile.OrganID, *documents.Arrival) casefile.DocumentState {
	return casefile.DocumentQuarantined
}

func (b inbox) Unstage(context.Context, casefile.OrganID, *documents.Arrival) { b.of.unstaged++ }

const callID = "real.participation.1"

// newPublic is a browser before a consultation that is open until the end of May.
func newPublic(t testing.TB, limits intake.Limits) (*browser, *forum) {
	t.Helper()
	b := newBrowser(t, false)
	f := &forum{t: t, now: time.Date(2024, 4, 30, 20, 0, 0, 0, time.UTC), media: "text/plain; charset=utf-8", texts: map[casefile.Digest]string{
		draft2: "Plan\nChapter\n第一条 Sort waste.\n第二条　Pay less.\n(a) <b>each</b>\n", draft1: "Why"}}
	f.calls = map[string]consult.Consultation{
		callID: {ID: callID, Organ: organ, Case: "real", Step: "participation", Round: 1, Title: "Waste sorting", OpensOn: date("2024-04-29"), ClosesOn: date("2024-05-31"),
			ClosesAt: date("2024-06-01").Start(legaltime.China), Channels: []string{"site", "letter"}, Open: true, Shown: true,
			Papers: []casefile.Paper{{Digest: draft2, Title: "Draft plan"}, {Digest: draft1, Title: "Explanation"}, {Digest: gone, Title: "Removed paper"}}},
	}
	storage, err := documents.OpenDirectory(t.TempDir(), f.now)
	if err != nil {
		t.Fatal(err)
	}
	limits.PerMinute = max(limits.PerMinute, 1)
	if limits.Burst == 0 {
		limits.Burst = 1000
	}
	b.web, err = web.New(web.Options{
		Guard: access.New(access.Options{Cases: b.fake, Documents: stacks{shelf{b.fake}, f}, Public: access.Public{Consultations: consult.New(f, func() time.Time { return f.now }), Papers: f,
			Attachments: inbox{documents.New(documents.Options{Storage: storage}), f}}}),
		Entrance: b.door, Authenticator: tokens{}, Form: formOf, Gate: intake.NewGate(limits), Now: func() time.Time { return f.now }, Log: slog.New(slog.NewTextHandler(b.logged, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return b, f
}

// attached is a file that a browser sends; one without a name was not chosen.
type attached struct{ name, media, content string }

var onceOf = regexp.MustCompile(`name="once" value="([A-Z2-7]{26})"`)

// once gives the mark of a fresh form.
func once(b *browser) string {
	b.t.Helper()
	found := onceOf.FindStringSubmatch(b.wants("/public/consultations/"+callID+"/comment", 200))
	if found == nil {
		b.t.Fatal("the form has no mark")
	}
	return found[1]
}

// comment sends the form as a browser does.
func comment(b *browser, fields map[string]string, files ...attached) *httptest.ResponseRecorder {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	sent := map[string]string{"form": formText, "once": "", "anchor": "", "text": "", "name": "", "contact": ""}
	for name, value := range fields {
		sent[name] = value
	}
	if _, given := fields["once"]; !given {
		sent["once"] = once(b)
	}
	for _, name := range []string{"form", "once", "anchor", "text", "name", "contact"} {
		if err := w.WriteField(name, sent[name]); err != nil {
			b.t.Fatal(err)
		}
	}
	for _, f := range files {
		part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="attachment"; filename="` + f.name + `"`}, "Content-Type": {f.media}})
		if err == nil {
			_, err = io.WriteString(part, f.content)
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
	w.Close()
	target := "/public/consultations/" + callID + "/comment"
	if b.token != "" {
		target += "?form=form+of+" + b.token
	}
	req := httptest.NewRequest(http.MethodPost, target, &body)
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Origin", "http://example.com")
	req.AddCookie(&http.Cookie{Name: "chengxu_form", Value: formText})
	return b.send(req)
}
