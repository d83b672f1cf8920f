package procedure

import "github.com/zhengdang/chengxu/casefile"

// Derive says what an entry leaves in the lists beside the case: see
// [casefile.Derived]. The case is as the entry has left it.
func (d *Definition) Derive(c *casefile.Case, e casefile.Entry) casefile.Derived {
	tasks := d.Tasks(c)
	return casefile.Derived{
		Consultation: d.consultation(c, e), Publication: d.publication(c, e),
		Withdrawn: isTrue(c.Facts["contains_state_secret"].Value),
		Tasks:     tasks, Notices: reminders(tasks, e), Register: d.register(c, e), Filing: d.filing(c, e), Plans: plansOf(c, e),
	}
}

// register gives what an entry changes in the register of normative documents: what
// was done changes it, what was stopped does not.
func (d *Definition) register(c *casefile.Case, e casefile.Entry) []casefile.DocumentChange {
	step, ok := d.Step(e.Step)
	if !ok || e.Kind != casefile.EntryAct {
		return nil
	}
	kind, _ := step.Kind()
	spec, ok := kind.Act(e.Verb)
	if !ok || spec.Registers == nil {
		return nil
	}
	return spec.Registers(c, e)
}
