package main

import "strings"

// document counts what is told of a document that was made in the year.
func (r *recount) document(entries []raw) {
	published, filed := -1, -1
	back, registered, interpreted, due := false, false, false, ""
	for i, e := range entries {
		with, _ := e.at("act_with").(map[string]any)
		switch {
		case e.is("act", "publication", "publish"):
			published = i
		case e.is("act", "filing", "file"):
			filed = i
		case e.is("act", "filing", "sent_back"):
			back = true
		case e.is("act", "filing", "conclude"):
			registered = with["result"] == "registered"
		case e.is("act", "publication", "interpret"):
			interpreted = published >= 0 && !day(with["interpretation_on"]).After(day(entries[published]["on"]))
		}
		findings, _ := e.at("verdict", "findings").([]any)
		for _, f := range findings {
			if one := f.(map[string]any); one["rule"] == "nd-filing-30d" && one["due"] != nil {
				due, _ = one["due"].(string)
			}
		}
	}
	if published < 0 {
		return
	}
	on := entries[published].text("on")
	if !strings.HasPrefix(on, r.year+"-") {
		return
	}
	r.add("documents-made", 1)
	_, reviewed := passed(entries[:published], "legality_review", "-", "lawful", "lawful-with-conditions", "exploratory", "unchanged")
	r.share("documents-reviewed", reviewed)
	r.share("interpretation-synchronous", interpreted)
	r.share("filing-rate", filed >= 0)
	if filed >= 0 {
		r.share("filing-standard", registered && !back)
		if due != "" {
			r.share("filing-timely", !day(entries[filed].at("act_with", "filed_on")).After(day(due)))
		}
	}
}

// list gives a list of a payload or of facts.
func list(v any) []any {
	items, _ := v.([]any)
	return items
}

// cleanup counts the results of a clean-up in the year in which they were published or
// withheld.
func (r *recount) cleanup(entries []raw) {
	facts, at := map[string][]any{}, -1
	for i, e := range entries {
		if e.text("kind") != "blocked" && e.text("step") == "publication" && e.text("outcome") != "" {
			at = i
		}
	}
	if at < 0 || !strings.HasPrefix(entries[at].text("on"), r.year+"-") {
		return
	}
	provided := 0
	for i, e := range entries {
		given, _ := e["facts"].(map[string]any)
		if e.text("kind") == "blocked" {
			continue
		}
		for name, v := range given {
			if i <= at {
				facts[name] = list(v)
			}
		}
		if v, ok := given["provided_for"]; ok && e.text("kind") == "act" {
			provided = len(list(v))
		}
	}
	r.add("cleanups", 1)
	changes := len(facts["to_amend"]) + len(facts["to_repeal"]) + len(facts["lapsed"])
	r.add("cleanup-results", len(facts["kept"])+changes)
	if changes > 0 {
		r.of("cleanup-carried-out", changes)
		r.add("cleanup-carried-out", provided)
	}
}

// catalogue counts what was listed, adjusted and accounted for in the year.
func (r *recount) catalogue(entries []raw) {
	listed, results := 0, map[any]string{}
	for _, e := range entries {
		if e.text("kind") != "act" {
			continue
		}
		if given, ok := e.at("facts", "listed_items").([]any); ok {
			listed = len(given)
		}
		thisYear := strings.HasPrefix(e.text("on"), r.year+"-")
		switch {
		case e.is("act", "publication", "publish") && thisYear:
			r.add("catalogue-items", listed)
		case e.is("act", "tracking", "adjust_publish") && thisYear:
			r.add("catalogue-adjustments", 1)
		case e.is("act", "account", "account"):
			said, _ := e.at("act_with", "result").(string)
			delete(results, e.at("act_with", "item"))
			if thisYear {
				results[e.at("act_with", "item")] = said
			}
		}
	}
	for _, result := range results {
		r.add("catalogue-results", 1)
		r.share("catalogue-completed", result == "completed")
	}
}

// execution counts how the parts of an execution ended in the year.
func (r *recount) execution(entries []raw) {
	for _, e := range entries {
		if e.text("kind") == "blocked" || !strings.HasPrefix(e.text("on"), r.year+"-") {
			continue
		}
		switch step, outcome := e.text("step"), e.text("outcome"); {
		case step == "execution" && outcome == "completed":
			r.add("executions-completed", 1)
		case step == "adjustment" && outcome == "adjusted":
			r.add("decisions-adjusted", 1)
		case step == "post_evaluation" && outcome != "" && outcome != "none":
			r.add("post-evaluations", 1)
		}
	}
}
