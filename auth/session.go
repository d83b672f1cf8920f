package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/zhengdang/chengxu/casefile"
)

// Session is a session as it is stored. It is an alias, so that a store can name
// the same type without importing this package.
type Session = struct {
	Hash    string // of what the cookie holds
	ID      string // names it in lists; not secret
	Organ   casefile.OrganID
	Person  casefile.PersonID
	Data    []byte
	Expires time.Time
	Used    time.Time // when it was used last, to a minute
}

// SessionStorage keeps sessions. What is not there is [casefile.ErrNotFound].
type SessionStorage interface {
	SaveSession(ctx context.Context, s Session) error
	// ProlongSession is for a session that is there: one that has ended meanwhile
	// stays ended.
	ProlongSession(ctx context.Context, hash string, data []byte, expires, used time.Time) error
	SessionByHash(ctx context.Context, hash string) (Session, error)
	SessionsOf(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, now time.Time) ([]Session, error)
	EndSession(ctx context.Context, hash string) error
	EndSessionsOf(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, except, only string) (int64, error)
}

// Lives of a session: it ends when nothing was asked for so long, and at the
// latest so long after sign-in.
const (
	IdleLife    = 30 * time.Minute
	SessionLife = 12 * time.Hour
)

// Sessions keeps who has signed in, by a cookie that holds a random text and
// nothing else; only its hash is stored.
type Sessions struct {
	manager   *scs.SessionManager
	storage   SessionStorage
	directory *Directory
	tokens    *Tokens
	now       func() time.Time
}

// SessionOptions say how cookies are set.
type SessionOptions struct {
	Secure bool             // cookies over TLS alone, with the prefix __Host-
	Now    func() time.Time // nil: time.Now
}

// NewSessions returns Sessions. Tokens may begin a session too.
func NewSessions(storage SessionStorage, directory *Directory, tokens *Tokens, o SessionOptions) *Sessions {
	if o.Now == nil {
		o.Now = time.Now
	}
	m := scs.New()
	m.Store = sessionStore{storage: storage, now: o.Now}
	m.Codec = jsonCodec{}
	m.HashTokenInStore = true
	m.Lifetime, m.IdleTimeout = SessionLife, IdleLife
	m.Cookie.Name, m.Cookie.HttpOnly, m.Cookie.SameSite, m.Cookie.Path = "chengxu_session", true, http.SameSiteLaxMode, "/"
	m.Cookie.Persist = false
	if o.Secure {
		m.Cookie.Name, m.Cookie.Secure = "__Host-chengxu_session", true
	}
	return &Sessions{manager: m, storage: storage, directory: directory, tokens: tokens, now: o.Now}
}

// Keep loads the session of a request and saves it with the answer. A fault of the
// storage answers with 500 and no detail. What is the same for everybody, and may be
// kept by caches, goes without: a cookie has no business there.
func (s *Sessions) Keep(next http.Handler, failed func(error)) http.Handler {
	s.manager.ErrorFunc = func(w http.ResponseWriter, _ *http.Request, err error) {
		failed(err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
	kept := s.manager.LoadAndSave(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/assets/") && !strings.HasPrefix(r.URL.Path, "/api/v1/reference/") {
			kept.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), loadedKey{}, &loaded{})))
			return
		}
		ctx, err := s.manager.Load(r.Context(), "")
		if err != nil {
			s.manager.ErrorFunc(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// The names of what a session holds.
const (
	keyID         = "id"
	keyOrgan      = "organ"
	keyPerson     = "person"
	keyMustChange = "must_change"
	keyMethod     = "method"
	keyToken      = "token" // id of the token that the session was begun with
	keySecretHash = "secret_hash"
	keyRights     = "rights" // what the person could do at the last request
	keyForm       = "form"   // what the forms of this session carry
	keyACR        = "acr"
	keyAMR        = "amr"
	keyPending    = "pending" // a sign-in with an identity provider that is under way
	keyBegan      = "began"   // when
	keyNetwork    = "network" // from which network, not the address
)

// Proof is how somebody was recognised.
type Proof struct {
	Method string   // "password", "oidc", "token", "link"
	ACR    string   // how the identity provider says it authenticated the person
	AMR    []string // by which means
	From   string   // the address that it came from; its network is kept
}

// Begin begins a session for somebody who has just been recognised. What the
// browser held before is worth nothing afterwards, so that nobody can fix it
// beforehand.
func (s *Sessions) Begin(ctx context.Context, k Known, proof Proof) error {
	if err := s.renew(ctx, s.now().Add(SessionLife)); err != nil {
		return err
	}
	if err := s.manager.Clear(ctx); err != nil {
		return fmt.Errorf("clear session: %w", err)
	}
	for key, value := range map[string]any{
		keyID: rand.Text()[:16], keyOrgan: string(k.Organ), keyPerson: string(k.Person), keyMustChange: k.MustChange, keyForm: rand.Text(),
		keyMethod: proof.Method, keyACR: proof.ACR, keyAMR: strings.Join(proof.AMR, " "),
		keyBegan: s.now().UTC().Format(time.RFC3339), keyNetwork: NetworkOf(proof.From),
	} {
		s.manager.Put(ctx, key, value)
	}
	return nil
}

// renew gives the session a new token, and lets it end when it did before.
func (s *Sessions) renew(ctx context.Context, deadline time.Time) error {
	if err := s.manager.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew session: %w", err)
	}
	s.manager.SetDeadline(ctx, deadline.UTC())
	return nil
}

// Form gives what the forms of the session carry; it is empty without one.
func (s *Sessions) Form(ctx context.Context) string { return s.manager.GetString(ctx, keyForm) }

// Proof gives how whoever holds the session was recognised.
func (s *Sessions) Proof(ctx context.Context) Proof {
	return Proof{Method: s.manager.GetString(ctx, keyMethod), ACR: s.manager.GetString(ctx, keyACR), AMR: strings.Fields(s.manager.GetString(ctx, keyAMR))}
}

// BeginWithToken begins a session for the holder of a token. It ends when the
// token does.
func (s *Sessions) BeginWithToken(ctx context.Context, authorization []string, from string) (Principal, error) {
	secret, err := ParseBearer(authorization)
	if err != nil {
		return Principal{}, err
	}
	p, err := s.tokens.Authenticate(ctx, authorization)
	if err != nil {
		return Principal{}, err
	}
	if err := s.Begin(ctx, Known{Organ: p.Organ, Person: p.Person}, Proof{Method: "token", From: from}); err != nil {
		return Principal{}, err
	}
	s.manager.Put(ctx, keyToken, p.TokenID)
	s.manager.Put(ctx, keySecretHash, hashOf(secret))
	return p, nil
}

// Changed says that the person has changed the password: the session gets a new
// cookie, and all others of the person end.
func (s *Sessions) Changed(ctx context.Context, p Principal) error {
	if err := s.renew(ctx, s.now().Add(SessionLife)); err != nil {
		return err
	}
	s.manager.Put(ctx, keyMustChange, false)
	_, err := s.storage.EndSessionsOf(ctx, p.Organ, p.Person, p.SessionID, "")
	return err
}

// EndOthers ends every session of the caller but the one of the request, and gives how
// many.
func (s *Sessions) EndOthers(ctx context.Context, p Principal) (int64, error) {
	return s.storage.EndSessionsOf(ctx, p.Organ, p.Person, p.SessionID, "")
}

// End ends the session.
func (s *Sessions) End(ctx context.Context) error { return s.manager.Destroy(ctx) }

// Listed is a session as its owner sees it.
type Listed struct {
	ID      string
	Method  string    // as in [Proof]
	Network string    // from which it began; empty: not known
	Began   time.Time // zero: not known
	Used    time.Time // last, to a minute; zero: not known
	Expires time.Time
}

// List gives the sessions of the caller, the one used last in front.
func (s *Sessions) List(ctx context.Context, p Principal) ([]Listed, error) {
	kept, err := s.storage.SessionsOf(ctx, p.Organ, p.Person, s.now())
	if err != nil {
		return nil, err
	}
	out := make([]Listed, len(kept))
	for i, one := range kept {
		_, values, err := jsonCodec{}.Decode(one.Data)
		if err != nil {
			return nil, err
		}
		out[i] = Listed{ID: one.ID, Method: textOf(values, keyMethod), Network: textOf(values, keyNetwork), Used: one.Used, Expires: one.Expires}
		if began, err := time.Parse(time.RFC3339, textOf(values, keyBegan)); err == nil {
			out[i].Began = began
		}
	}
	slices.SortStableFunc(out, func(a, b Listed) int { return b.Used.Compare(a.Used) })
	return out, nil
}

// EndOne ends one of the caller's sessions by its id, or is [casefile.ErrNotFound].
func (s *Sessions) EndOne(ctx context.Context, p Principal, id string) error {
	n, err := s.storage.EndSessionsOf(ctx, p.Organ, p.Person, "", id)
	if err == nil && n == 0 {
		return fmt.Errorf("session %.40s: %w", id, casefile.ErrNotFound)
	}
	return err
}

// Authenticate tells who is calling: the holder of the token in the Authorization
// header, or without the header whoever the session belongs to, with the rights of
// this moment; a session whose rights have changed gets a new token. Otherwise it is
// [ErrUnauthenticated].
func (s *Sessions) Authenticate(ctx context.Context, authorization []string) (Principal, error) {
	p, err := s.recognise(ctx, authorization)
	if err != nil || p.SessionID == "" {
		return p, err
	}
	return p, s.noteRights(ctx, p)
}

// Again is [Sessions.Authenticate] for a request that lasts. What was read of the
// session when it began is not believed: it may have been ended since. It gets no
// new token, as the answer is under way.
func (s *Sessions) Again(ctx context.Context, authorization []string) (Principal, error) {
	p, err := s.recognise(ctx, authorization)
	if err != nil || p.SessionID == "" {
		return p, err
	}
	alive, err := s.storage.SessionsOf(ctx, p.Organ, p.Person, s.now())
	if err != nil {
		return Principal{}, err
	}
	if !slices.ContainsFunc(alive, func(one Session) bool { return one.ID == p.SessionID }) {
		return Principal{}, fmt.Errorf("the session has ended: %w", ErrUnauthenticated)
	}
	return p, nil
}

func (s *Sessions) recognise(ctx context.Context, authorization []string) (Principal, error) {
	if len(authorization) > 0 {
		return s.tokens.Authenticate(ctx, authorization)
	}
	organ, person := s.manager.GetString(ctx, keyOrgan), s.manager.GetString(ctx, keyPerson)
	if organ == "" || person == "" {
		return Principal{}, fmt.Errorf("no session: %w", ErrUnauthenticated)
	}
	p, err := s.principal(ctx, casefile.OrganID(organ), casefile.PersonID(person))
	if errors.Is(err, casefile.ErrNotFound) {
		return Principal{}, fmt.Errorf("the person has no appointment any more: %w", ErrUnauthenticated)
	}
	if err != nil {
		return Principal{}, err
	}
	p.SessionID = s.manager.GetString(ctx, keyID)
	p.MustChange = s.manager.GetBool(ctx, keyMustChange)
	if deadline := s.manager.Deadline(ctx); p.Expires.IsZero() || deadline.Before(p.Expires) {
		p.Expires = deadline
	}
	return p, nil
}

// noteRights gives the session a new token when the person can do something else than
// at the last request.
func (s *Sessions) noteRights(ctx context.Context, p Principal) error {
	text := fmt.Sprint(slices.Sorted(slices.Values(p.Roles)), p.Scopes)
	for _, m := range p.Mandates {
		text += fmt.Sprint(" ", m.ID, m.Roles, m.InForce)
	}
	now, before := hashOf(text), s.manager.GetString(ctx, keyRights)
	if now == before {
		return nil
	}
	if before != "" {
		if err := s.renew(ctx, s.manager.Deadline(ctx)); err != nil {
			return err
		}
	}
	s.manager.Put(ctx, keyRights, now)
	return nil
}

func (s *Sessions) principal(ctx context.Context, organ casefile.OrganID, person casefile.PersonID) (Principal, error) {
	if hash := s.manager.GetString(ctx, keySecretHash); hash != "" {
		return s.tokens.byHash(ctx, hash)
	}
	return s.directory.PrincipalOf(ctx, organ, person, s.now())
}
