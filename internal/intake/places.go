package intake

import "sync"

// Bounds of the uploads that come in at the same time: in all, and of one person,
// who must not keep out the others by sending slowly.
const (
	maxUploads   = 32
	maxUploadsOf = 4
)

// Places counts the uploads that are coming in. The zero value has all its places; it
// is safe for concurrent use.
type Places struct {
	mu  sync.Mutex
	all int
	of  map[string]int
}

// Take takes a place for an upload of somebody; ok is false when there is none
// left. The place is given back by done.
func (u *Places) Take(who string) (done func(), ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.all >= maxUploads || u.of[who] >= maxUploadsOf {
		return nil, false
	}
	if u.of == nil {
		u.of = map[string]int{}
	}
	u.all++
	u.of[who]++
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.all--
		if u.of[who]--; u.of[who] == 0 {
			delete(u.of, who)
		}
	}, true
}
