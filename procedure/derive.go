package procedure

import "github.com/zhengdang/chengxu/casefile"

// Derive says what an entry leaves in the lists beside the case: see
// [casefile.Derived]. The case is as the entry has left it.
func (d *Definition) Derive(_ *casefile.Case, _ casefile.Entry) casefile.Derived {
	return casefile.Derived{}
}
