package consult

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/casefile"
)

// Filter narrows lists for the public.
type Filter struct {
	Organ casefile.OrganID // empty: all
	State string           // "open", "ended", or empty for both
	Query string           // part of the title
	Year  int              // in which it was opened or published; 0: all
	After string           // cursor
	Limit int              // 1 to 200
	Now   time.Time        // set by the service
}

// Intake is a comment on its way in. The bytes of its attachments are stored by
// whoever sends it; their records are made with it.
type Intake struct {
	Comment     Comment
	ReceiptHash string
	Salt        string
}

// Taken is what became of it: it has a number, or Err says why it has none.
type Taken struct {
	Received Received
	Err      error
}

// Store keeps consultations and comments. What is not there, or not shown, is
// [casefile.ErrNotFound].
type Store interface {
	Consultations(ctx context.Context, f Filter) (list []Consultation, next string, err error)
	Consultation(ctx context.Context, id string) (Consultation, error)
	ConsultationsOf(ctx context.Context, id casefile.ID) ([]Consultation, error)
	// TakeComments takes comments in one transaction, in order. Each is late or in
	// time by the clock inside of it, when nobody else can take one for the same
	// consultation; a late one gets [ErrClosed] and changes nothing. The documents that
	// are attached are recorded on the [Shelf] in the same transaction.
	TakeComments(ctx context.Context, list []Intake, clock func() time.Time) ([]Taken, error)
	CommentByReceipt(ctx context.Context, hash string) (Consultation, Received, error)
	// WithdrawComment withdraws by receipt while the consultation takes comments. What
	// was attached is removed, unless another comment brought it too.
	WithdrawComment(ctx context.Context, hash string, clock func() time.Time) error
	Comments(ctx context.Context, consultation string, after int64, limit int, visible Visibility, withPeople bool) ([]Received, error)
	Moderate(ctx context.Context, c Consultation, number int64, v Visibility, reason string, by casefile.PersonID) error
	Dispose(ctx context.Context, c Consultation, numbers []int64, disposition, reason string, by casefile.PersonID) error
	Moderations(ctx context.Context, consultation string, before int64, limit int) ([]Moderation, error)
	Decisions(ctx context.Context, f Filter) (list []Decision, next string, err error)
	Catalogues(ctx context.Context, f Filter) (list []Decision, next string, err error)
	Reports
}

// Service carries out what the public, and those who answer it, may do. It is safe
// for concurrent use.
type Service struct {
	store Store
	now   func() time.Time

	mu      sync.Mutex
	waiting []waiting
	leading bool
}

type waiting struct {
	in   Intake
	done chan Taken
}

// New returns a Service. Now is the clock that decides what is late; nil is the
// system's.
func New(store Store, now func() time.Time) *Service {
	if now == nil {
		now = time.Now
	}
	return &Service{store: store, now: now}
}

// batch bounds how many comments share a transaction.
const batch = 256

// Comment takes a comment and gives its receipt. One that comes late, or where none
// are taken, is [ErrClosed]; one that is not well formed wraps [casefile.ErrInvalid].
//
// Comments that arrive together share a transaction: the first one to find nobody
// at it writes for all who wait. Each waits until what it said is on disk. One with
// attachments waits also when its caller has gone, since whoever stored their bytes
// must learn whether they were taken.
func (s *Service) Comment(ctx context.Context, c Comment) (Receipt, error) {
	if err := c.Check(); err != nil {
		return Receipt{}, err
	}
	receipt := rand.Text()
	mine := waiting{in: Intake{Comment: c, ReceiptHash: hashOf(receipt), Salt: rand.Text()}, done: make(chan Taken, 1)}
	s.mu.Lock()
	s.waiting = append(s.waiting, mine)
	lead := !s.leading
	s.leading = true
	s.mu.Unlock()
	if lead {
		go s.lead(context.WithoutCancel(ctx)) // ends when nobody waits
	}
	if len(c.Attachments) > 0 {
		ctx = context.WithoutCancel(ctx) // a transaction has a bound of its own
	}
	select {
	case taken := <-mine.done:
		if taken.Err != nil {
			return Receipt{}, taken.Err
		}
		r := taken.Received
		return Receipt{Receipt: receipt, Consultation: c.Consultation, Number: r.Number, At: r.At, Digest: r.Digest, Salt: r.Salt, Chain: r.Chain,
			Attachments: r.Comment.Attachments}, nil
	case <-ctx.Done():
		return Receipt{}, ctx.Err()
	}
}

// lead writes for all who wait until nobody does.
func (s *Service) lead(ctx context.Context) {
	for {
		s.mu.Lock()
		n := min(len(s.waiting), batch)
		if n == 0 {
			s.leading = false
			s.mu.Unlock()
			return
		}
		now := slices.Clone(s.waiting[:n])
		s.waiting = slices.Delete(s.waiting, 0, n)
		s.mu.Unlock()
		s.take(ctx, now)
	}
}

func (s *Service) take(ctx context.Context, list []waiting) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	in := make([]Intake, len(list))
	for i, w := range list {
		in[i] = w.in
	}
	taken, err := s.store.TakeComments(ctx, in, s.now)
	for i, w := range list {
		if err != nil {
			w.done <- Taken{Err: fmt.Errorf("take comment: %w", err)}
			continue
		}
		w.done <- taken[i]
	}
}

func hashOf(receipt string) string {
	sum := sha256.Sum256([]byte(receipt))
	return hex.EncodeToString(sum[:])
}

// receiptForm bounds what is looked up.
func receiptForm(receipt string) bool {
	return len(receipt) == 26 && strings.Trim(receipt, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// Lookup gives what became of a comment, by its receipt. What became of the view is
// shown once the account of all views is published.
func (s *Service) Lookup(ctx context.Context, receipt string) (Consultation, Received, error) {
	if !receiptForm(receipt) {
		return Consultation{}, Received{}, fmt.Errorf("receipt: %w", casefile.ErrNotFound)
	}
	c, r, err := s.store.CommentByReceipt(ctx, hashOf(receipt))
	if err == nil && !c.Adoption {
		r.Disposition, r.Reason = "", ""
	}
	return c, r, err
}

// Withdraw withdraws a comment by its receipt while comments are taken. It stays
// counted, and its text is no longer shown.
func (s *Service) Withdraw(ctx context.Context, receipt string) error {
	if !receiptForm(receipt) {
		return fmt.Errorf("receipt: %w", casefile.ErrNotFound)
	}
	return s.store.WithdrawComment(ctx, hashOf(receipt), s.now)
}

// List gives consultations for the public, those that end last first.
func (s *Service) List(ctx context.Context, f Filter) ([]Consultation, string, error) {
	f.Now = s.now()
	return s.store.Consultations(ctx, f)
}

// Get gives a consultation.
func (s *Service) Get(ctx context.Context, id string) (Consultation, error) {
	return s.store.Consultation(ctx, id)
}

// Takes reports whether a consultation takes comments now.
func (s *Service) Takes(c Consultation) bool { return c.Takes(s.now()) }

// Decisions gives published decisions, the last published first.
func (s *Service) Decisions(ctx context.Context, f Filter) ([]Decision, string, error) {
	return s.store.Decisions(ctx, f)
}

// Catalogues gives published annual catalogues of decisions; the number is the year.
func (s *Service) Catalogues(ctx context.Context, f Filter) ([]Decision, string, error) {
	return s.store.Catalogues(ctx, f)
}

// PublicComments gives what people said, as far as it was published; of those that
// were hidden or withdrawn there is the number and the reason. Of what is attached
// there is the number of files; the salt stays away with their digests, so that
// nobody finds out by trying whether a file that is known was attached. What became
// of a view is shown once the account of all views is published.
func (s *Service) PublicComments(ctx context.Context, consultation string, after int64, limit int) ([]Received, error) {
	c, err := s.store.Consultation(ctx, consultation)
	if err != nil {
		return nil, err
	}
	list, err := s.store.Comments(ctx, consultation, after, limit, "", false)
	for i := range list {
		if !c.Adoption {
			list[i].Disposition, list[i].Reason = "", ""
		}
		if list[i].Visibility != Published || list[i].Withdrawn {
			list[i].Comment.Text, list[i].Comment.Anchor, list[i].Salt, list[i].Attached = "", "", "", 0
		}
		if list[i].Attached > 0 {
			list[i].Salt = ""
		}
		list[i].Comment.Name, list[i].Comment.Contact, list[i].Comment.Attachments = "", "", nil
	}
	return list, err
}

// Comments gives the comments for those who deal with them; who said them, and what
// is attached, only with people.
func (s *Service) Comments(ctx context.Context, consultation string, after int64, limit int, people bool) ([]Received, error) {
	list, err := s.store.Comments(ctx, consultation, after, limit, "", people)
	for i := range list {
		if !people {
			list[i].Comment.Attachments = nil
		}
	}
	return list, err
}

// Attachment gives what is known of a file that is attached to a comment; where
// there is none, or no longer, [casefile.ErrNotFound].
func (s *Service) Attachment(ctx context.Context, consultation string, number int64, digest casefile.Digest) (Attachment, error) {
	list, err := s.store.Comments(ctx, consultation, number-1, 1, "", false)
	if err != nil {
		return Attachment{}, err
	}
	for _, r := range list {
		for _, a := range r.Comment.Attachments {
			if r.Number == number && a.Digest == digest && a.State != Removed {
				return a, nil
			}
		}
	}
	return Attachment{}, fmt.Errorf("attachment of comment %d: %w", number, casefile.ErrNotFound)
}

// Moderate publishes or hides a comment. Hiding needs one of [Reasons].
func (s *Service) Moderate(ctx context.Context, c Consultation, number int64, v Visibility, reason string, by casefile.PersonID) error {
	switch {
	case v != Published && v != Hidden:
		return fmt.Errorf("visibility: want published or hidden: %w", casefile.ErrInvalid)
	case v == Hidden && !slices.Contains(Reasons(), reason):
		return fmt.Errorf("reason: want one of %s: %w", strings.Join(Reasons(), ", "), casefile.ErrInvalid)
	case v == Published && reason != "":
		return fmt.Errorf("reason: want none where a comment is published: %w", casefile.ErrInvalid)
	}
	return s.store.Moderate(ctx, c, number, v, reason, by)
}

// Dispose says what became of views, and why.
func (s *Service) Dispose(ctx context.Context, c Consultation, numbers []int64, disposition, reason string, by casefile.PersonID) error {
	n := utf8.RuneCountInString(strings.TrimSpace(reason))
	switch {
	case len(numbers) == 0 || len(numbers) > 1000:
		return fmt.Errorf("numbers: want 1 to 1000: %w", casefile.ErrInvalid)
	case !slices.Contains(Dispositions(), disposition):
		return fmt.Errorf("disposition: want one of %s: %w", strings.Join(Dispositions(), ", "), casefile.ErrInvalid)
	case disposition != "adopted" && n == 0 || n > 2000 || !utf8.ValidString(reason):
		return fmt.Errorf("reason: want 1 to 2000 characters where a view is not adopted as it is: %w", casefile.ErrInvalid)
	}
	return s.store.Dispose(ctx, c, numbers, disposition, reason, by)
}

// Moderations gives the log of moderation, the last first.
func (s *Service) Moderations(ctx context.Context, consultation string, before int64, limit int) ([]Moderation, error) {
	return s.store.Moderations(ctx, consultation, before, limit)
}

// Outstanding gives how many comments came in for a case, over all its
// consultations.
func (s *Service) Outstanding(ctx context.Context, id casefile.ID) (int64, error) {
	list, err := s.store.ConsultationsOf(ctx, id)
	if err != nil && !errors.Is(err, casefile.ErrNotFound) {
		return 0, err
	}
	var n int64
	for _, c := range list {
		n += c.Received
	}
	return n, nil
}

// maxGrouped bounds how many comments are compared with one another.
const maxGrouped = 20_000

// Groups suggests which comments say nearly the same, each group from the lowest
// number up. Unique counts a group once.
func (s *Service) Groups(ctx context.Context, consultation string) (groups [][]int64, unique, total int64, err error) {
	var texts []string
	var numbers []int64
	for after := int64(0); len(texts) < maxGrouped; {
		list, err := s.store.Comments(ctx, consultation, after, 1000, "", false)
		if err != nil {
			return nil, 0, 0, err
		}
		if len(list) == 0 {
			break
		}
		for _, r := range list {
			texts, numbers, after = append(texts, r.Comment.Text), append(numbers, r.Number), r.Number
		}
	}
	found := Similar(texts)
	unique = int64(len(texts))
	for _, g := range found {
		group := make([]int64, len(g))
		for i, at := range g {
			group[i] = numbers[at]
		}
		groups = append(groups, group)
		unique -= int64(len(g) - 1)
	}
	return groups, unique, int64(len(texts)), nil
}
