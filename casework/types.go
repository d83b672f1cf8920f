// Package casework holds the use cases: open a case, act on it, find and read
// cases, file documents, export a dossier. The API, the pages and the command
// line share it; the Temporal client lives here.
package casework

import (
	"context"
	"encoding/hex"

	"golang.org/x/mod/sumdb/note"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

// Opening is what it takes to open a case.
type Opening struct {
	ID        string           // idempotency key, chosen by the caller
	Procedure string           // "cn.major-decision@2019"
	Organ     casefile.OrganID // must be the organ of the caller
	Matter    casefile.Matter
	With      casefile.Values // facts of the opening act, such as body_kind
	By        casefile.Actor
	Practice  bool           // 演练: the clock is moved by acts, nothing leaves the system
	Starts    legaltime.Date // practice only: the first date of the clock
	Overlays  []string       // practice only: overlay packs by name, instead of those in use; nil: those in use
}

// Reply is what an act led to. Entry.Kind says whether it was admitted or
// blocked; Case is the case after it.
type Reply struct {
	Entry casefile.Entry
	Case  casefile.Case
}

// Possible is an act that the case admits now, and what the rules would say of
// it with the facts that are there.
type Possible struct {
	procedure.Possible
	// Verdict judges the gates with the facts of the case alone. Facts that
	// the act itself will establish are listed in Supplies instead of Missing.
	Verdict  casefile.Verdict
	Supplies []string
}

// Filter narrows a list of cases, and says in which order they come. The organ is
// always that of the caller.
type Filter struct {
	Organ       casefile.OrganID
	Practice    *bool
	Status      casefile.Status // "" for all, as with the others
	Procedure   string
	Category    string
	Step        string // that is running
	OpenedFrom  legaltime.Date
	OpenedUntil legaltime.Date // that day included
	Query       string         // part of the title
	Sort        string         // "opened" or "updated"; "" means "opened"
	Ascending   bool           // the oldest first
	After       string         // cursor of the previous page
	Limit       int            // 1 to 200; 0 means 50
}

// Summary is a case in a list.
type Summary struct {
	ID        casefile.ID      `json:"id"`
	Organ     casefile.OrganID `json:"organ"`
	Procedure string           `json:"procedure"`
	Title     string           `json:"title"`
	Category  string           `json:"category"`
	Status    casefile.Status  `json:"status"`
	End       string           `json:"end,omitempty"`
	Practice  bool             `json:"practice,omitempty"`
	OpenedOn  legaltime.Date   `json:"opened_on"`
	UpdatedOn legaltime.Date   `json:"updated_on"`
	Sequence  int64            `json:"sequence"`
	Steps     []string         `json:"steps"` // steps that are running
}

// SealedEntry is an entry with its place in the organ's log.
type SealedEntry struct {
	Entry    casefile.Entry
	Index    int64                     // position in the log of the organ, from 0
	Leaf     []byte                    // the bytes that the log commits to
	Openings map[string]ledger.Opening // by field: salts and values behind the commitments of the leaf
}

// LeafHash gives the hash of the leaf in hexadecimal, as the log commits to it.
func (e SealedEntry) LeafHash() string {
	hash := ledger.LeafHash(e.Leaf)
	return hex.EncodeToString(hash[:])
}

// History is the recorded history of one run of a case's workflow, as JSON.
type History struct {
	RunID string
	JSON  []byte
}

// Sealer signs the logs.
type Sealer interface {
	// Seal signs the log of an organ as it stands.
	Seal(ctx context.Context, organ casefile.OrganID) (Seal, error)
}

// Seal is a signed log: what inclusion is proved against.
type Seal struct {
	Checkpoint ledger.Checkpoint
	Signed     []byte // the checkpoint as a signed note
	Signer     note.Signer
	Verifier   string // the public key
	Hashes     ledger.HashReader
}
