package workflows

import (
	"slices"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/zhengdang/chengxu/casefile"
)

// The search attributes by which the stock Temporal tools find cases.
var (
	attrStatus    = temporal.NewSearchAttributeKeyKeyword("CaseStatus")
	attrOrgan     = temporal.NewSearchAttributeKeyKeyword("CaseOrgan")
	attrProcedure = temporal.NewSearchAttributeKeyKeyword("CaseProcedure")
	attrSteps     = temporal.NewSearchAttributeKeyKeywordList("CaseSteps")
	attrPractice  = temporal.NewSearchAttributeKeyBool("CasePractice")
)

// SearchAttributes gives the search attributes of a case's workflow, which the
// namespace must know, with their types.
func SearchAttributes() map[string]enumspb.IndexedValueType {
	out := map[string]enumspb.IndexedValueType{}
	for _, key := range []temporal.SearchAttributeKey{attrStatus, attrOrgan, attrProcedure, attrSteps, attrPractice} {
		out[key.GetName()] = key.GetValueType()
	}
	return out
}

// shown is what the search attributes say now.
type shown struct {
	status casefile.Status
	steps  []string
}

// show brings the search attributes up to date when status or steps changed.
func (r *run) show(ctx workflow.Context) error {
	now := shown{status: r.c.Status}
	for _, s := range r.c.ActiveSteps() {
		now.steps = append(now.steps, s.Step)
	}
	if now.status == r.shown.status && slices.Equal(now.steps, r.shown.steps) {
		return nil
	}
	updates := []temporal.SearchAttributeUpdate{
		attrStatus.ValueSet(string(now.status)),
		attrSteps.ValueSet(now.steps),
	}
	if r.shown.status == "" {
		name, _, _ := strings.Cut(r.in.Pinned.Procedure, "@")
		updates = append(updates, attrOrgan.ValueSet(string(r.in.Organ)),
			attrProcedure.ValueSet(name), attrPractice.ValueSet(r.in.Practice))
	}
	r.shown = now
	return workflow.UpsertTypedSearchAttributes(ctx, updates...)
}
