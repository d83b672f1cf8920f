package procedure

import "slices"

// Types gives the ids of all step types, in the order of the law.
func Types() []StepTypeID {
	return []StepTypeID{
		Intake, Study, Launch, Drafting, Coordination, Participation, ExpertArgument, RiskAssessment, FairCompetition,
		PreReview, LegalityReview, SubmissionCheck, Deliberation, PartyReport, Publication, Archive,
		Classification, ProjectApproval, OperatorConsultation, ImpactAssessment, DocumentCompetition, OfficeCheck, Registration, DocumentPublication, Filing,
		Handover, Execution, Adjustment, PostEvaluation, Accountability,
		ValidityWatch, ValidityDecision, ValidityPublication, ReviewReceipt, ReviewPreparation, ReviewReply, ReviewExplanation, ReviewResult, ReviewAction,
		ReviewPastDecisions,
		CleanupTrigger, CleanupPlan, CleanupInventory, CleanupReview, CleanupLegality, CleanupPublication, CleanupFollowup,
		CatalogueCall, CatalogueScreening, CatalogueConsent, CataloguePublication, CatalogueTracking, CatalogueAccount,
		FilingReception, FilingExamination, FilingCorrection,
	}
}

// Type gives the step type with the id. The groups are switches, so that nothing is
// registered anywhere.
func Type(id StepTypeID) (StepType, bool) {
	for _, group := range [...]func(StepTypeID) (StepType, bool){decisionType, documentType, executionType, lifeType, cleanupType, catalogueType, filingReviewType} {
		if t, ok := group(id); ok {
			return t, true
		}
	}
	return StepType{}, false
}

// decisionType gives the step types of a major decision.
func decisionType(id StepTypeID) (StepType, bool) {
	switch id {
	case Intake:
		return intake(), true
	case Study:
		return study(), true
	case Launch:
		return launch(), true
	case Drafting:
		return drafting(), true
	case Coordination:
		return coordination(), true
	case Participation:
		return participation(), true
	case ExpertArgument:
		return expertArgument(), true
	case RiskAssessment:
		return riskAssessment(), true
	case FairCompetition:
		return fairCompetition(), true
	case PreReview:
		return preReview(), true
	case LegalityReview:
		return legalityReview(), true
	case SubmissionCheck:
		return submissionCheck(), true
	case Deliberation:
		return deliberation(), true
	case PartyReport:
		return partyReport(), true
	case Publication:
		return publication(), true
	case Archive:
		return archive(), true
	default:
		return StepType{}, false
	}
}

// documentType gives the step types that only the making of a normative document has.
func documentType(id StepTypeID) (StepType, bool) {
	switch id {
	case Classification:
		return classification(), true
	case ProjectApproval:
		return projectApproval(), true
	case OperatorConsultation:
		return operatorConsultation(), true
	case ImpactAssessment:
		return impactAssessment(), true
	case DocumentCompetition:
		return documentCompetition(), true
	case OfficeCheck:
		return officeCheck(), true
	case Registration:
		return registration(), true
	case DocumentPublication:
		return documentPublication(), true
	case Filing:
		return filing(), true
	default:
		return StepType{}, false
	}
}

// executionType gives the step types of what follows a major decision.
func executionType(id StepTypeID) (StepType, bool) {
	switch id {
	case Handover:
		return handover(), true
	case Execution:
		return execution(), true
	case Adjustment:
		return adjustment(), true
	case PostEvaluation:
		return postEvaluation(), true
	case Accountability:
		return accountability(), true
	default:
		return StepType{}, false
	}
}

// lifeType gives the step types of documents in force.
func lifeType(id StepTypeID) (StepType, bool) {
	switch id {
	case ValidityWatch:
		return validityWatch(), true
	case ValidityDecision:
		return validityDecision(), true
	case ValidityPublication:
		return validityPublication(), true
	case ReviewReceipt:
		return reviewReceipt(), true
	case ReviewPreparation:
		return reviewPreparation(), true
	case ReviewReply:
		return reviewReply(), true
	case ReviewExplanation:
		return reviewExplanation(), true
	case ReviewResult:
		return reviewResult(), true
	case ReviewAction:
		return reviewAction(), true
	case ReviewPastDecisions:
		return reviewPastDecisions(), true
	default:
		return StepType{}, false
	}
}

// cleanupType gives the step types of clean-up campaigns.
func cleanupType(id StepTypeID) (StepType, bool) {
	switch id {
	case CleanupTrigger:
		return cleanupTrigger(), true
	case CleanupPlan:
		return cleanupPlan(), true
	case CleanupInventory:
		return cleanupInventory(), true
	case CleanupReview:
		return cleanupReview(), true
	case CleanupLegality:
		return cleanupLegality(), true
	case CleanupPublication:
		return cleanupPublication(), true
	case CleanupFollowup:
		return cleanupFollowup(), true
	default:
		return StepType{}, false
	}
}

// catalogueType gives the step types of the annual catalogue.
func catalogueType(id StepTypeID) (StepType, bool) {
	switch id {
	case CatalogueCall:
		return catalogueCall(), true
	case CatalogueScreening:
		return catalogueScreening(), true
	case CatalogueConsent:
		return catalogueConsent(), true
	case CataloguePublication:
		return cataloguePublication(), true
	case CatalogueTracking:
		return catalogueTracking(), true
	case CatalogueAccount:
		return catalogueAccount(), true
	default:
		return StepType{}, false
	}
}

// filingReviewType gives the step types of the filing review at the organ above.
func filingReviewType(id StepTypeID) (StepType, bool) {
	switch id {
	case FilingReception:
		return filingReception(), true
	case FilingExamination:
		return filingExamination(), true
	case FilingCorrection:
		return filingCorrection(), true
	default:
		return StepType{}, false
	}
}

// Act gives the act with the verb.
func (t StepType) Act(verb string) (ActSpec, bool) { return findAct(t.Acts, verb) }

func caseAct(verb string) (ActSpec, bool) { return findAct(CaseActs(), verb) }

func findAct(acts []ActSpec, verb string) (ActSpec, bool) {
	at := slices.IndexFunc(acts, func(a ActSpec) bool { return a.Verb == verb })
	if at < 0 {
		return ActSpec{}, false
	}
	return acts[at], true
}

// without gives the step type without the acts, and without the outcomes to which
// none of the other acts leads.
func (t StepType) without(verbs []string) StepType {
	t.Acts = slices.DeleteFunc(slices.Clone(t.Acts), func(a ActSpec) bool { return slices.Contains(verbs, a.Verb) })
	t.Outcomes = slices.DeleteFunc(slices.Clone(t.Outcomes), func(o string) bool {
		return !slices.ContainsFunc(t.Acts, func(a ActSpec) bool { return slices.Contains(a.Outcomes(), o) })
	})
	return t
}

// Outcomes gives the outcomes that the act can conclude its step with.
func (s ActSpec) Outcomes() []string {
	switch {
	case s.Outcome != "":
		return []string{s.Outcome}
	case s.OutcomeBy != "":
		f, _ := s.field(s.OutcomeBy)
		return f.Enum
	}
	return s.Among
}

func (s ActSpec) field(name string) (Field, bool) {
	at := slices.IndexFunc(s.Fields, func(f Field) bool { return f.Name == name })
	if at < 0 {
		return Field{}, false
	}
	return s.Fields[at], true
}
