package procedure

import "github.com/zhengdang/chengxu/casefile"

// publishedDocument enters a document that was published into the register: it applies
// from the day that was set when it was registered, until the last day of its term. What it
// amends or repeals is changed from the same day.
func publishedDocument(c *casefile.Case, _ casefile.Entry) []casefile.DocumentChange {
	number := asText(c.Facts["doc_number"].Value)
	if number == "" {
		return nil
	}
	change := casefile.DocumentChange{
		Document: number, Change: casefile.DocumentPublished, On: asDate(c.Facts["effective_on"].Value), Until: asDate(c.Facts["expires_on"].Value),
		Published: asDate(c.Facts["published_on"].Value), Title: c.Matter.Title, Kind: asText(c.Facts["doc_type"].Value),
	}
	if change.On.IsZero() {
		change.On = change.Published
	}
	out := []casefile.DocumentChange{change}
	for _, old := range asTexts(c.Facts["amends"].Value) {
		out = append(out, casefile.DocumentChange{Document: old, Change: casefile.DocumentAmended, On: change.On, By: number})
	}
	for _, old := range asTexts(c.Facts["repeals"].Value) {
		out = append(out, casefile.DocumentChange{Document: old, Change: casefile.DocumentRepealed, On: change.On, By: number})
	}
	return out
}

// filedDocument notes in the register that the filing of a document was registered.
func filedDocument(c *casefile.Case, e casefile.Entry) []casefile.DocumentChange {
	number := asText(c.Facts["doc_number"].Value)
	if number == "" || asText(e.Act.With["result"]) != "registered" {
		return nil
	}
	return []casefile.DocumentChange{{Document: number, Change: casefile.DocumentFiled, On: asDate(e.Act.With["notice_on"]), By: asText(e.Act.With["register_number"])}}
}

// filing gives what an entry files with the organ that reviews it: the text as it was
// published, and what is attached. What is restricted is not handed over by this.
func (d *Definition) filing(c *casefile.Case, e casefile.Entry) *casefile.Filing {
	step, ok := d.Step(e.Step)
	if !ok || step.Type != Filing || e.Kind != casefile.EntryAct || e.Verb != "file" && e.Verb != "refile" {
		return nil
	}
	out := &casefile.Filing{Document: asText(c.Facts["doc_number"].Value), Title: c.Matter.Title, Body: asText(c.Facts["filing_body"].Value),
		On: asDate(c.Facts["filed_on"].Value), Pack: asTexts(c.Facts["filing_pack"].Value)}
	if e.Verb == "refile" {
		out.On = asDate(c.Facts["refiled_on"].Value)
	}
	if draft, ok := c.CurrentDraft(); ok && !draft.Withdrawn && draft.Level != casefile.LevelRestricted {
		out.Papers = append(out.Papers, casefile.Paper{Digest: draft.Digest, Title: draft.Title})
	}
	out.Papers = append(out.Papers, papersOf(c, e, "document")...)
	for _, digest := range asTexts(e.Act.With["enclosed"]) {
		out.Papers = append(out.Papers, paperOf(c, casefile.Digest(digest))...)
	}
	return out
}
