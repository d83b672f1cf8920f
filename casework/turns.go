package casework

import (
	"context"
	"sync"

	"github.com/zhengdang/chengxu/casefile"
)

// turns lets one caller at a time act on a case. The engine admits only a few
// updates in flight for one workflow and keeps the rest waiting until they time
// out; here they queue instead.
type turns struct {
	mu    sync.Mutex
	cases map[casefile.ID]*turn
}

type turn struct {
	token chan struct{} // holds one token while nobody has the turn
	users int           // callers that have or await it
}

func newTurns() *turns { return &turns{cases: map[casefile.ID]*turn{}} }

// take waits for the turn; the caller must call done. It gives up when ctx
// ends.
func (t *turns) take(ctx context.Context, id casefile.ID) (done func(), err error) {
	t.mu.Lock()
	q, ok := t.cases[id]
	if !ok {
		q = &turn{token: make(chan struct{}, 1)}
		q.token <- struct{}{}
		t.cases[id] = q
	}
	q.users++
	t.mu.Unlock()

	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if q.users--; q.users == 0 {
			delete(t.cases, id)
		}
	}
	select {
	case <-q.token:
		return func() {
			q.token <- struct{}{}
			leave()
		}, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
