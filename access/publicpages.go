package access

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

// Report gives what is told of the comments on a consultation; of what became of them
// nothing before the account is published.
func (g *Guard) Report(ctx context.Context, id string) (consult.Tally, []consult.Answer, error) {
	return g.o.Public.Consultations.Report(ctx, id)
}

// PublicModerations gives what was published and hidden last, without who did it.
func (g *Guard) PublicModerations(ctx context.Context, id string, limit int) ([]consult.Moderation, error) {
	return g.o.Public.Consultations.PublicModerations(ctx, id, limit)
}

// Decision gives a published decision.
func (g *Guard) Decision(ctx context.Context, id casefile.ID) (consult.Decision, error) {
	return g.o.Public.Consultations.Decision(ctx, id)
}

// Covered gives the years and organs of what the public may read.
func (g *Guard) Covered(ctx context.Context) ([]consult.Covered, error) {
	return g.o.Public.Consultations.Covered(ctx)
}

// Rounds gives the consultations of the case of a consultation or a decision.
func (g *Guard) Rounds(ctx context.Context, id casefile.ID) ([]consult.Consultation, error) {
	return g.o.Public.Consultations.Rounds(ctx, id)
}

// PublicDocument is a paper as the public is told of it.
type PublicDocument struct {
	Digest    casefile.Digest
	Title     string
	MediaType string
	Size      int64
	Role      string // "draft", "explanation", "interpretation", "adoption", or empty for another paper
}

// PublicDocuments gives the papers of a consultation or a decision that can be had. One
// that [Guard.PublicPaper] would not give is left out.
func (g *Guard) PublicDocuments(ctx context.Context, of string, id casefile.ID, papers []casefile.Paper) ([]PublicDocument, error) {
	if len(papers) == 0 {
		return nil, nil
	}
	c, err := g.o.Cases.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	draft := slices.IndexFunc(papers, func(p casefile.Paper) bool { return kindOf(c, p.Digest) == casefile.KindDraft })
	var out []PublicDocument
	for i, p := range papers {
		paper, err := g.PublicPaper(ctx, of, p.Digest)
		var refusal *casefile.Refusal
		if errors.Is(err, casefile.ErrNotFound) || errors.As(err, &refusal) {
			continue
		}
		if err != nil {
			return nil, err
		}
		role := p.Role
		if role == "" {
			role = roleOf(c, p.Digest, i, draft)
		}
		out = append(out, PublicDocument{Digest: p.Digest, Title: p.Title, MediaType: paper.MediaType, Size: paper.Size, Role: role})
	}
	return out, nil
}

func kindOf(c casefile.Case, digest casefile.Digest) string {
	for _, d := range slices.Backward(c.Documents) {
		if d.Digest == digest {
			return d.Kind
		}
	}
	return ""
}

// roleOf says what a paper is to the others: what was filed together with the draft
// explains it.
func roleOf(c casefile.Case, digest casefile.Digest, at, draft int) string {
	switch {
	case at == draft:
		return "draft"
	case slices.ContainsFunc(c.Documents, func(d casefile.Document) bool {
		return d.Digest == digest && d.Kind == casefile.KindMaterial && slices.ContainsFunc(c.Documents, func(of casefile.Document) bool {
			return of.Kind == casefile.KindDraft && of.Sequence == d.Sequence
		})
	}):
		return "explanation"
	}
	return ""
}

// Moment is an act by which an organ turned to the public, as the record has it.
type Moment struct {
	Verb     string // "open", "extend", "close", "publish_adoption", "publish" or "interpret"
	On       legaltime.Date
	At       time.Time
	ClosesOn legaltime.Date // of a call for comments, as the act set it
	Channels []string       // where it was made known
}

// turns are the acts by which an organ turns to the public, by type of step.
func turns(kind procedure.StepTypeID, verb string) bool {
	switch kind {
	case procedure.Participation:
		return slices.Contains([]string{"open", "extend", "close"}, verb)
	case procedure.Publication, procedure.DocumentPublication, procedure.CataloguePublication:
		return slices.Contains([]string{"publish", "publish_adoption", "interpret"}, verb)
	default:
		return false
	}
}

// ConsultationCourse gives what an organ did for the public in a round of a call for
// comments, and what it published of it afterwards, in order.
func (g *Guard) ConsultationCourse(ctx context.Context, c consult.Consultation) ([]Moment, error) {
	return g.moments(ctx, c.Case, func(kind procedure.StepTypeID, e casefile.Entry) bool {
		return kind == procedure.Participation && e.Step == c.Step && e.Round == c.Round || e.Verb == "publish_adoption" && c.Adoption
	})
}

// DecisionCourse gives how a published decision came about, in dates: the steps that
// are over, as the law names them, and what the organ did for the public.
func (g *Guard) DecisionCourse(ctx context.Context, d consult.Decision) ([]Stage, []Moment, error) {
	c, err := g.o.Cases.Case(ctx, d.Case)
	if err != nil {
		return nil, nil, err
	}
	def, err := g.o.Cases.Definition(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	var stages []Stage
	for _, run := range c.Steps {
		if step, ok := def.Step(run.Step); ok && run.State == casefile.StepConcluded && told(step.Type) {
			stages = append(stages, Stage{Title: step.Title, Round: run.Round, From: run.EnteredOn, Until: run.LeftOn})
		}
	}
	moments, err := g.moments(ctx, d.Case, func(kind procedure.StepTypeID, _ casefile.Entry) bool {
		return kind == procedure.Publication || kind == procedure.DocumentPublication || kind == procedure.CataloguePublication
	})
	return stages, moments, err
}

// Stage is a step that a decision went through.
type Stage struct {
	Title       casefile.Text
	Round       int
	From, Until legaltime.Date
}

// told reports whether the public is told that a decision went through a step of the
// type: those that 国务院令第713号 asks for of every decision, and 国办发〔2018〕37号 of every
// document. What an organ does within its house is not among them.
func told(kind procedure.StepTypeID) bool {
	return slices.Contains([]procedure.StepTypeID{procedure.Launch, procedure.Drafting, procedure.Participation, procedure.ExpertArgument, procedure.RiskAssessment,
		procedure.FairCompetition, procedure.LegalityReview, procedure.Deliberation, procedure.Publication,
		procedure.OperatorConsultation, procedure.ImpactAssessment, procedure.DocumentCompetition, procedure.Registration, procedure.DocumentPublication,
		procedure.CatalogueCall, procedure.CatalogueScreening, procedure.CataloguePublication}, kind)
}

func (g *Guard) moments(ctx context.Context, id casefile.ID, wanted func(procedure.StepTypeID, casefile.Entry) bool) ([]Moment, error) {
	c, err := g.o.Cases.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	def, err := g.o.Cases.Definition(ctx, c)
	if err != nil {
		return nil, err
	}
	entries, err := g.o.Cases.Entries(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []Moment
	for _, sealed := range entries {
		e := sealed.Entry
		step, ok := def.Step(e.Step)
		if !ok || e.Kind != casefile.EntryAct || e.Act == nil || !turns(step.Type, e.Verb) || !wanted(step.Type, e) {
			continue
		}
		m := Moment{Verb: e.Verb, On: e.On, At: e.At}
		if text, _ := e.Act.With["closes_on"].(string); text != "" {
			m.ClosesOn, _ = legaltime.ParseDate(text) //nolint:errcheck // the act was admitted with it
		}
		m.Channels = textsOf(e.Act.With["channels"])
		out = append(out, m)
	}
	return out, nil
}

func textsOf(v any) []string {
	switch v := v.(type) {
	case []string:
		return v
	case []any:
		var out []string
		for _, item := range v {
			if text, ok := item.(string); ok {
				out = append(out, text)
			}
		}
		return out
	}
	return nil
}

// PublicCatalogue is an annual catalogue of decisions as the public may read it.
type PublicCatalogue struct {
	consult.Decision
	Year       int
	AdjustedOn legaltime.Date // the latest published adjustment; zero: none
	Items      []casefile.CatalogueItem
}

// maxCatalogues bounds how many catalogues are read at once.
const maxCatalogues = 50

// Catalogues gives the published catalogues of a year. Of each item there is what the
// entry states and the mark of the latest adjustment, nothing that is only proposed,
// tracked or accounted for.
func (g *Guard) Catalogues(ctx context.Context, f consult.Filter) ([]PublicCatalogue, error) {
	f.Limit, f.After = maxCatalogues, ""
	list, _, err := g.o.Public.Consultations.Catalogues(ctx, f)
	if err != nil {
		return nil, err
	}
	var out []PublicCatalogue
	for _, d := range list {
		c, err := g.o.Cases.Case(ctx, d.Case)
		if err != nil {
			return nil, err
		}
		shown := PublicCatalogue{Decision: d, Year: c.CatalogueYear()}
		if on, ok := c.Facts["catalogue.adjusted_on"].Value.(string); ok {
			shown.AdjustedOn, _ = legaltime.ParseDate(on)
		}
		for _, i := range c.Catalogue() {
			if i.Listed() || i.Mark == "dropped" {
				shown.Items = append(shown.Items, casefile.CatalogueItem{No: i.No, CatalogueEntry: i.CatalogueEntry, Screened: i.Screened, Mark: i.Mark})
			}
		}
		out = append(out, shown)
	}
	return out, nil
}
