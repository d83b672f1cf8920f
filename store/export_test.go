package store

// Bound makes lists work with other bounds than they do in use, so that tests come
// to them with few cases.
func (s *Store) Bound(window, few int, count int64) {
	s.bounds = bounds{window: window, few: few, count: count}
}
