package dossier

import (
	"fmt"

	"github.com/zhengdang/chengxu/casefile"
)

// checkRun replays the histories, in order, and compares what the code records
// with the entries, one by one.
func checkRun(d *Dossier, records []casefile.Entry, replayer Replayer) Part {
	var p Part
	switch {
	case len(d.Histories) == 0:
		p.skip("案卷中没有引擎历史。", "the dossier holds no history of the workflow engine")
		return p
	case replayer == nil:
		p.skip("本程序不能重放引擎历史。", "this program cannot replay histories")
		return p
	}
	for i, history := range d.Histories {
		place := historyName(i + 1)
		recorded, err := replay(replayer, history)
		if err != nil {
			p.fail(place, "重放不成立：%v", "replay does not hold: %v", err)
			return p
		}
		for _, entry := range recorded {
			if !sameAsRecord(&p, place, records, entry) {
				return p
			}
		}
	}
	if p.Checked < len(records) {
		p.fail(entryName(p.Checked+1), "引擎历史到此为止，没有产生这条记录", "the histories end before this entry: no run has recorded it")
	}
	p.done()
	return p
}

// sameAsRecord compares the next entry of the replay with the record. It reports
// whether the comparison can go on.
func sameAsRecord(p *Part, history string, records []casefile.Entry, entry casefile.Entry) bool {
	if p.Checked == len(records) {
		p.fail(history, "重放产生了案卷中没有的第 %d 条记录", "the replay records entry %d, which the dossier does not have", entry.Sequence)
		return false
	}
	place := entryName(p.Checked + 1)
	for _, diff := range differences(entry, records[p.Checked]) {
		p.fail(place, "%[2]s：记录为 %[3]s，重放 %[1]s 得 %[4]s", "%[2]s: recorded %[3]s, the replay of %[1]s gives %[4]s", history, diff.path, diff.got, diff.want)
	}
	p.Checked++
	return true
}

// replay keeps a history that no code was made for from stopping the verifier.
func replay(replayer Replayer, history []byte) (recorded []casefile.Entry, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("replay stopped: %v", r)
		}
	}()
	return replayer.Replay(history)
}
