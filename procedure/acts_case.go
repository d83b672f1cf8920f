package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// CaseActs gives the acts that belong to no step: suspending, resuming,
// withdrawing, terminating, sealing, and what may happen in any step.
func CaseActs() []ActSpec {
	return []ActSpec{
		{
			Verb: "suspend", Title: title("中止", "suspend the case"), Status: casefile.StatusSuspended, Check: stillOpen,
			Fields: []Field{
				reason().is("suspension_reason"),
				text("decided_by", "决定中止的机关或人员", "who decided").is("suspension_decided_by"),
				date("review_on", "复查日期", "date of the review").is("suspension_review_on"), attached(),
			},
			Watches: watchReview,
		},
		{
			Verb: "resume", Title: title("恢复", "resume the case"), Status: casefile.StatusRunning,
			WhileSuspended: true, OnlySuspended: true, Drops: []string{suspensionReview},
			Fields: []Field{
				reason().is("resume_reason"), text("decided_by", "决定恢复的机关或人员", "who decided").is("resume_decided_by"), attached(),
			},
		},
		{
			Verb: "withdraw", Title: title("撤回", "withdraw the matter"), WhileSuspended: true, Leaves: true, Check: beforeDecision,
			Fields: []Field{
				reason().is("withdrawal_reason"), text("agreed_by", "同意撤回的机关或人员", "who agreed").is("withdrawal_agreed_by"), attached(),
			},
		},
		{
			Verb: "terminate", Title: title("终止", "terminate the procedure"), WhileSuspended: true, Leaves: true, Check: beforeDecision,
			Fields: []Field{
				reason().is("termination_reason"), text("decided_by", "决定终止的机关", "body that decided").is("termination_decided_by"), attached(),
			},
		},
		determineAnything(),
		revise(),
		seal(),
		proposeAdoption(),
		adopt(),
		keep(),
		{
			Verb: "note", Title: title("记事", "note"), WhileSuspended: true,
			Fields: []Field{
				text("text", "内容", "text").must(), text("stall_reason", "停滞的理由", "reason for a standstill").is("stall_reason"), attached(),
			},
		},
		{
			Verb: "advance", Title: title("推进演练时钟", "move the practice clock"), PracticeOnly: true, WhileSuspended: true,
			Neutral: true, Clock: "to",
			Fields: []Field{date("to", "新的日期", "new date").must()},
		},
	}
}

// suspensionReview is the date on which a suspension is looked at again.
const suspensionReview = "suspension_review"

// watchReview watches the date of the review, so that a suspension is not
// forgotten.
func watchReview(facts casefile.Values) []casefile.Deadline {
	on := asDate(facts["suspension_review_on"])
	if on.IsZero() {
		return nil
	}
	return []casefile.Deadline{{
		ID: suspensionReview, Due: on, State: casefile.DeadlineOpen,
		Title: title("中止复查", "review of the suspension"),
	}}
}

// determineAnything records or alters any determination. Who determined it, and
// on which grounds, is part of the record.
func determineAnything() ActSpec {
	spec := determine()
	spec.WhileSuspended = true
	return spec
}

// revise files a new draft in any step before the draft goes to the body: what
// the meeting discusses must be what was checked.
func revise() ActSpec {
	return ActSpec{
		Verb: "revise", Title: title("提交修改后的草案", "file a revised draft"), FilesDraft: true,
		Fields: []Field{
			paper("draft", "草案（摘要值）", "the draft (digest)").must(), text("title", "草案标题", "title of the draft").must(),
			text("changes", "修改情况", "what was changed").must(),
		},
		Check: func(a *Acting) *casefile.Refusal {
			late := []StepTypeID{Deliberation, PartyReport, Registration, Publication, DocumentPublication, Filing, Archive,
				CleanupPublication, CleanupFollowup, CatalogueConsent, CataloguePublication, CatalogueTracking, CatalogueAccount}
			if slices.ContainsFunc(a.Types, func(t StepTypeID) bool { return slices.Contains(late, t) }) {
				return notNow("草案已提交集体讨论，须先退回才能修改。", "the draft is with the body; it has to come back before it can change")
			}
			if _, ok := a.Case.CurrentDraft(); !ok {
				return notNow("尚未提交草案。", "no draft has been filed yet")
			}
			return nil
		},
	}
}

// seal (发现涉密) takes a secret out of the system: contents are removed, a stub
// with the number in the classified register stays, and the steps that face the
// public can be closed as lawfully withheld.
func seal() ActSpec {
	return ActSpec{
		Verb: "seal", Title: title("发现涉密，封存移出", "seal: a secret was found"), WhileSuspended: true, Withdraws: "documents",
		Fields: []Field{
			text("register_number", "涉密登记编号", "number in the classified register").must().restricted(),
			text("basis", "不予公开的法律依据", "legal ground of non-disclosure").must().is("non_disclosure_basis"),
			papers("documents", "移出的材料（摘要值）", "papers whose content is removed (digests)").must(),
			text("instruction", "保密工作机构的处理意见", "instruction of the secrecy office").must().restricted(),
		},
		Sets: casefile.Values{"contains_state_secret": true, "non_disclosable_by_law": true, "secrecy_review_done": true},
	}
}

// stillOpen refuses once it is settled how the case ends.
func stillOpen(a *Acting) *casefile.Refusal {
	if a.Case.End != "" {
		return notNow("案件的结果已定，只待归档。", "it is settled how the case ends; only the file has to be closed")
	}
	return nil
}

// beforeDecision refuses what would end the procedure after the decision has
// been taken: a decision is changed only by the procedure for that.
func beforeDecision(a *Acting) *casefile.Refusal {
	if refusal := stillOpen(a); refusal != nil {
		return refusal
	}
	if !a.factDate("decided_on").IsZero() {
		return notNow("决策已经作出，不能再撤回或者终止；变更或者停止执行须另依法定程序。",
			"the decision has been taken; changing or stopping it is another procedure")
	}
	return nil
}
