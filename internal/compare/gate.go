package compare

// rule is a rule of the shipped pack as CEL and as Rego. Rego is a list of bodies
// of which one has to hold.
type rule struct {
	id   string
	cel  string
	rego []string
}

// gate gives the thirty rules. They are those of cn.713@2019 that need neither a
// calendar nor a parameter; a date is a text YYYY-MM-DD, "" when it is not set,
// and compares as such.
func gate() []rule {
	return append(append(argumentRules(), deliberationRules()...), participationRules()...)
}

func argumentRules() []rule {
	return []rule{
		{"mad-expert-required", `!highly_technical || expert_argument_done`,
			[]string{`not input.highly_technical`, `input.expert_argument_done`}},
		{"mad-expert-no-interest", `!experts.exists(x, x in conflicted)`,
			[]string{`every x in input.experts { not x in input.conflicted }`}},
		{"mad-expert-diversity", `expert_count == 0 || has_dissenting_expert`,
			[]string{`input.expert_count == 0`, `input.has_dissenting_expert`}},
		{"mad-expert-pool-fallback", `expert_source in ["own-pool", "superior-pool"] && (own_pool || expert_source != "own-pool") || outside_reason != ""`,
			[]string{
				`input.expert_source in ["own-pool", "superior-pool"]; input.own_pool`,
				`input.expert_source in ["own-pool", "superior-pool"]; input.expert_source != "own-pool"`,
				`input.outside_reason != ""`,
			}},
		{"mad-expert-opinion-signed", `written_opinions == signed_opinions`,
			[]string{`input.written_opinions == input.signed_opinions`}},
		{"mad-risk-assessment-required", `!may_cause_adverse_impact || risk_report_filed || already_assessed_ref != ""`,
			[]string{`not input.may_cause_adverse_impact`, `input.risk_report_filed`, `input.already_assessed_ref != ""`}},
		{"mad-risk-report-content", `!risk_report_filed || ["dept-views", "risk-points", "measures", "response-plan"].all(x, x in risk_report_has)`,
			[]string{`not input.risk_report_filed`, `every x in ["dept-views", "risk-points", "measures", "response-plan"] { x in input.risk_report_has }`}},
		{"mad-risk-controllable", `!may_cause_adverse_impact || chief_decision in ["reject", "defer"] || (risk_conclusion == "controllable" && assessed_version == draft_version)`,
			[]string{
				`not input.may_cause_adverse_impact`, `input.chief_decision in ["reject", "defer"]`,
				`input.risk_conclusion == "controllable"; input.assessed_version == input.draft_version`,
			}},
		{"mad-fair-competition-done", `!affects_operators || fc_conclusion in ["compliant", "exception"]`,
			[]string{`not input.affects_operators`, `input.fc_conclusion in ["compliant", "exception"]`}},
		{"mad-draft-legal-scan", `legal_basis_list_filed && policy_consistency_note_filed`,
			[]string{`input.legal_basis_list_filed; input.policy_consistency_note_filed`}},
		{"mad-cost-benefit-analysis", `cost_benefit_filed || not_needed_reason != ""`,
			[]string{`input.cost_benefit_filed`, `input.not_needed_reason != ""`}},
		{"mad-interagency-consult", `affected_units.all(x, x in consulted_units) && (!unresolved || dispute_note_filed)`,
			[]string{
				`every x in input.affected_units { x in input.consulted_units }; not input.unresolved`,
				`every x in input.affected_units { x in input.consulted_units }; input.dispute_note_filed`,
			}},
	}
}

func deliberationRules() []rule {
	return []rule{
		{"mad-meeting-form", `meeting_kind in ["executive", "plenary"] || (body_kind == "sub-district" && meeting_kind == "director-office")`,
			[]string{`input.meeting_kind in ["executive", "plenary"]`, `input.body_kind == "sub-district"; input.meeting_kind == "director-office"`}},
		{"mad-members-voiced", `present.all(x, x in recorded_views)`,
			[]string{`every x in input.present { x in input.recorded_views }`}},
		{"mad-chief-deviation-reason", `majority_view == "split" || chief_decision == majority_view || (reason_given_at_meeting && reason_in_minutes != "")`,
			[]string{`input.majority_view == "split"`, `input.chief_decision == input.majority_view`, `input.reason_given_at_meeting; input.reason_in_minutes != ""`}},
		{"mad-dissent-recorded", `minutes_signed && dissenters.all(x, x in dissents_in_minutes)`,
			[]string{`input.minutes_signed; every x in input.dissenters { x in input.dissents_in_minutes }`}},
		{"mad-legality-materials", `["draft", "legal-basis", "procedure-statement"].all(x, x in review_pack)`,
			[]string{`every x in ["draft", "legal-basis", "procedure-statement"] { x in input.review_pack }`}},
		{"mad-legality-no-substitute", `review_basis == "formal-review"`,
			[]string{`input.review_basis == "formal-review"`}},
		{"mad-legality-counsel-involved", `counsel_opinion_filed`,
			[]string{`input.counsel_opinion_filed`}},
		{"mad-legality-scope-complete", `["competence", "procedure", "content"].all(x, x in opinion_covers)`,
			[]string{`every x in ["competence", "procedure", "content"] { x in input.opinion_covers }`}},
		{"mad-legality-gate", `reviewed && (review_conclusion in ["lawful", "lawful-with-conditions"] || (exploratory_reform && state_rule_absent && legal_risk_disclosed))`,
			[]string{
				`input.reviewed; input.review_conclusion in ["lawful", "lawful-with-conditions"]`,
				`input.reviewed; input.exploratory_reform; input.state_rule_absent; input.legal_risk_disclosed`,
			}},
		{"mad-legality-conditions-closed", `conditions_met + conditions_explained >= conditions`,
			[]string{`input.conditions_met + input.conditions_explained >= input.conditions`}},
		{"mad-legality-version-match", `reviewed_version == draft_version || !changes_since_review_substantive`,
			[]string{`input.reviewed_version == input.draft_version`, `not input.changes_since_review_substantive`}},
	}
}

func participationRules() []rule {
	return []rule{
		{"mad-participation-required", `non_disclosable_by_law || size(participation_methods) >= 1`,
			[]string{`input.non_disclosable_by_law`, `count(input.participation_methods) >= 1`}},
		{"mad-specific-group-consulted", `!affects_specific_group || ["people-org", "social-org", "representatives"].all(x, x in group_parties_consulted)`,
			[]string{`not input.affects_specific_group`, `every x in ["people-org", "social-org", "representatives"] { x in input.group_parties_consulted }`}},
		{"mad-comment-notice-content", `["draft", "explanation", "channel", "deadline"].all(x, x in notice_has)`,
			[]string{`every x in ["draft", "explanation", "channel", "deadline"] { x in input.notice_has }`}},
		{"mad-comment-window-elapsed", `comment_close_on == "" || today > comment_close_on`,
			[]string{`input.comment_close_on == ""`, `input.today > input.comment_close_on`}},
		{"mad-opinions-processed", `opinions_received == 0 || (opinions_answered == opinions_received && adoption_report_filed)`,
			[]string{`input.opinions_received == 0`, `input.opinions_answered == input.opinions_received; input.adoption_report_filed`}},
		{"mad-party-report-before-issue", `!party_report_required || (party_reported_on != "" && (issue_on == "" || party_reported_on <= issue_on))`,
			[]string{
				`not input.party_report_required`, `input.party_reported_on != ""; input.issue_on == ""`,
				`input.party_reported_on != ""; input.party_reported_on <= input.issue_on`,
			}},
		{"mad-npc-report", `!npc_matter || npc_step_done`,
			[]string{`not input.npc_matter`, `input.npc_step_done`}},
	}
}
