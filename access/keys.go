package access

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// OwnKeys is the action of registering, reading and ending the keys that one signs
// with.
const OwnKeys Action = "key.own"

// Keys gives the keys of the caller's own.
func (g *Guard) Keys(ctx context.Context, p auth.Principal) ([]auth.Record, error) {
	if err := Permit(p, OwnKeys); err != nil {
		return nil, err
	}
	return g.o.Directory.KeysOf(ctx, p.Organ, p.Person)
}

// RegisterKey registers a key as the caller's own. A token registers none: whoever
// stole one could sign in somebody's name from then on. An administrator registers
// keys of others with [Guard.PutDirectoryEntry], as everything about people.
func (g *Guard) RegisterKey(ctx context.Context, p auth.Principal, k auth.SigningKey) (auth.Record, error) {
	if err := Permit(p, OwnKeys); err != nil {
		return auth.Record{}, err
	}
	if !inPerson(p) {
		return auth.Record{}, fmt.Errorf("a token registers no keys; sign in: %w", casefile.ErrForbidden)
	}
	k.Organ, k.Person = p.Organ, p.Person
	return g.o.Directory.Put(ctx, k, 0, p.Person)
}

// EndKey ends a key of the caller's own.
func (g *Guard) EndKey(ctx context.Context, p auth.Principal, id, reason string) (auth.Record, error) {
	own, err := g.Keys(ctx, p)
	if err != nil {
		return auth.Record{}, err
	}
	for _, r := range own {
		if r.ID != id {
			continue
		}
		var k auth.SigningKey
		if err := json.Unmarshal(r.Body, &k); err != nil {
			return auth.Record{}, fmt.Errorf("read key %s: %w", id, err)
		}
		k.Ended, k.Reason = true, reason
		return g.o.Directory.Put(ctx, k, r.Version, p.Person)
	}
	return auth.Record{}, notFound("key", id)
}
