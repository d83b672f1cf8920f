package api

import "sync"

// Bounds of the uploads that come in at the same time: in all, and of one person,
// who must not keep out the others by sending slowly.
const (
	maxUploads   = 32
	maxUploadsOf = 4
)

// uploads counts the uploads that are coming in.
type uploads struct {
	mu  sync.Mutex
	all int
	of  map[string]int
}

// take takes a place for an upload of somebody; ok is false when there is none
// left. The place is given back by done.
func (u *uploads) take(who string) (done func(), ok bool) {
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
