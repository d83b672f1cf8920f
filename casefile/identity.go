package casefile

// UnitRef names a unit (内设机构、承担单位) of an organ, as entries name it.
type UnitRef struct {
	Organ OrganID
	Name  string
}

// InterestKind says with what a person has an interest.
type InterestKind string

const (
	InterestOrgan  InterestKind = "organ"  // an organ, by id or name
	InterestUnit   InterestKind = "unit"   // a unit or institution, by name
	InterestParty  InterestKind = "party"  // somebody whom the matter concerns, by name
	InterestMatter InterestKind = "matter" // the matter itself, by the id of its case or by its exact title
)

// Interest (利害关系) is what a person has declared to be concerned by.
type Interest struct {
	ID     string       `json:"id"`
	Kind   InterestKind `json:"kind"`
	Of     string       `json:"of"`
	Direct bool         `json:"direct"` // 直接利害关系; the others are on record and exclude nobody
}
