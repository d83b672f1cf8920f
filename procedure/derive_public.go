package procedure

import (
	"slices"
	"strconv"

	"github.com/zhengdang/chengxu/casefile"
)

// consultation gives the latest call for comments of a case, or nil. Practice (演练)
// never reaches the public.
func (d *Definition) consultation(c *casefile.Case, e casefile.Entry) *casefile.Consultation {
	if c.Practice {
		return nil
	}
	var run *casefile.StepRun
	for i, r := range c.Steps {
		if step, ok := d.Step(r.Step); ok && step.Type == Participation && slices.Contains(r.Done, "open") {
			run = &c.Steps[i]
		}
	}
	if run == nil {
		return nil
	}
	value := func(fact string) any { return c.Facts[fact].Value }
	out := &casefile.Consultation{
		Step: run.Step, Round: run.Round, OpensOn: asDate(value("comment_open_on")), ClosesOn: asDate(value("comment_close_on")),
		Shown:    !isTrue(value("contains_state_secret")) && !isTrue(value("non_disclosable_by_law")),
		Adoption: isTrue(value("adoption_published")),
	}
	out.Open = run.State == casefile.StepActive && !slices.Contains(run.Done, "close") && c.Status == casefile.StatusRunning && out.Shown
	if e.Kind == casefile.EntryAct && e.Step == run.Step && e.Verb == "open" {
		out.Channels = asTexts(e.Act.With["channels"])
		if draft, ok := c.CurrentDraft(); ok && !draft.Withdrawn && draft.Level != casefile.LevelRestricted {
			out.Papers = append(append(out.Papers, casefile.Paper{Digest: draft.Digest, Title: draft.Title}), explanations(c, draft)...)
		}
		out.Papers = append(out.Papers, papersOf(c, e, "notice")...)
	}
	return out
}

// publication gives the decision, or the catalogue, that an entry publishes, or the
// papers that it puts beside a decision, or nil.
func (d *Definition) publication(c *casefile.Case, e casefile.Entry) *casefile.Publication {
	step, ok := d.Step(e.Step)
	if !ok || e.Kind != casefile.EntryAct || c.Practice {
		return nil
	}
	out := &casefile.Publication{On: asDate(c.Facts["published_on"].Value)}
	made := step.Type == Publication || step.Type == DocumentPublication
	switch {
	case made && e.Verb == "interpret":
		return beside(c, e, casefile.PaperInterpretation)
	case made && e.Verb == "publish_adoption":
		return beside(c, e, casefile.PaperAdoption)
	case step.Type == Publication && e.Verb == "publish":
		out.Number = asText(e.Act.With["number"])
	case step.Type == DocumentPublication && e.Verb == "publish": // numbered when it was registered
		out.Number = asText(c.Facts["doc_number"].Value)
	case step.Type == CataloguePublication && e.Verb == "publish", step.Type == CatalogueTracking && e.Verb == "adjust_publish" && !out.On.IsZero():
		out.Kind, out.Number = casefile.PublishedCatalogue, strconv.Itoa(c.CatalogueYear())
	default:
		return nil
	}
	if draft, ok := c.CurrentDraft(); ok && !draft.Withdrawn && draft.Level != casefile.LevelRestricted {
		out.Papers = append(out.Papers, casefile.Paper{Digest: draft.Digest, Title: draft.Title})
	}
	out.Papers = append(out.Papers, papersOf(c, e, "document")...)
	return out
}

// beside gives the paper that an act publishes beside the decision, or nil where it
// names none that the public may read.
func beside(c *casefile.Case, e casefile.Entry, role string) *casefile.Publication {
	papers := papersOf(c, e, "document")
	if len(papers) == 0 {
		return nil
	}
	for i := range papers {
		papers[i].Role = role
	}
	return &casefile.Publication{On: e.On, Papers: papers, Beside: true}
}

// explanations gives what was filed together with a draft.
func explanations(c *casefile.Case, draft casefile.Document) []casefile.Paper {
	var out []casefile.Paper
	for _, d := range c.Documents {
		if d.Kind == casefile.KindMaterial && d.Sequence == draft.Sequence && !d.Withdrawn && d.Level != casefile.LevelRestricted {
			out = append(out, casefile.Paper{Digest: d.Digest, Title: d.Title})
		}
	}
	return out
}

// papersOf gives the document that a field of an act names, unless it is
// restricted or was removed.
func papersOf(c *casefile.Case, e casefile.Entry, field string) []casefile.Paper {
	return paperOf(c, casefile.Digest(asText(e.Act.With[field])))
}

// paperOf gives a document of the case; nothing when it is restricted or was removed.
func paperOf(c *casefile.Case, digest casefile.Digest) []casefile.Paper {
	for _, doc := range c.Documents {
		if doc.Digest == digest && !doc.Withdrawn && doc.Level != casefile.LevelRestricted {
			return []casefile.Paper{{Digest: doc.Digest, Title: doc.Title}}
		}
	}
	return nil
}

func isTrue(v any) bool { b, _ := v.(bool); return b }
