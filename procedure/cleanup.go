package procedure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// What a clean-up keeps of its documents. The lists of conclusions together with
// the documents not reviewed make up the scope.
const (
	cleanupScope      = "in_scope"
	cleanupConcluded  = "concluded"
	cleanupUnreviewed = "unreviewed"
	cleanupProvided   = "provided_for"
	cleanupUnprovided = "unprovided"
	// cleanupUnits holds which unit reviews a document, as "<unit>：<document>".
	cleanupUnits = "cleanup.units"
)

// cleanupConclusions are the conclusions on a document in the order of the lists
// that are published.
var cleanupConclusions = []string{"keep", "amend", "repeal", "lapsed"}

// conclusionList names the fact that lists the documents with a conclusion.
func conclusionList(conclusion string) string {
	return map[string]string{"keep": "kept", "amend": "to_amend", "repeal": "to_repeal", "lapsed": "lapsed"}[conclusion]
}

// documentLines is a list of documents, one a line: the number, a blank, the name; or
// the name alone where a document has no number.
func documentLines(name, zh, en string) Field {
	return texts(name, zh+"（文号 名称）", en+" (number, name)")
}

// documentLine brings a line into its one form.
func documentLine(line string) string { return strings.Join(strings.Fields(line), " ") }

// documentNumber is the number that a line begins with, or the whole line when it
// begins with none.
func documentNumber(line string) string {
	number, _, _ := strings.Cut(line, " ")
	if strings.HasSuffix(number, "号") {
		return number
	}
	return line
}

// taken gives the lines in their one form and those whose document stands twice:
// in the lines, or among the documents that are there already.
func taken(lines, already []string) (items, twice []string) {
	seen := map[string]bool{}
	for _, line := range already {
		seen[documentNumber(line)] = true
	}
	for _, line := range lines {
		item := documentLine(line)
		if number := documentNumber(item); seen[number] {
			twice = append(twice, item)
		} else {
			seen[number] = true
			items = append(items, item)
		}
	}
	return items, twice
}

// found gives the documents that the lines name, each by its line or by its number
// alone, and the lines that name none of them.
func found(lines, among []string) (items, unknown, twice []string) {
	byName := map[string]string{}
	for _, item := range among {
		byName[documentNumber(item)], byName[item] = item, item
	}
	for _, line := range lines {
		item, known := byName[documentLine(line)]
		switch {
		case !known:
			unknown = append(unknown, documentLine(line))
		case slices.Contains(items, item):
			twice = append(twice, item)
		default:
			items = append(items, item)
		}
	}
	return items, unknown, twice
}

// shownItems is how many documents a message names.
const shownItems = 10

// naming gives documents in a message: the first, and how many there are.
func naming(items []string) (zh, en string) {
	shown := items[:min(len(items), shownItems)]
	zh, en = strings.Join(shown, "；"), strings.Join(shown, "; ")
	if len(items) > shownItems {
		zh, en = zh+fmt.Sprintf("……共%d件", len(items)), en+fmt.Sprintf(" … %d in all", len(items))
	}
	return zh, en
}

// mistaken refuses a field with the documents that are wrong in it; nil when there
// are none.
func mistaken(field string, items []string, zh, en string) *casefile.Refusal {
	if len(items) == 0 {
		return nil
	}
	namesZH, namesEN := naming(items)
	return badValue(field, zh+namesZH+"。", en+": "+namesEN)
}

// namesDocuments refuses documents that are not among those that the act may name,
// and those that are named twice.
func namesDocuments(field string, lines, among []string, zh, en string) *casefile.Refusal {
	_, unknown, twice := found(lines, among)
	if refusal := mistaken(field, unknown, zh, en); refusal != nil {
		return refusal
	}
	return mistaken(field, twice, "以下文件重复填写，请各保留一行：", "named twice, leave one line of each")
}

// reviewerOf gives the unit that reviews a document.
func reviewerOf(units []string, document string) string {
	for _, line := range units {
		if unit, of, _ := strings.Cut(line, "："); of == document {
			return unit
		}
	}
	return ""
}

// reviewedBy gives the units with the documents given to one.
func reviewedBy(units []string, unit string, documents ...string) []string {
	out := withoutDocuments(units, documents...)
	for _, document := range documents {
		out = append(out, unit+"："+document)
	}
	return out
}

func withoutDocuments(units []string, documents ...string) []string {
	out := []string{}
	for _, line := range units {
		if _, of, _ := strings.Cut(line, "："); !slices.Contains(documents, of) {
			out = append(out, line)
		}
	}
	return out
}

// inventory is the scope of a clean-up with what was concluded, as an act is about
// to leave it.
type inventory struct {
	scope, provided, units []string
	by                     map[string][]string // documents by conclusion
}

func (a *Acting) inventory() inventory {
	out := inventory{scope: with(a.factTexts(cleanupScope)), provided: with(a.factTexts(cleanupProvided)),
		units: with(a.factTexts(cleanupUnits)), by: map[string][]string{}}
	for _, conclusion := range cleanupConclusions {
		out.by[conclusion] = with(a.factTexts(conclusionList(conclusion)))
	}
	return out
}

// concluded gives the documents with a conclusion, in the order of the scope.
func (i inventory) concluded() []string {
	return kept(i.scope, func(document string) bool { return i.conclusion(document) != "" })
}

func (i inventory) unreviewed() []string { return without(i.scope, i.concluded()...) }

// unprovided gives the documents whose conclusion is still to be carried out.
func (i inventory) unprovided() []string {
	return kept(i.scope, func(document string) bool {
		conclusion := i.conclusion(document)
		return conclusion != "" && conclusion != "keep" && !slices.Contains(i.provided, document)
	})
}

func kept(list []string, keep func(string) bool) []string {
	return slices.DeleteFunc(with(list), func(s string) bool { return !keep(s) })
}

func (i inventory) conclusion(document string) string {
	at := slices.IndexFunc(cleanupConclusions, func(c string) bool { return slices.Contains(i.by[c], document) })
	if at < 0 {
		return ""
	}
	return cleanupConclusions[at]
}

// conclude takes the conclusion of documents; an empty one takes theirs away.
func (i inventory) conclude(conclusion string, documents ...string) {
	for _, c := range cleanupConclusions {
		i.by[c] = without(i.by[c], documents...)
	}
	if conclusion != "" {
		i.by[conclusion] = append(i.by[conclusion], documents...)
	}
}

// add takes documents into the scope, to be reviewed by the unit.
func (i *inventory) add(unit string, documents ...string) {
	i.scope, i.units = with(i.scope, documents...), reviewedBy(i.units, unit, documents...)
}

// strike takes documents out of the scope.
func (i *inventory) strike(documents ...string) {
	i.conclude("", documents...)
	i.scope, i.units = without(i.scope, documents...), withoutDocuments(i.units, documents...)
}

// facts gives what an act on the inventory changes: see [inventoryFacts]. Lists of
// hundreds of documents that stay as they are are not recorded again.
func (i inventory) facts(a *Acting) casefile.Values {
	out := casefile.Values{cleanupScope: i.scope, cleanupUnits: i.units, cleanupConcluded: i.concluded(),
		cleanupUnreviewed: i.unreviewed(), cleanupUnprovided: i.unprovided()}
	for _, conclusion := range cleanupConclusions {
		out[conclusionList(conclusion)] = i.by[conclusion]
	}
	for _, name := range casefile.SortedNames(out) {
		if slices.Equal(asTexts(out[name]), a.factTexts(name)) {
			delete(out, name)
		}
	}
	return out
}

// inventoryFacts are the facts that an act on the inventory may establish.
func inventoryFacts(more ...string) []string {
	return append([]string{cleanupScope, cleanupUnits, cleanupConcluded, cleanupUnreviewed, cleanupUnprovided,
		"kept", "to_amend", "to_repeal", "lapsed"}, more...)
}
