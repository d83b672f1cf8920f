package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
)

// Feed is the address of a person's calendar as it is stored: a hash of the secret,
// never the secret. It is an alias, so that a store can name the same type.
type Feed = struct {
	ID      string // names the feed in lists; not secret
	Hash    string // SHA-256 of the secret, hexadecimal
	Organ   casefile.OrganID
	Person  casefile.PersonID
	Token   string // id of the token that it was made with and lives as long as; empty: made by somebody signed in
	Title   string
	Created time.Time
	Revoked time.Time // zero when it is not revoked
}

// Feeds keep the addresses. What is not there is [casefile.ErrNotFound].
type Feeds interface {
	CreateFeed(ctx context.Context, f Feed) error
	FeedByHash(ctx context.Context, hash string) (Feed, error)
	FeedsOf(ctx context.Context, organ casefile.OrganID, person casefile.PersonID) ([]Feed, error)
	RevokeFeed(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, id string, at time.Time) error
}

// Rights tell who a person is now. Whoever has no rights any more is
// [casefile.ErrNotFound].
type Rights interface {
	// PrincipalNow gives the person, by the token when one is named.
	PrincipalNow(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, token string) (auth.Principal, error)
}

const (
	maxFeeds     = 20  // that a person has at the same time
	maxFeedTitle = 100 // characters
	feedItems    = 200 // tasks in a feed, those due first
)

// secretForm is the form of a secret as rand.Text makes it, twice.
var secretForm = regexp.MustCompile(`^[A-Z2-7]{52}$`)

// CreateFeed makes an address for the caller's calendar. The secret is given here
// and never again. A title that is not well formed is [casefile.ErrInvalid].
func (g *Guard) CreateFeed(ctx context.Context, p auth.Principal, title string) (secret string, feed Feed, err error) {
	if err := g.feeding(p); err != nil {
		return "", Feed{}, err
	}
	if !utf8.ValidString(title) || utf8.RuneCountInString(title) > maxFeedTitle {
		return "", Feed{}, fmt.Errorf("title: want at most %d characters: %w", maxFeedTitle, casefile.ErrInvalid)
	}
	have, err := g.o.Feeds.FeedsOf(ctx, p.Organ, p.Person)
	if err != nil {
		return "", Feed{}, err
	}
	live := slices.DeleteFunc(have, func(f Feed) bool { return !f.Revoked.IsZero() })
	if len(live) >= maxFeeds {
		return "", Feed{}, fmt.Errorf("a person has at most %d feeds; revoke one first: %w", maxFeeds, casefile.ErrConflict)
	}
	secret = rand.Text() + rand.Text()
	hash := hashOf(secret)
	feed = Feed{ID: hash[:16], Hash: hash, Organ: p.Organ, Person: p.Person, Token: p.TokenID, Title: title, Created: time.Now().UTC()}
	if err := g.o.Feeds.CreateFeed(ctx, feed); err != nil {
		return "", Feed{}, err
	}
	return secret, feed, nil
}

// Feeds gives the caller's feeds, the newest first, revoked ones included.
func (g *Guard) Feeds(ctx context.Context, p auth.Principal) ([]Feed, error) {
	if err := g.feeding(p); err != nil {
		return nil, err
	}
	return g.o.Feeds.FeedsOf(ctx, p.Organ, p.Person)
}

// RevokeFeed ends one of the caller's feeds at once. One that is not the caller's
// is [casefile.ErrNotFound].
func (g *Guard) RevokeFeed(ctx context.Context, p auth.Principal, id string) error {
	if err := g.feeding(p); err != nil {
		return err
	}
	return g.o.Feeds.RevokeFeed(ctx, p.Organ, p.Person, id, time.Now().UTC())
}

func (g *Guard) feeding(p auth.Principal) error {
	if err := g.working(p, ManageFeed); err != nil {
		return err
	}
	if g.o.Feeds == nil || g.o.Rights == nil {
		return notFound("calendar feeds of", p.Organ)
	}
	return nil
}

// ReadFeed gives the calendar behind a secret: the due dates of the tasks that the
// person sees now, by the rights that the person has now. Nothing of it is
// restricted. A secret that is unknown or revoked, or whose person has no rights any
// more, is [casefile.ErrNotFound], all alike.
func (g *Guard) ReadFeed(ctx context.Context, secret string) ([]byte, error) {
	unknown := notFound("feed", "of this address")
	if g.o.Work == nil || g.o.Feeds == nil || g.o.Rights == nil || !secretForm.MatchString(secret) {
		return nil, unknown
	}
	feed, err := g.o.Feeds.FeedByHash(ctx, hashOf(secret))
	if errors.Is(err, casefile.ErrNotFound) || err == nil && !feed.Revoked.IsZero() {
		return nil, unknown
	}
	if err != nil {
		return nil, err
	}
	p, err := g.o.Rights.PrincipalNow(ctx, feed.Organ, feed.Person, feed.Token)
	if errors.Is(err, casefile.ErrNotFound) || err == nil && (p.Organ != feed.Organ || p.Person != feed.Person || Permit(p, ReadWork) != nil) {
		return nil, unknown
	}
	if err != nil {
		return nil, err
	}
	items, err := g.dated(ctx, p)
	if err != nil {
		return nil, err
	}
	title := feed.Title
	if title == "" {
		title = "待办期限"
	}
	return g.o.Work.PersonalCalendar(ctx, title, items)
}

// dated gives the tasks of a person that have a due date, real cases only.
func (g *Guard) dated(ctx context.Context, p auth.Principal) ([]casework.WorkItem, error) {
	practice := false
	page, err := g.o.Work.Work(ctx, filter(p, WorkQuery{Practice: &practice, Limit: feedItems}))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(page.Items, func(i casework.WorkItem) bool { return !i.Dated }), nil
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
