package casefile

import "github.com/zhengdang/chengxu/legaltime"

// DocumentChange is what an entry changes in the register of normative documents
// (规范性文件数据库). The register at a date is what the changes up to that date leave.
type DocumentChange struct {
	Document string         `json:"document"` // the number of the document that is changed
	Change   ChangeKind     `json:"change"`
	On       legaltime.Date `json:"on"`             // from this day on
	Until    legaltime.Date `json:"until,omitzero"` // the last day of its term, where the change sets one
	// Published is the day of publication of a document that is published, where On, the
	// day from which it applies, is another.
	Published legaltime.Date `json:"published,omitzero"`
	Title     string         `json:"title,omitempty"`   // of a document that is published
	Kind      string         `json:"kind,omitempty"`    // of a document that is published: ordinary, interim-trial, public-notice
	Clauses   []string       `json:"clauses,omitempty"` // that are disabled or restored
	By        string         `json:"by,omitempty"`      // the number of the document, or the reference of the decision, that brings the change
}

// ChangeKind is what happens to a document.
type ChangeKind string

const (
	DocumentPublished ChangeKind = "published"       // 公布
	DocumentFiled     ChangeKind = "filed"           // 备案
	DocumentExtended  ChangeKind = "extended"        // 延长有效期
	DocumentAmended   ChangeKind = "amended"         // 修改
	DocumentRepealed  ChangeKind = "repealed"        // 废止
	DocumentLapsed    ChangeKind = "lapsed"          // 失效
	ClauseDisabled    ChangeKind = "clause-disabled" // 停止执行有关条款
	ClauseRestored    ChangeKind = "clause-restored" // 恢复执行有关条款
)
