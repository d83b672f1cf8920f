package rules

// Candidates gives the values that a search for ways tries for each fact that
// could be changed.
func (j *Judge) Candidates(in Input) (map[string][]any, error) {
	q, err := j.question(in)
	if err != nil {
		return nil, err
	}
	s, err := q.search()
	if err != nil {
		return nil, err
	}
	for name := range s.domain {
		if s.fixed[name] {
			delete(s.domain, name)
		}
	}
	return s.domain, nil
}

// AllWays gives the facts of every way, however many there are, with the values
// that were tried.
func (j *Judge) AllWays(in Input) ([]map[string]any, error) {
	q, err := j.question(in)
	if err != nil {
		return nil, err
	}
	ways, err := q.ways(1 << 20)
	if err != nil {
		return nil, err
	}
	var out []map[string]any
	for _, w := range ways {
		out = append(out, w.values)
	}
	return out, nil
}

// Values gives the values of a way that were tried.
func (w Way) Values() map[string]any { return w.values }
