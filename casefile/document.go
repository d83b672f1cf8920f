package casefile

import "time"

// DocumentState says whether a stored document may be named in an act.
type DocumentState string

const (
	DocumentClean       DocumentState = "clean"       // 已通过检查
	DocumentQuarantined DocumentState = "quarantined" // 待检查
	DocumentRefused     DocumentState = "refused"     // 未通过检查, its bytes are removed
)

// StoredDocument is what is known of a document of an organ beside its bytes,
// whether or not a case files it.
type StoredDocument struct {
	Document
	State   DocumentState
	Reason  string         // why the examination refused it
	Inline  bool           // the bytes stand in the table, where documents stood before there was a storage
	Uploads []UploadRecord // in the order of time
}

// UploadRecord says who stored a document, and under which title.
type UploadRecord struct {
	Person PersonID
	Title  string
	At     time.Time
}

// For gives the document under the title that the person stored it with: what
// others call it is not told.
func (d StoredDocument) For(person PersonID) StoredDocument {
	for _, up := range d.Uploads {
		if up.Person == person && person != "" {
			d.Title = up.Title
		}
	}
	return d
}

// UploadedBy reports whether the person stored the document.
func (d StoredDocument) UploadedBy(person PersonID) bool {
	for _, up := range d.Uploads {
		if up.Person == person && person != "" {
			return true
		}
	}
	return false
}
