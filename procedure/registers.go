package procedure

import "github.com/zhengdang/chengxu/casefile"

// Registers gives what an entry changes in the register of normative documents; see
// [casefile.Derived]. The case is as the entry has left it.
func (d *Definition) Registers(c *casefile.Case, e casefile.Entry) []casefile.DocumentChange {
	return d.register(c, e)
}
