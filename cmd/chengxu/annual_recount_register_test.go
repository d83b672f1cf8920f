package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/legaltime"
)

// changed is what an entry tells about a document.
type changed struct {
	number, what string // made, amended, repealed, lapsed, extended
	from, until  legaltime.Date
	year, of     string // year of the entry, and its case
	place        int64
}

// register counts the documents by what the cases of all procedures say of them.
func (r *recount) register(cases map[string][]raw) {
	var all []changed
	for id, entries := range cases {
		all = append(all, changes(id, entries)...)
	}
	slices.SortFunc(all, func(a, b changed) int { return cmp.Or(a.from.Compare(b.from), cmp.Compare(a.place, b.place)) })
	last := day(r.year + "-12-31")
	type document struct {
		until legaltime.Date
		gone  bool
	}
	known, counted := map[string]*document{}, map[string]bool{}
	for _, c := range all {
		if key := c.what + " " + c.of + " " + c.number; c.what != "made" && c.year == r.year && !counted[key] {
			counted[key] = true
			r.add("documents-"+c.what, 1)
		}
		if c.from.After(last) {
			continue
		}
		if c.what == "made" {
			known[c.number] = &document{}
		}
		d := known[c.number]
		switch {
		case d == nil: // made before the record began
		case c.what == "repealed" || c.what == "lapsed":
			d.gone = true
		case !c.until.IsZero():
			d.until = c.until
		}
	}
	for _, d := range known {
		switch ended := !d.until.IsZero() && d.until.Before(last); {
		case !d.gone && !ended:
			r.add("documents-in-force", 1)
		case !d.gone && strings.HasPrefix(d.until.String(), r.year+"-"):
			r.add("documents-expired", 1)
		}
	}
}

// changes gives what a case tells about documents, by the names of its steps and acts.
func changes(id string, entries []raw) (out []changed) {
	of := entries[0].at("pinned", "procedure").(string)
	facts := map[string]any{}
	fact := func(name string) string { text, _ := facts[name].(string); return text }
	for _, e := range entries {
		if e.text("kind") == "blocked" {
			continue
		}
		given, _ := e["facts"].(map[string]any)
		for name, v := range given {
			facts[name] = v
		}
		with, _ := e.at("act_with").(map[string]any)
		tell := func(number, what string, from, until any) {
			out = append(out, changed{number: number, what: what, from: day(from), until: day(until), year: e.text("on")[:4], of: id, place: e[inLog].(int64)})
		}
		switch name, _, _ := strings.Cut(of, "@"); name {
		case "cn.normative-document":
			if !e.is("act", "publication", "publish") || fact("doc_number") == "" {
				continue
			}
			from := cmp.Or(fact("effective_on"), fact("published_on"))
			tell(fact("doc_number"), "made", from, facts["expires_on"])
			for _, old := range list(facts["amends"]) {
				tell(old.(string), "amended", from, nil)
			}
			for _, old := range list(facts["repeals"]) {
				tell(old.(string), "repealed", from, nil)
			}
		case "cn.document-validity":
			switch {
			case e.text("step") == "publication" && e.text("outcome") == "extended":
				tell(fact("doc_number"), "extended", facts["decided_on"], facts["expires_on"])
			case e.text("step") == "publication" && e.text("outcome") == "lapsed":
				tell(fact("doc_number"), "lapsed", day(facts["expires_on"]).AddDays(1).String(), nil)
			case e.text("kind") == "act" && e.text("verb") == "superseded":
				tell(fact("doc_number"), "repealed", with["on"], nil)
			}
		case "cn.document-cleanup":
			switch {
			case e.text("kind") == "act" && e.text("verb") == "declare":
				for _, line := range list(given["cleanup.declared"]) {
					what := "lapsed"
					if slices.Contains(list(facts["to_repeal"]), line) {
						what = "repealed"
					}
					tell(numberIn(line.(string)), what, cmp.Or(fact("published_on"), fact("decided_on")), nil)
				}
			case e.text("kind") == "act" && e.text("verb") == "carry_out" && with["by_document"] != nil:
				what := map[string]string{"amend": "amended", "repeal": "repealed", "lapsed": "lapsed"}[fact("conclusion")]
				tell(numberIn(with["which"].(string)), what, e.text("on"), nil)
			}
		}
	}
	return out
}

// numberIn gives the number that a line of an inventory begins with.
func numberIn(line string) string {
	if number, _, _ := strings.Cut(line, " "); strings.HasSuffix(number, "号") {
		return number
	}
	return line
}

// exchanges counts what came in about documents and was to be answered in time.
func (r *recount) exchanges(entries []raw) {
	for _, x := range []struct {
		id, received, reply, rule string
		filing                    bool
	}{
		{"incidental-review", "notice_received_on", "replied_on", "ndl-reconsideration-reply-10wd", false},
		{"transfer", "transfer_received_on", "transfer_replied_on", "ndl-transferred-60d", false},
		{"judicial-advice", "advice_received_on", "advice_replied_on", "ndl-judicial-advice-60d", false},
		{"congress-opinion", "opinion_received_on", "replied_on", "nd-congress-opinion-2m", true},
	} {
		due := ""
		for _, e := range entries {
			for _, list := range [][]any{list(e.at("verdict", "findings")), list(e["deadlines"])} {
				for _, one := range list {
					said := one.(map[string]any)
					if on, _ := said["due"].(string); said["rule"] == x.rule && on != "" {
						due = on
					}
				}
			}
			if e.text("kind") == "blocked" || e.text("kind") == "opened" || !strings.HasPrefix(e.text("on"), r.year+"-") || x.filing != (e.text("step") == "filing") {
				continue
			}
			if on, _ := e.at("facts", x.received).(string); on != "" {
				r.add(x.id+"-received", 1)
			}
			if on, _ := e.at("facts", x.reply).(string); on != "" && due != "" {
				r.share(x.id+"-in-time", on <= due)
			}
		}
	}
}
