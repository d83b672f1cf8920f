package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/zhengdang/chengxu/casefile"
)

// loaded is the session as it was when the request came.
type loaded struct {
	hash    string
	data    []byte
	expires time.Time
	used    time.Time
}

type loadedKey struct{}

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
		*at = loaded{hash: found.Hash, data: found.Data, expires: found.Expires, used: found.Used}
	}
	return found.Data, err == nil, err
}

// touchAfter is how long ago the last use of a session or token was that is written
// again: not every request that reads writes.
const touchAfter = time.Minute

// CommitCtx writes a session. One that was there when the request came is changed, not
// made: somebody may have ended it meanwhile.
func (s sessionStore) CommitCtx(ctx context.Context, hash string, b []byte, _ time.Time) error {
	deadline, values, err := jsonCodec{}.Decode(b)
	if err != nil {
		return err
	}
	now := s.now()
	expires := now.Add(IdleLife)
	if deadline.Before(expires) {
		expires = deadline
	}
	if at, ok := ctx.Value(loadedKey{}).(*loaded); ok && at.hash == hash {
		if bytes.Equal(at.data, b) && now.Sub(at.used) < touchAfter {
			return nil
		}
		return s.storage.ProlongSession(ctx, hash, b, expires.UTC(), now.UTC())
	}
	return s.storage.SaveSession(ctx, Session{Hash: hash, ID: textOf(values, keyID), Organ: casefile.OrganID(textOf(values, keyOrgan)),
		Person: casefile.PersonID(textOf(values, keyPerson)), Data: b, Expires: expires.UTC(), Used: now.UTC()})
}

func textOf(values map[string]any, name string) string {
	text, _ := values[name].(string)
	return text
}
