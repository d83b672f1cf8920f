package procedure

import "slices"

// graph checks that every step and end can be reached, and that every step
// leads to an end.
func (k *checker) graph() {
	d := k.d
	start, ok := d.Step(d.Start)
	if !ok {
		k.problem("start", "step %q does not exist", d.Start)
		return
	}
	if _, branch := d.Block(start.ID); branch {
		k.problem("start", "%q is inside a block", d.Start)
	}
	seeds := []string{d.Start}
	for _, a := range d.Always {
		if a.To != "" {
			seeds = append(seeds, a.To, a.As)
		}
	}
	reached := d.reach(seeds)
	for i, s := range d.Steps {
		if !slices.Contains(reached, s.ID) {
			k.problem(path("steps", i), "step %q can never be reached", s.ID)
		}
		if !slices.ContainsFunc(d.reach([]string{s.ID}), d.closes) {
			k.problem(path("steps", i), "dead end: from step %q no end can be reached", s.ID)
		}
		if d.skipsForEver(s) {
			k.problem(path("steps", i)+".skip", "skipping goes round in a circle")
		}
	}
	for i, e := range d.Ends {
		if !slices.Contains(reached, e.ID) {
			k.problem(path("ends", i), "end %q can never be reached", e.ID)
		}
	}
}

// closes reports whether the id is an end that something leads to. An end that
// is only settled ahead closes nothing by itself.
func (d *Definition) closes(id string) bool {
	if !d.IsEnd(id) {
		return false
	}
	for _, s := range d.Steps {
		if s.Skip == id || s.Joined != nil && s.Joined.To == id ||
			slices.ContainsFunc(s.Outcomes, func(t Transition) bool { return t.To == id }) {
			return true
		}
	}
	return false
}

// reach gives all that can be reached from the seeds, the seeds included.
func (d *Definition) reach(seeds []string) []string {
	var reached []string
	for len(seeds) > 0 {
		id := seeds[0]
		seeds = seeds[1:]
		if id == "" || slices.Contains(reached, id) {
			continue
		}
		reached = append(reached, id)
		if s, ok := d.Step(id); ok {
			seeds = append(seeds, d.next(s)...)
		}
	}
	return reached
}

// next gives what a step leads to at once. A block leads on only through its
// branches.
func (d *Definition) next(s Step) []string {
	out := append([]string{s.Skip}, s.Parallel...)
	for _, t := range s.Outcomes {
		to := t.To
		if to == Join {
			block, _ := d.Block(s.ID)
			to = block.Joined.To
			out = append(out, block.Joined.As)
		}
		out = append(out, to, t.As)
	}
	return out
}

func (d *Definition) skipsForEver(s Step) bool {
	for n, at := 0, s; at.Skip != ""; n++ {
		next, ok := d.Step(at.Skip)
		if !ok {
			return false
		}
		if n > len(d.Steps) {
			return true
		}
		at = next
	}
	return false
}
