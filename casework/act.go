package casework

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/workflows"
)

var (
	idPattern     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$`)
	digestPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// act is [Service.Act], unwatched.
func (s *Service) act(ctx context.Context, id casefile.ID, act casefile.Act, expect int64) (Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, s.o.AnswerWithin)
	defer cancel()
	if refusal := checkAct(act); refusal != nil {
		return Reply{}, refusal
	}
	done, err := s.turns.take(ctx, id)
	if err != nil {
		return Reply{}, fmt.Errorf("wait for the turn on case %s: %w", id, err)
	}
	defer done()
	organ, known, err := s.o.Store.Head(ctx, id)
	if err != nil {
		return Reply{}, err
	}
	docs, err := s.named(ctx, organ, act)
	if err != nil {
		return Reply{}, err
	}
	if err := s.checkReasons(ctx, id, act, docs); err != nil {
		return Reply{}, err
	}
	if err := s.checkOthers(ctx, id, act); err != nil {
		return Reply{}, err
	}
	if err := s.checkAdoption(ctx, id, act); err != nil {
		return Reply{}, err
	}
	if err := s.checkIntake(ctx, id, act); err != nil {
		return Reply{}, err
	}
	if act, err = s.checkIndependence(ctx, id, act); err != nil {
		return Reply{}, err
	}
	if err := s.checkKey(ctx, organ, id, act); err != nil {
		return Reply{}, err
	}
	result, err := s.update(ctx, workflows.ActInput{Act: act, Documents: docs, Known: known, Expect: expect}, id)
	if err != nil {
		return Reply{}, s.explain(ctx, id, act, err)
	}
	if result.ActDigest != workflows.ActDigest(act) {
		return Reply{}, reusedID(act.Kind)
	}
	reply, err := s.reply(ctx, id, result.Sequence)
	if err == nil && len(reply.Entry.Withdrawn) > 0 {
		s.removeWithdrawn(ctx, id)
	}
	return reply, err
}

// removeWithdrawn removes the bytes of documents that an entry withdraws, so that
// they are gone when the act is answered. What fails is tried again later: the
// record is not held up by a storage.
func (s *Service) removeWithdrawn(ctx context.Context, id casefile.ID) {
	if err := s.o.Documents.RemovePurged(ctx); err != nil {
		s.o.Log.ErrorContext(ctx, "withdrawn documents are not removed yet", "case", id, "error", err)
	}
}

func (s *Service) update(ctx context.Context, in workflows.ActInput, id casefile.ID) (workflows.ActResult, error) {
	handle, err := s.o.Temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID:   workflows.WorkflowID(id),
		UpdateID:     in.Act.ID,
		UpdateName:   workflows.UpdateAct,
		Args:         []any{in},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return workflows.ActResult{}, err
	}
	var result workflows.ActResult
	err = handle.Get(ctx, &result)
	return result, err
}

// reply reads what the act led to. The store was written before the workflow
// answered, so a caller reads its own write.
func (s *Service) reply(ctx context.Context, id casefile.ID, sequence int64) (Reply, error) {
	entry, err := s.o.Store.Entry(ctx, id, sequence)
	if err != nil {
		return Reply{}, err
	}
	c, err := s.o.Store.Case(ctx, id)
	if err != nil {
		return Reply{}, err
	}
	if c.Status == casefile.StatusClosed {
		s.keepHistories(ctx, id)
	}
	return Reply{Entry: entry, Case: c}, nil
}

// explain turns what the engine says into what callers decide by.
func (s *Service) explain(ctx context.Context, id casefile.ID, act casefile.Act, err error) error {
	if app := ofType(err, workflows.ErrTypeRefusal); app != nil {
		var refusal casefile.Refusal
		if derr := app.Details(&refusal); derr != nil {
			return fmt.Errorf("read refusal of act %s: %w", act.ID, derr)
		}
		return &refusal
	}
	if app := ofType(err, workflows.ErrTypeInput); app != nil {
		return unknownReason(act.Kind, app.Message())
	}
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return s.afterEnd(ctx, id, act)
	}
	return fmt.Errorf("act %s on case %s: %w", act.ID, id, err)
}

// ofType finds the application error of a type among those that wrap one
// another, or gives nil.
func ofType(err error, kind string) *temporal.ApplicationError {
	var app *temporal.ApplicationError
	for errors.As(err, &app) {
		if app.Type() == kind {
			return app
		}
		err = app.Unwrap()
	}
	return nil
}

// afterEnd says why the engine no longer runs a case that the record knows.
func (s *Service) afterEnd(ctx context.Context, id casefile.ID, act casefile.Act) error {
	c, err := s.o.Store.Case(ctx, id)
	if err != nil {
		return err
	}
	if c.Status == casefile.StatusClosed {
		return &casefile.Refusal{Code: casefile.RefusedClosed, Act: act.Kind, Message: casefile.Text{
			ZH: "案件已经办结，不再接受办理行为。", EN: "the case is closed and admits no further act"}}
	}
	return fmt.Errorf("case %s is open in the record and unknown to the workflow engine", id)
}

func checkAct(act casefile.Act) *casefile.Refusal {
	if !idPattern.MatchString(act.ID) {
		return &casefile.Refusal{Code: casefile.RefusedBadValue, Act: act.Kind, Field: "id", Message: casefile.Text{
			ZH: "办理行为的编号须为1至100个字母、数字或 . _ : - 。",
			EN: "the act id must be 1 to 100 letters, digits or . _ : -"}}
	}
	if step, _ := act.Split(); step == "" {
		return &casefile.Refusal{Code: casefile.RefusedUnknownAct, Act: act.Kind, Field: "kind", Message: casefile.Text{
			ZH: "办理行为须写作“环节.行为”，例如 participation.open。",
			EN: "an act is written <step>.<verb>, for example participation.open"}}
	}
	if act.By.Person == "" {
		return &casefile.Refusal{Code: casefile.RefusedBadValue, Act: act.Kind, Field: "by", Message: casefile.Text{
			ZH: "缺少办理人。", EN: "the person who acts is missing"}}
	}
	return nil
}

// checkReasons refuses reasons for rules that do not warn, or are not asked at
// the gates of this act, before anything reaches the engine: the history must
// not grow by what is refused.
func (s *Service) checkReasons(ctx context.Context, id casefile.ID, act casefile.Act, docs []casefile.Document) error {
	if len(act.Reasons) == 0 {
		return nil
	}
	c, err := s.o.Store.Case(ctx, id)
	if err != nil {
		return err
	}
	judge, err := s.o.Judges.JudgeFor(ctx, c.Pinned)
	if err != nil {
		return err
	}
	for _, rule := range casefile.SortedNames(act.Reasons) {
		if !judge.Warns(rule) {
			return unknownReason(act.Kind, "rule "+rule+" is not one that warns")
		}
	}
	def, err := s.Definition(ctx, c)
	if err != nil {
		return err
	}
	plan, refusal := def.Plan(&c, act, docs, clock(c))
	if refusal != nil {
		return nil //nolint:nilerr // the engine, which knows repeated acts, says so
	}
	in := plan.Judge()
	_, wrong := judge.Judge(in)
	in.Reasons = nil
	_, otherwise := judge.Judge(in)
	if wrong == nil || otherwise != nil {
		return nil //nolint:nilerr // what is wrong without reasons too is for the engine to say
	}
	return unknownReason(act.Kind, wrong.Error())
}

func unknownReason(kind, detail string) *casefile.Refusal {
	return &casefile.Refusal{Code: casefile.RefusedUnknownReason, Act: kind, Field: "reasons", Message: casefile.Text{
		ZH: "说明理由所针对的规则不存在，或者在此不要求说明理由。", EN: "a reason is given where none is asked for: " + detail}}
}

func reusedID(kind string) *casefile.Refusal {
	return &casefile.Refusal{Code: casefile.RefusedReusedID, Act: kind, Field: "id", Message: casefile.Text{
		ZH: "该编号已用于另一办理行为，请换一个编号。", EN: "this id was already used for another act; choose a new one"}}
}

// maxNamed bounds how many documents one act can name: two full lists. The case is
// held while they are looked up.
const maxNamed = 2 * procedure.MaxItems

// named looks up the stored documents that a payload names by digest, each under
// the title that the actor stored it with. A digest that is not stored, or one too
// many, is left to the procedure, which refuses it. A document that has not passed
// its examination is refused here.
func (s *Service) named(ctx context.Context, organ casefile.OrganID, act casefile.Act) ([]casefile.Document, error) {
	var docs []casefile.Document
	for _, digest := range NamedIn(act) {
		doc, err := s.o.Documents.Find(ctx, organ, digest)
		switch {
		case doc.State == casefile.DocumentQuarantined && err == nil:
			return nil, quarantined(act.Kind, "文件尚未通过安全检查，请稍后再试。", "the document has not been examined yet; try again later")
		case doc.State == casefile.DocumentRefused && errors.Is(err, casefile.ErrNotFound):
			return nil, quarantined(act.Kind, "文件未通过安全检查。"+doc.Reason, "the document did not pass its examination. "+doc.Reason)
		case errors.Is(err, casefile.ErrNotFound):
			continue
		case err != nil:
			return nil, err
		}
		docs = append(docs, doc.For(act.By.Person).Document)
	}
	return docs, nil
}

func quarantined(kind, zh, en string) *casefile.Refusal {
	return &casefile.Refusal{Code: casefile.RefusedQuarantined, Act: kind, Field: "with", Message: casefile.Text{ZH: zh, EN: en}}
}

// NamedIn gives the digests of documents that an act can name: what has the form
// of a digest in its payload, as far as it is looked up.
func NamedIn(act casefile.Act) []casefile.Digest {
	digests := digestsIn(act.With)
	return digests[:min(len(digests), maxNamed)]
}

// digestsIn gives what has the form of a digest in a payload, each once, in the
// order of the fields.
func digestsIn(with casefile.Values) []casefile.Digest {
	var out []casefile.Digest
	seen := map[string]bool{}
	add := func(text string) {
		if !seen[text] && digestPattern.MatchString(text) {
			seen[text] = true
			out = append(out, casefile.Digest(text))
		}
	}
	for _, name := range casefile.SortedNames(with) {
		switch v := with[name].(type) {
		case string:
			add(v)
		case []string:
			for _, text := range v {
				add(text)
			}
		case []any:
			for _, item := range v {
				if text, ok := item.(string); ok {
					add(text)
				}
			}
		}
	}
	return out
}

// lastPoll is how long ago a worker that lives has polled at most: a poll lasts a
// minute. The engine remembers pollers that have died for longer.
const lastPoll = 2 * time.Minute

// workerReady reports whether a worker polls for the cases.
func (s *Service) workerReady(ctx context.Context) error {
	resp, err := s.o.Temporal.DescribeTaskQueue(ctx, s.o.TaskQueue, enumspb.TASK_QUEUE_TYPE_WORKFLOW)
	if err != nil {
		return fmt.Errorf("task queue %s: %w", s.o.TaskQueue, err)
	}
	for _, p := range resp.GetPollers() {
		if time.Since(p.GetLastAccessTime().AsTime()) < lastPoll {
			return nil
		}
	}
	return fmt.Errorf("no worker polls task queue %s", s.o.TaskQueue)
}
