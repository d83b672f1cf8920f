package casefile

// Series (编号序列) is a row of numbers without gaps: one for each organ, kind of
// document and year. Practice (演练) has series of its own.
type Series struct {
	Organ    OrganID `json:"organ"`
	Kind     string  `json:"kind"` // such as "normative-document"
	Year     int     `json:"year"`
	Practice bool    `json:"practice,omitempty"`
}

// Numbering asks for the next number of a series. The same act of a case gets the
// same number however often it asks.
type Numbering struct {
	Series
	Case ID     `json:"case"`
	Act  string `json:"act"` // id of the act
}

// Number (文号) is one number of a series.
type Number struct {
	Serial int64  `json:"serial"` // 1, 2, …
	Text   string `json:"text"`   // as it is printed: "真新街道规〔2026〕3号"
}
