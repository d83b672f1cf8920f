package auth

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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
// storage answers with 500 and no detail.
func (s *Sessions) Keep(next http.Handler, failed func(error)) http.Handler {
	s.manager.ErrorFunc = func(w http.ResponseWriter, _ *http.Request, err error) {
		failed(err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
	return s.manager.LoadAndSave(next)
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
	keyPending    = "pending" // a sign-in with an identity provider that is under way
)

// Begin begins a session for somebody who has just been recognised. What the
// browser held before is worth nothing afterwards, so that nobody can fix it
// beforehand.
func (s *Sessions) Begin(ctx context.Context, k Known, method string) error {
	if err := s.manager.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew session: %w", err)
	}
	if err := s.manager.Clear(ctx); err != nil {
		return fmt.Errorf("clear session: %w", err)
	}
	s.manager.Put(ctx, keyID, rand.Text()[:16])
	s.manager.Put(ctx, keyOrgan, string(k.Organ))
	s.manager.Put(ctx, keyPerson, string(k.Person))
	s.manager.Put(ctx, keyMethod, method)
	s.manager.Put(ctx, keyMustChange, k.MustChange)
	return nil
}

// BeginWithToken begins a session for the holder of a token. It ends when the
// token does.
func (s *Sessions) BeginWithToken(ctx context.Context, authorization []string) error {
	secret, err := ParseBearer(authorization)
	if err != nil {
		return err
	}
	p, err := s.tokens.Authenticate(ctx, authorization)
	if err != nil {
		return err
	}
	if err := s.Begin(ctx, Known{Organ: p.Organ, Person: p.Person}, "token"); err != nil {
		return err
	}
	s.manager.Put(ctx, keyToken, p.TokenID)
	s.manager.Put(ctx, keySecretHash, hashOf(secret))
	return nil
}

// Changed says that the person has changed the password: the session gets a new
// cookie, and all others of the person end.
func (s *Sessions) Changed(ctx context.Context, p Principal) error {
	if err := s.manager.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew session: %w", err)
	}
	s.manager.Put(ctx, keyMustChange, false)
	_, err := s.storage.EndSessionsOf(ctx, p.Organ, p.Person, p.SessionID, "")
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
// this moment. Otherwise it is [ErrUnauthenticated].
func (s *Sessions) Authenticate(ctx context.Context, authorization []string) (Principal, error) {
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
	p.Expires = s.manager.Deadline(ctx)
	return p, nil
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
	return found.Data, err == nil, err
}

func (s sessionStore) CommitCtx(ctx context.Context, hash string, b []byte, expires time.Time) error {
	_, values, err := jsonCodec{}.Decode(b)
	if err != nil {
		return err
	}
	text := func(name string) string {
		value, _ := values[name].(string)
		return value
	}
	return s.storage.SaveSession(ctx, Session{Hash: hash, ID: text(keyID), Organ: casefile.OrganID(text(keyOrgan)), Person: casefile.PersonID(text(keyPerson)),
		Data: b, Expires: expires.UTC()})
}
