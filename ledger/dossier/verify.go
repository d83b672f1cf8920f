package dossier

import (
	"errors"
	"io"

	"github.com/zhengdang/chengxu/casefile"
)

// Options say how to verify.
type Options struct {
	// Key is the verifier key that the organ has published. When it is empty the
	// key in the dossier is used, and the report says so: the seal then proves
	// that the dossier is whole, not whose it is.
	Key string
	// Replayer replays histories; nil leaves the run unverified.
	Replayer Replayer
	// Began is called when a part begins: "seal", "law", "run". Nil: nobody asks.
	Began func(part string)
}

func (o Options) began(part string) {
	if o.Began != nil {
		o.Began(part)
	}
}

// Replayer runs the history of one run of a case through the workflow code and
// gives the entries that the code records. An error means that the code does not
// follow the history.
type Replayer interface {
	Replay(history []byte) (recorded []casefile.Entry, err error)
}

// ReplayerFunc is a function that is a [Replayer].
type ReplayerFunc func(history []byte) ([]casefile.Entry, error)

// Replay calls the function.
func (f ReplayerFunc) Replay(history []byte) ([]casefile.Entry, error) { return f(history) }

// VerifyFile reads and verifies a dossier. A file that is not a dossier, or no
// longer the one that was written, is a failed seal, not an error.
func VerifyFile(r io.ReaderAt, size int64, opts Options) Report {
	opts.began("seal")
	d, err := Read(r, size)
	if err == nil {
		return Verify(d, opts)
	}
	var report Report
	place := containerPlace
	var damage *Damage
	if errors.As(err, &damage) {
		place, err = damage.Place, damage.Err
	}
	report.Seal.fail(place, "文件已损坏、被改动，或不是案卷：%v", "damaged, changed, or not a dossier: %v", err)
	report.skipAfterSeal()
	return report
}

// Verify verifies a dossier: the seal, then the law, then the run. Law and run
// are not looked at when the seal is broken, since nothing in the dossier is
// then known to be what was recorded.
func Verify(d *Dossier, opts Options) Report {
	report := Report{Summary: &d.Summary, KeyPinned: opts.Key != ""}
	opts.began("seal")
	records := checkSeal(d, opts.Key, &report)
	if report.Seal.Status != Verified {
		report.skipAfterSeal()
		return report
	}
	report.Pinned = records[0].Pinned
	for _, record := range records[1:] {
		if record.Pinned != nil {
			report.Adopted = append(report.Adopted, Adopted{Entry: record.Sequence, Pinned: *record.Pinned})
		}
	}
	opts.began("law")
	report.Law = checkLaw(d, records)
	if report.Law.Status == Verified { // deriving an act again includes its signature
		report.Signed = signed(records)
	}
	opts.began("run")
	report.Run = checkRun(d, records, opts.Replayer)
	return report
}

func signed(records []casefile.Entry) []Signed {
	var out []Signed
	for _, record := range records {
		if record.Act == nil || record.Act.Signature == nil {
			continue
		}
		if key, ok := casefile.PublicKey(record.Act.Signature.Key); ok {
			by := record.Act.By
			out = append(out, Signed{Entry: record.Sequence, Act: record.Act.Kind, Person: by.Person, Name: by.Name, Key: casefile.KeyID(key)})
		}
	}
	return out
}

func (r *Report) skipAfterSeal() {
	for _, p := range []*Part{&r.Law, &r.Run} {
		p.skip("封存不符，不再核对。", "the seal is broken")
	}
}
