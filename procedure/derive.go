package procedure

import "github.com/zhengdang/chengxu/casefile"

// Derive says what an entry leaves in the lists beside the case: see
// [casefile.Derived]. The case is as the entry has left it.
func (d *Definition) Derive(c *casefile.Case, e casefile.Entry) casefile.Derived {
	tasks := d.Tasks(c)
	return casefile.Derived{
		Consultation: d.consultation(c, e), Publication: d.publication(c, e),
		Withdrawn: isTrue(c.Facts["contains_state_secret"].Value),
		Tasks:     tasks, Notices: reminders(tasks, e),
	}
}
