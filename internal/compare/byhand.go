package compare

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// facts are the facts of the gate, typed.
type facts struct {
	adoptionReportFiled           bool
	affectedUnits                 []string
	affectsOperators              bool
	affectsSpecificGroup          bool
	alreadyAssessedRef            string
	assessedVersion               int64
	bodyKind                      string
	changesSinceReviewSubstantive bool
	chiefDecision                 string
	commentCloseOn                string
	conditions                    int64
	conditionsExplained           int64
	conditionsMet                 int64
	conflicted                    []string
	consultedUnits                []string
	costBenefitFiled              bool
	counselOpinionFiled           bool
	disputeNoteFiled              bool
	dissenters                    []string
	dissentsInMinutes             []string
	draftVersion                  int64
	expertArgumentDone            bool
	expertCount                   int64
	expertSource                  string
	experts                       []string
	exploratoryReform             bool
	fcConclusion                  string
	groupPartiesConsulted         []string
	hasDissentingExpert           bool
	highlyTechnical               bool
	issueOn                       string
	legalBasisListFiled           bool
	legalRiskDisclosed            bool
	majorityView                  string
	mayCauseAdverseImpact         bool
	meetingKind                   string
	minutesSigned                 bool
	nonDisclosableByLaw           bool
	notNeededReason               string
	noticeHas                     []string
	npcMatter                     bool
	npcStepDone                   bool
	opinionCovers                 []string
	opinionsAnswered              int64
	opinionsReceived              int64
	outsideReason                 string
	ownPool                       bool
	participationMethods          []string
	partyReportRequired           bool
	partyReportedOn               string
	policyConsistencyNoteFiled    bool
	present                       []string
	reasonGivenAtMeeting          bool
	reasonInMinutes               string
	recordedViews                 []string
	reviewBasis                   string
	reviewConclusion              string
	reviewPack                    []string
	reviewed                      bool
	reviewedVersion               int64
	riskConclusion                string
	riskReportFiled               bool
	riskReportHas                 []string
	signedOpinions                int64
	stateRuleAbsent               bool
	today                         string
	unresolved                    bool
	writtenOpinions               int64
}

// factsOf reads the facts from their common form.
func factsOf(v casefile.Values) *facts {
	f := &facts{}
	f.readFlags(v)
	f.readOthers(v)
	return f
}

func (f *facts) readFlags(v casefile.Values) {
	f.adoptionReportFiled = read[bool](v, "adoption_report_filed")
	f.affectsOperators = read[bool](v, "affects_operators")
	f.affectsSpecificGroup = read[bool](v, "affects_specific_group")
	f.changesSinceReviewSubstantive = read[bool](v, "changes_since_review_substantive")
	f.costBenefitFiled = read[bool](v, "cost_benefit_filed")
	f.counselOpinionFiled = read[bool](v, "counsel_opinion_filed")
	f.disputeNoteFiled = read[bool](v, "dispute_note_filed")
	f.expertArgumentDone = read[bool](v, "expert_argument_done")
	f.exploratoryReform = read[bool](v, "exploratory_reform")
	f.hasDissentingExpert = read[bool](v, "has_dissenting_expert")
	f.highlyTechnical = read[bool](v, "highly_technical")
	f.legalBasisListFiled = read[bool](v, "legal_basis_list_filed")
	f.legalRiskDisclosed = read[bool](v, "legal_risk_disclosed")
	f.mayCauseAdverseImpact = read[bool](v, "may_cause_adverse_impact")
	f.minutesSigned = read[bool](v, "minutes_signed")
	f.nonDisclosableByLaw = read[bool](v, "non_disclosable_by_law")
	f.npcMatter = read[bool](v, "npc_matter")
	f.npcStepDone = read[bool](v, "npc_step_done")
	f.ownPool = read[bool](v, "own_pool")
	f.partyReportRequired = read[bool](v, "party_report_required")
	f.policyConsistencyNoteFiled = read[bool](v, "policy_consistency_note_filed")
	f.reasonGivenAtMeeting = read[bool](v, "reason_given_at_meeting")
	f.reviewed = read[bool](v, "reviewed")
	f.riskReportFiled = read[bool](v, "risk_report_filed")
	f.stateRuleAbsent = read[bool](v, "state_rule_absent")
	f.unresolved = read[bool](v, "unresolved")
}

func (f *facts) readOthers(v casefile.Values) {
	f.affectedUnits = read[[]string](v, "affected_units")
	f.alreadyAssessedRef = read[string](v, "already_assessed_ref")
	f.assessedVersion = read[int64](v, "assessed_version")
	f.bodyKind = read[string](v, "body_kind")
	f.chiefDecision = read[string](v, "chief_decision")
	f.commentCloseOn = read[string](v, "comment_close_on")
	f.conditions = read[int64](v, "conditions")
	f.conditionsExplained = read[int64](v, "conditions_explained")
	f.conditionsMet = read[int64](v, "conditions_met")
	f.conflicted = read[[]string](v, "conflicted")
	f.consultedUnits = read[[]string](v, "consulted_units")
	f.dissenters = read[[]string](v, "dissenters")
	f.dissentsInMinutes = read[[]string](v, "dissents_in_minutes")
	f.draftVersion = read[int64](v, "draft_version")
	f.expertCount = read[int64](v, "expert_count")
	f.expertSource = read[string](v, "expert_source")
	f.experts = read[[]string](v, "experts")
	f.fcConclusion = read[string](v, "fc_conclusion")
	f.groupPartiesConsulted = read[[]string](v, "group_parties_consulted")
	f.issueOn = read[string](v, "issue_on")
	f.majorityView = read[string](v, "majority_view")
	f.meetingKind = read[string](v, "meeting_kind")
	f.notNeededReason = read[string](v, "not_needed_reason")
	f.noticeHas = read[[]string](v, "notice_has")
	f.opinionCovers = read[[]string](v, "opinion_covers")
	f.opinionsAnswered = read[int64](v, "opinions_answered")
	f.opinionsReceived = read[int64](v, "opinions_received")
	f.outsideReason = read[string](v, "outside_reason")
	f.participationMethods = read[[]string](v, "participation_methods")
	f.partyReportedOn = read[string](v, "party_reported_on")
	f.present = read[[]string](v, "present")
	f.reasonInMinutes = read[string](v, "reason_in_minutes")
	f.recordedViews = read[[]string](v, "recorded_views")
	f.reviewBasis = read[string](v, "review_basis")
	f.reviewConclusion = read[string](v, "review_conclusion")
	f.reviewPack = read[[]string](v, "review_pack")
	f.reviewedVersion = read[int64](v, "reviewed_version")
	f.riskConclusion = read[string](v, "risk_conclusion")
	f.riskReportHas = read[[]string](v, "risk_report_has")
	f.signedOpinions = read[int64](v, "signed_opinions")
	f.today = read[string](v, "today")
	f.writtenOpinions = read[int64](v, "written_opinions")
}

// read gives a fact; the zero value when it is missing.
func read[T any](v casefile.Values, name string) T {
	value, _ := v[name].(T)
	return value
}

// failing gives the rules that are not met, as one would write them in Go.
func (f *facts) failing() []string {
	return f.participation(f.deliberation(f.argument(nil)))
}

func (f *facts) argument(out []string) []string {
	if !(!f.highlyTechnical || f.expertArgumentDone) {
		out = append(out, "mad-expert-required")
	}
	if !(!slices.ContainsFunc(f.experts, in(f.conflicted))) {
		out = append(out, "mad-expert-no-interest")
	}
	if !(f.expertCount == 0 || f.hasDissentingExpert) {
		out = append(out, "mad-expert-diversity")
	}
	if !((f.expertSource == "own-pool" || f.expertSource == "superior-pool") && (f.ownPool || f.expertSource != "own-pool") || f.outsideReason != "") {
		out = append(out, "mad-expert-pool-fallback")
	}
	if !(f.writtenOpinions == f.signedOpinions) {
		out = append(out, "mad-expert-opinion-signed")
	}
	if !(!f.mayCauseAdverseImpact || f.riskReportFiled || f.alreadyAssessedRef != "") {
		out = append(out, "mad-risk-assessment-required")
	}
	if !(!f.riskReportFiled || holds(f.riskReportHas, "dept-views", "risk-points", "measures", "response-plan")) {
		out = append(out, "mad-risk-report-content")
	}
	if !(!f.mayCauseAdverseImpact || (f.chiefDecision == "reject" || f.chiefDecision == "defer") || (f.riskConclusion == "controllable" && f.assessedVersion == f.draftVersion)) {
		out = append(out, "mad-risk-controllable")
	}
	if !(!f.affectsOperators || (f.fcConclusion == "compliant" || f.fcConclusion == "exception")) {
		out = append(out, "mad-fair-competition-done")
	}
	if !(f.legalBasisListFiled && f.policyConsistencyNoteFiled) {
		out = append(out, "mad-draft-legal-scan")
	}
	if !(f.costBenefitFiled || f.notNeededReason != "") {
		out = append(out, "mad-cost-benefit-analysis")
	}
	if !(holds(f.consultedUnits, f.affectedUnits...) && (!f.unresolved || f.disputeNoteFiled)) {
		out = append(out, "mad-interagency-consult")
	}
	return out
}

func (f *facts) deliberation(out []string) []string {
	if !((f.meetingKind == "executive" || f.meetingKind == "plenary") || (f.bodyKind == "sub-district" && f.meetingKind == "director-office")) {
		out = append(out, "mad-meeting-form")
	}
	if !(holds(f.recordedViews, f.present...)) {
		out = append(out, "mad-members-voiced")
	}
	if !(f.majorityView == "split" || f.chiefDecision == f.majorityView || (f.reasonGivenAtMeeting && f.reasonInMinutes != "")) {
		out = append(out, "mad-chief-deviation-reason")
	}
	if !(f.minutesSigned && holds(f.dissentsInMinutes, f.dissenters...)) {
		out = append(out, "mad-dissent-recorded")
	}
	if !(holds(f.reviewPack, "draft", "legal-basis", "procedure-statement")) {
		out = append(out, "mad-legality-materials")
	}
	if !(f.reviewBasis == "formal-review") {
		out = append(out, "mad-legality-no-substitute")
	}
	if !(f.counselOpinionFiled) {
		out = append(out, "mad-legality-counsel-involved")
	}
	if !(holds(f.opinionCovers, "competence", "procedure", "content")) {
		out = append(out, "mad-legality-scope-complete")
	}
	if !(f.reviewed && ((f.reviewConclusion == "lawful" || f.reviewConclusion == "lawful-with-conditions") || (f.exploratoryReform && f.stateRuleAbsent && f.legalRiskDisclosed))) {
		out = append(out, "mad-legality-gate")
	}
	if !(f.conditionsMet+f.conditionsExplained >= f.conditions) {
		out = append(out, "mad-legality-conditions-closed")
	}
	if !(f.reviewedVersion == f.draftVersion || !f.changesSinceReviewSubstantive) {
		out = append(out, "mad-legality-version-match")
	}
	return out
}

func (f *facts) participation(out []string) []string {
	if !(f.nonDisclosableByLaw || len(f.participationMethods) >= 1) {
		out = append(out, "mad-participation-required")
	}
	if !(!f.affectsSpecificGroup || holds(f.groupPartiesConsulted, "people-org", "social-org", "representatives")) {
		out = append(out, "mad-specific-group-consulted")
	}
	if !(holds(f.noticeHas, "draft", "explanation", "channel", "deadline")) {
		out = append(out, "mad-comment-notice-content")
	}
	if !(f.commentCloseOn == "" || f.today > f.commentCloseOn) {
		out = append(out, "mad-comment-window-elapsed")
	}
	if !(f.opinionsReceived == 0 || (f.opinionsAnswered == f.opinionsReceived && f.adoptionReportFiled)) {
		out = append(out, "mad-opinions-processed")
	}
	if !(!f.partyReportRequired || (f.partyReportedOn != "" && (f.issueOn == "" || f.partyReportedOn <= f.issueOn))) {
		out = append(out, "mad-party-report-before-issue")
	}
	if !(!f.npcMatter || f.npcStepDone) {
		out = append(out, "mad-npc-report")
	}
	return out
}

// holds reports whether a list holds all the items.
func holds(list []string, items ...string) bool {
	for _, item := range items {
		if !slices.Contains(list, item) {
			return false
		}
	}
	return true
}

// in gives the test whether an item is in a list.
func in(list []string) func(string) bool {
	return func(item string) bool { return slices.Contains(list, item) }
}
