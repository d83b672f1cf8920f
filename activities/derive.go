package activities

import (
	"context"
	"fmt"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// Derive says what an entry leaves in the lists, by the definition that is pinned
// to the case. It is called in the transaction of the entry, whose contents it
// reads and nothing else.
func (a *Activities) Derive(ctx context.Context, contents Contents, c casefile.Case, e casefile.Entry) (casefile.Derived, error) {
	def, err := a.followed(ctx, contents, c.Pinned.Definition)
	if err != nil {
		return casefile.Derived{}, err
	}
	return def.Derive(&c, e), nil
}

// followed gives a pinned definition. They are cached: they are immutable.
func (a *Activities) followed(ctx context.Context, contents Contents, digest casefile.Digest) (*procedure.Definition, error) {
	a.mu.Lock()
	def, ok := a.definitions[digest]
	a.mu.Unlock()
	if ok {
		return def, nil
	}
	b, err := contents.Content(ctx, digest)
	if err != nil {
		return nil, fmt.Errorf("definition: %w", err)
	}
	if def, err = procedure.ParseCanonical(b); err != nil {
		return nil, fmt.Errorf("definition: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.definitions[digest] = def
	return def, nil
}
