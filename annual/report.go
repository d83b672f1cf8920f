package annual

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
)

// format names the form of a report. It changes when the same record gives other
// figures, or gives them in another form.
const format = "chengxu-annual-figures/1"

// Definitions gives every figure in the order of the report.
func Definitions() []Definition {
	return slices.Concat(decisionFigures(), afterFigures(), catalogueFigures(), participationFigures(), reviewFigures(),
		documentFigures(), cleanupFigures(), challengeFigures(), fileFigures(), shortcomingFigures())
}

// Query says what is reported on.
type Query struct {
	Organ    casefile.OrganID
	Year     Year
	Practice bool // practice alone, to try it
}

// Log is the log of an organ as far as it was counted.
type Log struct {
	Size int64  `json:"size"`
	Root string `json:"root"` // hexadecimal
}

// Report is the figures of a year. Its canonical form ([Report.Canonical]) is what is
// frozen and what the digest stands for.
type Report struct {
	Format   string           `json:"format"`
	Organ    casefile.OrganID `json:"organ"`
	Year     Year             `json:"year"`
	Practice bool             `json:"practice,omitempty"`
	Log      Log              `json:"log"`
	At       time.Time        `json:"at"` // reviews of files finished later are not counted
	Figures  []Figure         `json:"figures"`
}

// Canonical gives the report in its one form (RFC 8785).
func (r Report) Canonical() ([]byte, error) {
	b, err := ledger.Canonical(r)
	if err != nil {
		return nil, fmt.Errorf("write report: %w", err)
	}
	return b, nil
}

// Digest gives the SHA-256 of the canonical form of a report.
func Digest(canonical []byte) casefile.Digest {
	sum := sha256.Sum256(canonical)
	return casefile.Digest(hex.EncodeToString(sum[:]))
}

// Figure gives a figure by id.
func (r Report) Figure(id string) (Figure, bool) {
	at := slices.IndexFunc(r.Figures, func(f Figure) bool { return f.ID == id })
	if at < 0 {
		return Figure{}, false
	}
	return r.Figures[at], true
}

// Restated (重述) is a figure that is no longer what was reported.
type Restated struct {
	ID      string `json:"id"`
	Was     string `json:"was"`
	Is      string `json:"is"`
	Added   []Ref  `json:"added"`   // what is counted now and was not, also in the whole
	Removed []Ref  `json:"removed"` // what was counted and is not now
}

// Compare gives the figures of a later report that differ from those of an earlier one.
func Compare(was, is Report) []Restated {
	var out []Restated
	for _, now := range is.Figures {
		before, known := was.Figure(now.ID)
		added, removed := differences(before, now)
		if known && before.Value == now.Value && len(added)+len(removed) == 0 {
			continue
		}
		out = append(out, Restated{ID: now.ID, Was: before.Value, Is: now.Value, Added: added, Removed: removed})
	}
	for _, before := range was.Figures {
		if _, known := is.Figure(before.ID); !known {
			added, removed := differences(before, Figure{})
			out = append(out, Restated{ID: before.ID, Was: before.Value, Added: added, Removed: removed})
		}
	}
	return out
}

func differences(was, is Figure) (added, removed []Ref) {
	added, removed = []Ref{}, []Ref{}
	for _, pair := range [][2][]Ref{{was.Counted, is.Counted}, {was.Of, is.Of}} {
		before, now := multiset(pair[0]), multiset(pair[1])
		for _, r := range pair[1] {
			if before[r] == 0 && !slices.Contains(added, r) {
				added = append(added, r)
			}
			before[r] = max(0, before[r]-1)
		}
		for _, r := range pair[0] {
			if now[r] == 0 && !slices.Contains(removed, r) {
				removed = append(removed, r)
			}
			now[r] = max(0, now[r]-1)
		}
	}
	return added, removed
}

func multiset(refs []Ref) map[Ref]int {
	out := make(map[Ref]int, len(refs))
	for _, r := range refs {
		out[r]++
	}
	return out
}

// Frozen is a report that was kept as it was. Nothing changes it.
type Frozen struct {
	Organ    casefile.OrganID
	Year     int
	Practice bool
	Version  int64 // from 1; a later one restates the one before
	Size     int64
	Root     string
	Note     []byte // the signed checkpoint of the log at that size
	Digest   casefile.Digest
	Content  []byte // canonical
	ByOrgan  casefile.OrganID
	ByPerson casefile.PersonID
	ByName   string
	At       time.Time
}

// Report reads the frozen report, whose content must be what its digest stands for.
func (f Frozen) Report() (Report, error) {
	var r Report
	if got := Digest(f.Content); got != f.Digest {
		return r, fmt.Errorf("version %d of %s %d: its content has digest %s, not %s: %w", f.Version, f.Organ, f.Year, got, f.Digest, casefile.ErrInvalid)
	}
	if err := json.Unmarshal(f.Content, &r); err != nil {
		return r, fmt.Errorf("version %d of %s %d: %w", f.Version, f.Organ, f.Year, err)
	}
	return r, nil
}
