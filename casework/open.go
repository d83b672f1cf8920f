package casework

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/workflows"
)

// Bounds of a matter, in characters.
const (
	maxTitle    = 300
	maxCategory = 100
)

// maxOverlays bounds the overlays that a practice case names.
const maxOverlays = 10

// Blocked is the error of an opening that the rules do not allow. No case came
// into being.
type Blocked struct{ Verdict casefile.Verdict }

func (b *Blocked) Error() string { return "the rules do not let this case be opened" }

// Unwrap gives the kind of the error.
func (b *Blocked) Unwrap() error { return casefile.ErrConflict }

// open is [Service.Open], unwatched.
func (s *Service) open(ctx context.Context, o Opening) (Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, s.o.AnswerWithin)
	defer cancel()
	def, ok := s.o.Library.Definition(o.Procedure)
	if !ok || !def.OpenTo(o.Organ) {
		return Reply{}, fmt.Errorf("procedure %q: %w", o.Procedure, casefile.ErrNotFound)
	}
	if refusal := checkOpening(o); refusal != nil {
		return Reply{}, refusal
	}
	if err := s.checkFollows(ctx, def, o); err != nil {
		return Reply{}, err
	}
	on := o.Starts
	if !o.Practice {
		on = legaltime.DateIn(time.Now(), legaltime.China)
	}
	packs, err := s.packsFor(ctx, def, o, on)
	if err != nil {
		return Reply{}, err
	}
	pinned, err := s.o.Library.pin(ctx, def, packs, s.o.Store)
	if err != nil {
		return Reply{}, err
	}
	in := workflows.CaseInput{
		Case:          CaseID(o.Organ, o.ID),
		Organ:         o.Organ,
		Matter:        o.Matter,
		Opening:       casefile.Act{ID: o.ID, Kind: "case.open", By: o.By, With: o.With},
		Practice:      o.Practice,
		Starts:        o.Starts,
		Pinned:        pinned,
		Definition:    def.Canonical(),
		Initial:       procedure.InitialFacts(packs),
		ContinueAfter: s.o.ContinueAfter,
	}
	known, err := s.o.Store.Case(ctx, in.Case)
	switch {
	case err == nil:
		return s.reopened(ctx, known, in)
	case !errors.Is(err, casefile.ErrNotFound):
		return Reply{}, err
	}
	about := casefile.Case{ID: in.Case, Organ: in.Organ, Matter: in.Matter, Practice: in.Practice, Today: on}
	if in.Opening, err = s.independent(ctx, def, &about, in.Opening); err != nil {
		return Reply{}, err
	}
	if err := s.mayOpen(ctx, in); err != nil {
		return Reply{}, err
	}
	return s.start(ctx, in)
}

// mayOpen asks procedure and rules before a workflow exists. The workflow asks
// again and records the answer.
func (s *Service) mayOpen(ctx context.Context, in workflows.CaseInput) error {
	def, _ := s.o.Library.Definition(in.Pinned.Procedure)
	plan, refusal := def.PlanOpening(in.NewCase(s.today(in)))
	if refusal != nil {
		return refusal
	}
	judge, err := s.o.Judges.JudgeFor(ctx, in.Pinned)
	if err != nil {
		return err
	}
	judgement, err := judge.Judge(plan.Judge())
	if err != nil {
		return fmt.Errorf("judge opening: %w", err)
	}
	if entry := plan.Entry(judgement); entry.Kind != casefile.EntryOpened {
		return &Blocked{Verdict: *entry.Verdict}
	}
	return nil
}

func (s *Service) start(ctx context.Context, in workflows.CaseInput) (Reply, error) {
	_, err := s.o.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       workflows.WorkflowID(in.Case),
		TaskQueue:                                s.o.TaskQueue,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		StaticSummary:                            in.Matter.Title,
		WorkflowExecutionErrorWhenAlreadyStarted: false,
	}, workflows.CaseWorkflow, in)
	var started *serviceerror.WorkflowExecutionAlreadyStarted
	if err != nil && !errors.As(err, &started) {
		return Reply{}, fmt.Errorf("start case %s: %w", in.Case, err)
	}
	handle, err := s.o.Temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID:   workflows.WorkflowID(in.Case),
		UpdateID:     "opened",
		UpdateName:   workflows.UpdateOpened,
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return Reply{}, fmt.Errorf("open case %s: %w", in.Case, err)
	}
	if err := handle.Get(ctx, nil); err != nil {
		return Reply{}, fmt.Errorf("open case %s: %w", in.Case, err)
	}
	// Somebody else may have opened it with the same id a moment before.
	known, err := s.o.Store.Case(ctx, in.Case)
	if err != nil {
		return Reply{}, err
	}
	return s.reopened(ctx, known, in)
}

// reopened answers an opening whose case exists.
func (s *Service) reopened(ctx context.Context, known casefile.Case, in workflows.CaseInput) (Reply, error) {
	first, err := s.o.Store.Entry(ctx, known.ID, 1)
	if err != nil {
		return Reply{}, err
	}
	if first.Act != nil && first.Act.By.Person == in.Opening.By.Person { // what the person holds by now is no part of the opening
		in.Opening.By.Roles = first.Act.By.Roles
	}
	same := first.Act != nil && first.Matter != nil && first.Pinned != nil && workflows.ActDigest(*first.Act) == workflows.ActDigest(in.Opening) &&
		*first.Matter == in.Matter && first.Practice == in.Practice && (!in.Practice || first.On == in.Starts) &&
		first.Pinned.Procedure == in.Pinned.Procedure
	if !same {
		return Reply{}, reusedID("case.open")
	}
	return s.reply(ctx, known.ID, 1)
}

// CaseID derives the id of a case from the opening's idempotency key, so that
// opening twice is opening once.
func CaseID(organ casefile.OrganID, openingID string) casefile.ID {
	sum := sha256.Sum256([]byte(string(organ) + "\x00" + openingID))
	return casefile.ID(strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10])))
}

func checkOpening(o Opening) *casefile.Refusal {
	bad := func(field, zh, en string) *casefile.Refusal {
		return &casefile.Refusal{Code: casefile.RefusedBadValue, Act: "case.open", Field: field, Message: casefile.Text{ZH: zh, EN: en}}
	}
	switch title := strings.TrimSpace(o.Matter.Title); {
	case !idPattern.MatchString(o.ID):
		return bad("id", "编号须为1至100个字母、数字或 . _ : - 。", "the id must be 1 to 100 letters, digits or . _ : -")
	case title == "" || utf8.RuneCountInString(title) > maxTitle || !utf8.ValidString(title):
		return bad("title", "事项名称须为1至300个字。", "the title of the matter must have 1 to 300 characters")
	case strings.ContainsFunc(title, func(r rune) bool { return unicode.IsControl(r) || casefile.Hidden(r) }):
		return bad("title", "事项名称不得含有控制字符或者看不见的字符。", "the title of the matter must not hold characters that control or that nobody sees")
	case utf8.RuneCountInString(o.Matter.Category) > maxCategory || !utf8.ValidString(o.Matter.Category):
		return bad("category", "事项类别不得超过100个字。", "the category of the matter has at most 100 characters")
	case o.By.Person == "":
		return bad("by", "缺少办理人。", "the person who opens the case is missing")
	case o.Practice && o.Starts.IsZero():
		return bad("starts", "演练案件须写明起始日期。", "a practice case needs its first date")
	case !o.Practice && !o.Starts.IsZero():
		return bad("starts", "只有演练案件可以指定起始日期。", "only a practice case has a first date of its own")
	case !o.Practice && len(o.Overlays) > 0:
		return bad("overlays", "正式案件适用已启用的规则包，不能自行指定。", "a real case is judged by the rule packs in use; only a practice case names its own")
	case len(o.Overlays) > maxOverlays:
		return bad("overlays", "规则包过多。", "too many rule packs")
	}
	return nil
}
