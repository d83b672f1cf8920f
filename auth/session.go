package auth

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
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
}

// SessionStorage keeps sessions. What is not there is [casefile.ErrNotFound].
type SessionStorage interface {
	SaveSession(ctx context.Context, s Session) error
	// ProlongSession is for a session that is there: one that has ended meanwhile
	// stays ended.
	ProlongSession(ctx context.Context, hash string, data []byte, expires time.Time) error
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

// loaded is the session as it was when the request came.
type loaded struct {
	hash    string
	data    []byte
	expires time.Time
}

type loadedKey struct{}

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
)

// Proof is how somebody was recognised.
type Proof struct {
	Method string   // "password", "oidc", "token", "link"
	ACR    string   // how the identity provider says it authenticated the person
	AMR    []string // by which means
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
func (s *Sessions) BeginWithToken(ctx context.Context, authorization []string) (Principal, error) {
	secret, err := ParseBearer(authorization)
	if err != nil {
		return Principal{}, err
	}
	p, err := s.tokens.Authenticate(ctx, authorization)
	if err != nil {
		return Principal{}, err
	}
	if err := s.Begin(ctx, Known{Organ: p.Organ, Person: p.Person}, Proof{Method: "token"}); err != nil {
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

// EndAll ends every session of a person.
func (s *Sessions) EndAll(ctx context.Context, organ casefile.OrganID, person casefile.PersonID) error {
	_, err := s.storage.EndSessionsOf(ctx, organ, person, "", "")
	return err
}

// End ends the session.
func (s *Sessions) End(ctx context.Context) error { return s.manager.Destroy(ctx) }

// List gives the sessions of the caller.
func (s *Sessions) List(ctx context.Context, p Principal) ([]Session, error) {
	return s.storage.SessionsOf(ctx, p.Organ, p.Person, s.now())
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
		text += fmt.Sprint(" ", m.ID, m.Roles)
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

// jsonCodec writes sessions as JSON, so that the store can say whose they are.
type jsonCodec struct{}

type sessionData struct {
	Deadline time.Time      `json:"deadline"`
	Values   map[string]any `json:"values"`
}

func (jsonCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	return json.Marshal(sessionData{Deadline: deadline, Values: values})
}

func (jsonCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	var d sessionData
	if err := json.Unmarshal(b, &d); err != nil {
		return time.Time{}, nil, fmt.Errorf("read session: %w", err)
	}
	return d.Deadline, d.Values, nil
}

// sessionStore is what the library asks of a store. It always passes the context.
type sessionStore struct {
	storage SessionStorage
	now     func() time.Time
}

var (
	_                 scs.CtxStore = sessionStore{}
	errWithoutContext              = errors.New("sessions are kept with a context")
)

func (sessionStore) Delete(string) error                    { return errWithoutContext }
func (sessionStore) Find(string) ([]byte, bool, error)      { return nil, false, errWithoutContext }
func (sessionStore) Commit(string, []byte, time.Time) error { return errWithoutContext }

func (s sessionStore) DeleteCtx(ctx context.Context, hash string) error {
	return s.storage.EndSession(ctx, hash)
}

func (s sessionStore) FindCtx(ctx context.Context, hash string) ([]byte, bool, error) {
	found, err := s.storage.SessionByHash(ctx, hash)
	if errors.Is(err, casefile.ErrNotFound) || err == nil && !s.now().Before(found.Expires) {
		return nil, false, nil
	}
	if at, ok := ctx.Value(loadedKey{}).(*loaded); ok {
		*at = loaded{hash: found.Hash, data: found.Data, expires: found.Expires}
	}
	return found.Data, err == nil, err
}

// touchAfter is how much longer a session would go on before that is written: not
// every request that reads writes.
const touchAfter = time.Minute

// CommitCtx writes a session. One that was there when the request came is changed, not
// made: somebody may have ended it meanwhile.
func (s sessionStore) CommitCtx(ctx context.Context, hash string, b []byte, _ time.Time) error {
	deadline, values, err := jsonCodec{}.Decode(b)
	if err != nil {
		return err
	}
	expires := s.now().Add(IdleLife)
	if deadline.Before(expires) {
		expires = deadline
	}
	if at, ok := ctx.Value(loadedKey{}).(*loaded); ok && at.hash == hash {
		if bytes.Equal(at.data, b) && expires.Sub(at.expires) < touchAfter {
			return nil
		}
		return s.storage.ProlongSession(ctx, hash, b, expires.UTC())
	}
	text := func(name string) string {
		value, _ := values[name].(string)
		return value
	}
	return s.storage.SaveSession(ctx, Session{Hash: hash, ID: text(keyID), Organ: casefile.OrganID(text(keyOrgan)), Person: casefile.PersonID(text(keyPerson)),
		Data: b, Expires: expires.UTC()})
}
