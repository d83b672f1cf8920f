package casefile

import "github.com/zhengdang/chengxu/legaltime"

// MandateKind says why one person acts for another.
type MandateKind string

const (
	Delegation MandateKind = "delegation" // 委托办理
	ActingFor  MandateKind = "acting"     // 代理：主要负责人不在岗期间由他人代行职权
)

// Mandate (授权) is why a person acts for another one: by which document, from
// when until when. Both days belong to it.
type Mandate struct {
	ID            string         `json:"id"`
	Kind          MandateKind    `json:"kind"`
	Principal     PersonID       `json:"principal"` // for whom the person acts
	PrincipalName string         `json:"principal_name"`
	Document      Digest         `json:"document"` // the authorising document
	From          legaltime.Date `json:"from"`
	Until         legaltime.Date `json:"until"`
}

// Covers reports whether the mandate is in force on a date.
func (m Mandate) Covers(on legaltime.Date) bool { return !on.Before(m.From) && !on.After(m.Until) }
