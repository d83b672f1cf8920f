// Package access says who may do and see what: every read, list, count, search,
// stream, export and act of API and pages goes through its [Guard]. An action
// says who may try it at all; the guard then looks at the case, the document or
// the field itself.
//
// It knows neither HTTP nor databases.
package access

import (
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// Action is what a request wants to do. Every route has one.
type Action string

// The actions. Each route of openapi.yaml names its own as x-action.
const (
	ReadService Action = "service.read" // contract, health
	OpenCase    Action = "case.open"
	ActOnCase   Action = "case.act"
	TryAct      Action = "case.try"  // dry run
	KeepForm    Action = "form.keep" // what somebody typed and has not done yet
	ListCases   Action = "case.list"
	ReadCase    Action = "case.read"
	ExportCase  Action = "case.export"
	VerifyCase  Action = "case.verify"
	AuditCases  Action = "case.audit" // search and sample for an audit
	ReadFigures Action = "figures.read"
	PlanCases   Action = "case.plan"
	ReadLaw     Action = "law.read" // procedures: what the law asks for is no secret
	PutDocument Action = "document.put"
	GetDocument Action = "document.get"

	ReadWork   Action = "work.read"   // work lists, why a task is there, notices
	ManageFeed Action = "feed.manage" // the addresses of the caller's own calendar feeds
	ReadFeed   Action = "feed.read"   // the secret in the address is what lets in
)

// Actions gives every action.
func Actions() []Action {
	return []Action{
		ReadService, OpenCase, ActOnCase, TryAct, KeepForm, ListCases, ReadCase, ExportCase, VerifyCase, AuditCases, ReadFigures, PlanCases, ReadLaw,
		PutDocument, GetDocument, MakePapers,
		ReadDirectory, WriteDirectory, ReadChanges, DeclareInterest, OwnKeys,
		ReadPublic, CommentOn, ReadComments, Moderate,
		BeginSession, OwnSession, OwnTokens, WriteAccounts, ReadAccounts, ReadKeeping, ReadSignIns,
		ReadWork, ManageFeed, ReadFeed,
		ReadEvents, ManageWebhooks, ReadHealth, ReadImpact,
		ReadNumbers, WriteNumbers,
		ReadFindings, WriteFindings, ReplyFinding, ReadReviews, WriteReviews, ReadFilings, ReceiveFilings,
		ReadAnnual, FreezeAnnual,
	}
}

// Who is a class of callers.
type Who string

const (
	Anyone        Who = "anyone"        // the public; nobody has to sign in
	Staff         Who = "staff"         // holds a role of a procedure, or trains others
	Auditor       Who = "auditor"       //
	Administrator Who = "administrator" //
)

// Rule says who may try an action, and with which scope of a token.
type Rule struct {
	Who   []Who
	Scope auth.Scope
}

// RuleFor gives the rule of an action; ok is false for one that does not exist.
func RuleFor(a Action) (rule Rule, ok bool) {
	staff, readers := []Who{Staff}, []Who{Staff, Auditor}
	switch a {
	case ReadService, ReadLaw, BeginSession, ReadPublic, CommentOn, ReadFeed:
		return Rule{Who: []Who{Anyone}}, true
	case OpenCase, ActOnCase, TryAct, KeepForm, PutDocument, Moderate, ReplyFinding, ReceiveFilings:
		return Rule{Who: staff, Scope: auth.ScopeAct}, true
	case ListCases, ReadFigures, ReadComments, ReadCase, ExportCase, VerifyCase, PlanCases, GetDocument, MakePapers, ReadWork, ManageFeed, ReadFindings, ReadReviews:
		return Rule{Who: readers, Scope: auth.ScopeRead}, true
	case ReadFilings:
		return Rule{Who: staff, Scope: auth.ScopeRead}, true
	case AuditCases:
		return Rule{Who: []Who{Auditor}, Scope: auth.ScopeRead}, true
	case WriteFindings, WriteReviews:
		return Rule{Who: []Who{Auditor}, Scope: auth.ScopeAct}, true
	case ReadAnnual:
		return Rule{Who: []Who{Staff, Auditor, Administrator}, Scope: auth.ScopeRead}, true
	case FreezeAnnual:
		return Rule{Who: []Who{Auditor, Administrator}, Scope: auth.ScopeAct}, true
	case ReadDirectory:
		return Rule{Who: []Who{Staff, Auditor, Administrator}, Scope: auth.ScopeRead}, true
	case DeclareInterest, OwnKeys:
		return Rule{Who: staff, Scope: auth.ScopeAct}, true
	case WriteDirectory:
		return Rule{Who: []Who{Administrator}, Scope: auth.ScopeAdmin}, true
	case ReadEvents:
		return Rule{Who: readers, Scope: auth.ScopeEvents}, true
	case OwnSession:
		return Rule{Who: []Who{Staff, Auditor, Administrator}}, true
	case OwnTokens:
		return Rule{Who: []Who{Staff, Auditor, Administrator}, Scope: auth.ScopeAdmin}, true
	case WriteAccounts, ReadAccounts, ManageWebhooks, WriteNumbers:
		return Rule{Who: []Who{Administrator}, Scope: auth.ScopeAdmin}, true
	case ReadChanges, ReadNumbers, ReadKeeping, ReadSignIns, ReadHealth, ReadImpact:
		return Rule{Who: []Who{Auditor, Administrator}, Scope: auth.ScopeRead}, true
	}
	return Rule{}, false
}

// Classes gives the classes that a caller belongs to.
func Classes(p auth.Principal) []Who {
	out := []Who{Anyone}
	if p.Public() {
		return out
	}
	for _, role := range p.Roles {
		class := Staff
		switch role {
		case auth.Auditor:
			class = Auditor
		case auth.Administrator:
			class = Administrator
		}
		if !slices.Contains(out, class) {
			out = append(out, class)
		}
	}
	if p.Deputises() && !slices.Contains(out, Staff) {
		out = append(out, Staff)
	}
	return out
}

// Permit says whether the caller may try the action at all:
// [auth.ErrUnauthenticated] when somebody has to sign in for it,
// [casefile.ErrForbidden] when it is not for this caller.
func Permit(p auth.Principal, a Action) error {
	rule, ok := RuleFor(a)
	if !ok {
		return fmt.Errorf("action %q has no rule: %w", a, casefile.ErrForbidden)
	}
	if slices.Contains(rule.Who, Anyone) {
		return nil
	}
	if p.Public() {
		return fmt.Errorf("%s: %w", a, auth.ErrUnauthenticated)
	}
	if p.MustChange && a != OwnSession {
		return fmt.Errorf("%s: %w: %w", a, ErrMustChange, casefile.ErrForbidden)
	}
	if !slices.ContainsFunc(Classes(p), func(w Who) bool { return slices.Contains(rule.Who, w) }) {
		return fmt.Errorf("%s is not for roles %v: %w", a, p.Roles, casefile.ErrForbidden)
	}
	if rule.Scope != "" && !p.May(rule.Scope) {
		return fmt.Errorf("%s needs a token of scope %s: %w", a, rule.Scope, casefile.ErrForbidden)
	}
	return nil
}
