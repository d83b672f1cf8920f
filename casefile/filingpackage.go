package casefile

import "time"

// FilingPackage is a package of another installation that an organ has taken in: what was
// filed with it, or the answer to what it has filed itself. The documents of the package
// are stored by their digests; Parts is the rest of it.
type FilingPackage struct {
	Organ     OrganID // that took it in
	Digest    Digest  // of the whole package
	Kind      string  // filing or answer
	Practice  bool
	Peer      OrganID // whose log has signed it
	Key       string  // of that log
	About     ID      // of a filing, the case of the peer; of an answer, the case of one's own
	Document  string  // number of the normative document
	Statement []byte  // JSON: what the package says
	Parts     []byte
	At        time.Time
	By        PersonID
	ByName    string
}
