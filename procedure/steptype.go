package procedure

import (
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// StepTypeID names a kind of step that is coded in Go. The set is closed.
type StepTypeID string

// The step types of a major decision, in the order of the law.
const (
	Intake          StepTypeID = "intake"           // 决策建议登记与初步识别
	Study           StepTypeID = "study"            // 研究论证
	Launch          StepTypeID = "launch"           // 决策启动
	Drafting        StepTypeID = "drafting"         // 拟订草案
	Coordination    StepTypeID = "coordination"     // 部门协商
	Participation   StepTypeID = "participation"    // 公众参与
	ExpertArgument  StepTypeID = "expert-argument"  // 专家论证
	RiskAssessment  StepTypeID = "risk-assessment"  // 风险评估
	FairCompetition StepTypeID = "fair-competition" // 公平竞争审查
	PreReview       StepTypeID = "pre-review"       // 承办单位合法性初审
	LegalityReview  StepTypeID = "legality-review"  // 合法性审查
	SubmissionCheck StepTypeID = "submission-check" // 提请审议材料核对
	Deliberation    StepTypeID = "deliberation"     // 集体讨论决定
	PartyReport     StepTypeID = "party-report"     // 请示报告
	Publication     StepTypeID = "publication"      // 公布
	Archive         StepTypeID = "archive"          // 归档
)

// The step types that only a normative document has, in the order of its making.
const (
	Classification       StepTypeID = "classification"        // 文件识别
	ProjectApproval      StepTypeID = "project-approval"      // 立项
	OperatorConsultation StepTypeID = "operator-consultation" // 听取市场主体意见
	ImpactAssessment     StepTypeID = "impact-assessment"     // 评估论证
	DocumentCompetition  StepTypeID = "document-competition"  // 规范性文件公平竞争审查
	OfficeCheck          StepTypeID = "office-check"          // 办公机构审核
	Registration         StepTypeID = "registration"          // 统一登记、编号、印发
	DocumentPublication  StepTypeID = "document-publication"  // 公布和解读
	Filing               StepTypeID = "filing"                // 报送备案
)

// The step types of what follows a major decision (国务院令第713号 第四章、第五章).
const (
	Handover       StepTypeID = "handover"        // 交付执行
	Execution      StepTypeID = "execution"       // 决策执行和督促检查
	Adjustment     StepTypeID = "adjustment"      // 决策调整和停止执行
	PostEvaluation StepTypeID = "post-evaluation" // 决策后评估
	Accountability StepTypeID = "accountability"  // 责任追究记录
)

// The step types of the life of a document in force: the watch over its term.
const (
	ValidityWatch       StepTypeID = "validity-watch"       // 有效期观察
	ValidityDecision    StepTypeID = "validity-decision"    // 延期、修订或者失效的决定
	ValidityPublication StepTypeID = "validity-publication" // 公布有效期变化
)

// The step types of a document under review in reconsideration or litigation.
const (
	ReviewReceipt       StepTypeID = "review-receipt"        // 收到审查通知
	ReviewPreparation   StepTypeID = "review-preparation"    // 准备答复
	ReviewReply         StepTypeID = "review-reply"          // 答复
	ReviewExplanation   StepTypeID = "review-explanation"    // 说明和陈述意见
	ReviewResult        StepTypeID = "review-result"         // 审查结果
	ReviewAction        StepTypeID = "review-action"         // 处理审查结果
	ReviewPastDecisions StepTypeID = "review-past-decisions" // 清查以往决定
)

// The step types of the clean-up of normative documents, in their order.
const (
	CleanupTrigger     StepTypeID = "cleanup-trigger"     // 清理启动
	CleanupPlan        StepTypeID = "cleanup-plan"        // 清理方案
	CleanupInventory   StepTypeID = "cleanup-inventory"   // 确定清理范围
	CleanupReview      StepTypeID = "cleanup-review"      // 逐件审查
	CleanupLegality    StepTypeID = "cleanup-legality"    // 清理结果合法性审核
	CleanupPublication StepTypeID = "cleanup-publication" // 公布清理结果
	CleanupFollowup    StepTypeID = "cleanup-followup"    // 落实清理结论
)

// The step types of the annual catalogue of major decisions, in the order of the year.
const (
	CatalogueCall        StepTypeID = "catalogue-call"        // 征集申报
	CatalogueScreening   StepTypeID = "catalogue-screening"   // 筛选和拟订目录
	CatalogueConsent     StepTypeID = "catalogue-consent"     // 同级党委同意
	CataloguePublication StepTypeID = "catalogue-publication" // 目录公布
	CatalogueTracking    StepTypeID = "catalogue-tracking"    // 跟踪和调整
	CatalogueAccount     StepTypeID = "catalogue-account"     // 年终结清
)

// The step types of the review of what was filed (备案审查).
const (
	FilingReception   StepTypeID = "filing-reception"   // 接收登记
	FilingExamination StepTypeID = "filing-examination" // 备案审查
	FilingCorrection  StepTypeID = "filing-correction"  // 纠正处理
)

// StepType is what a kind of step can do: its acts, the order among them, and
// the outcomes to which they lead.
type StepType struct {
	ID       StepTypeID
	Title    casefile.Text
	Acts     []ActSpec
	Outcomes []string // every outcome that an act of this type can conclude it with
	Papers   *Papers  // which papers it asks for; nil: it keeps no list
}

// Papers (应备材料) says which papers a step asks for, and where those stand that are
// there. What is asked for follows from what the case went through.
type Papers struct {
	Table string                          // decision table of the packs that lists them; empty: Of does
	Of    func(c *casefile.Case) []string // pure
	Held  string                          // fact that lists those that are there
}

// ActSpec (办理行为) describes one act of a step type, or of the case.
type ActSpec struct {
	Verb   string
	Title  casefile.Text
	Fields []Field
	// Needs are verbs that must have been admitted in this round before;
	// Bars are verbs after which this act is no longer possible. Once bars
	// the act itself.
	Needs, Bars []string
	Once        bool

	Outcome   string // the outcome with which the act concludes the step; empty: it does not
	OutcomeBy string // name of an enumerated field whose value is the outcome
	// OutcomeOf gives the outcome, one of Among, from what the case already
	// records (nil: not used). Outcome, OutcomeBy and OutcomeOf exclude each other.
	OutcomeOf func(c *casefile.Case) string
	Among     []string

	Opinion    bool // the act gives an opinion on the current draft: the payload field "draft" must name its digest
	FilesDraft bool // the act files a new draft version: payload "draft" digest, "title"
	// Sets are facts that the act establishes whatever its payload says.
	Sets casefile.Values
	// Gives names the facts that Derive may establish, "item.*" those that begin with
	// "item."; Restricted, those of them that only those who work on the case may know.
	Gives      []string
	Restricted []string
	// Derive computes further facts (nil: none). It is pure and runs after
	// Sets and Fields.
	Derive func(a *Acting) casefile.Values
	// Check refuses a payload that is well-typed and still makes no sense, or
	// comes at the wrong time (nil: none). It is pure.
	Check func(a *Acting) *casefile.Refusal
	// Watches opens or moves a period that time will end, from facts after the
	// act (nil: none): for example the comment window. The id is the period's
	// name; the step is put before it.
	Watches func(facts casefile.Values) []casefile.Deadline
	Drops   []string // periods of the step that fall away with the act, by name
	Numbers Numbers  // the act takes a number; zero: it takes none
	// Registers says what an entry of this act changes in the register of normative
	// documents (nil: nothing). It is pure; the case is as the entry has left it.
	Registers func(c *casefile.Case, e casefile.Entry) []casefile.DocumentChange

	// The rest concerns acts of the case only.
	Status         casefile.Status // the status to which the act changes the case; empty: none
	WhileSuspended bool            // possible while the case is suspended
	OnlySuspended  bool            // possible only then
	PracticeOnly   bool            // possible only in practice (演练)
	Neutral        bool            // done in no capacity, such as moving the practice clock
	Clock          string          // name of the date field to which the practice clock is moved
	Withdraws      string          // name of the field that lists documents whose content is removed
	Moves          bool            // the case moves to the pins that the payload names: definition, packs, calendar
	Implied        bool            // a definition without a rule for it leaves it to the roles that open a case
	Leaves         bool            // takes the case out of its steps: the rule of the definition says where to
}

// Numbers (编号) says that an act takes the next number of a series. The number is
// known only when the gates have opened, so the gates of the act cannot ask for it.
type Numbers struct {
	Kind string // of the series
	Fact string // the fact that becomes the number as it is printed
}

// Acting is an act about to be done, as Derive and Check see it. Nothing in it
// may be changed.
type Acting struct {
	Case  *casefile.Case
	Types []StepTypeID     // of the steps that are running
	Run   casefile.StepRun // the round that the act belongs to; zero for acts of the case
	By    casefile.Actor
	With  casefile.Values // the payload, checked and normalised
	Today legaltime.Date
}

// FieldKind is the type of a payload field.
type FieldKind string

// The field kinds. Dates are strings YYYY-MM-DD.
const (
	KindBool    FieldKind = "bool"
	KindInt     FieldKind = "int"
	KindNumber  FieldKind = "number"
	KindText    FieldKind = "text"
	KindDate    FieldKind = "date"
	KindTexts   FieldKind = "texts"  // list of strings
	KindDigest  FieldKind = "digest" // of a document that is filed in the case or stored with the organ
	KindDigests FieldKind = "digests"
	KindCase    FieldKind = "case" // the id of another case
)

// Field is one field of an act's payload.
type Field struct {
	Name     string
	Kind     FieldKind
	Title    casefile.Text
	Required bool
	Past     bool           // a date of something that has happened: not after today
	Enum     []string       // permitted values of KindText and KindTexts
	Fact     string         // the fact that the field establishes; empty: none
	Level    casefile.Level // who may know it, and the fact that it establishes
	For      casefile.Role  // the field names who is to act in this role; empty: it names nobody
	Other    Other          // which case a field of KindCase may name
}

// Other (另案) says which case an act may name. Whether there is such a case is asked
// before the act reaches the engine, as it is with documents: the record keeps the
// name, and the other case keeps its own record.
type Other struct {
	Procedures []string // ids of definitions that it may run under, without version; empty: any
	Follows    bool     // it was opened as one that follows this case
	Closed     bool     // it has ended
	Ends       []string // one of these ends was reached; empty: any
}

// Possible is an act that a case admits now.
type Possible struct {
	Kind    string // "<step>.<verb>"
	Step    string // empty for acts of the case
	Title   casefile.Text
	Spec    ActSpec
	Roles   []casefile.Role
	Gates   []rules.Ref  // asked before it, those of the transition included when the outcome is fixed
	Leads   []Transition // where the act can lead, all targets that the definition allows
	Allowed bool         // the actor holds one of the roles and no separation forbids it
}
