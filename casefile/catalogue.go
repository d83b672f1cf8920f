package casefile

import (
	"fmt"
	"strings"

	"github.com/zhengdang/chengxu/legaltime"
)

// CatalogueEntry (目录条目) is what an entry of an annual catalogue of major decisions
// states (国务院令第713号 第三条第三款；镇、街道公开发布的年度目录).
type CatalogueEntry struct {
	Name      string         `json:"name"`
	Category  string         `json:"category,omitempty"`  // policy, plan, resource, public-project, other
	Unit      string         `json:"unit,omitempty"`      // that undertakes it
	Basis     string         `json:"basis,omitempty"`     //
	Steps     []string       `json:"steps,omitempty"`     // of the procedure that it has to go through
	PlannedOn legaltime.Date `json:"planned_on,omitzero"` // by when it is to be completed
	Timing    string         `json:"timing,omitempty"`    // the same, in the words of the catalogue
}

// CatalogueItem (目录事项) is a matter of an annual catalogue as the acts of its case
// have left it.
type CatalogueItem struct {
	No int `json:"no"` // 1, 2, …, in the order of filing
	CatalogueEntry
	Screened string          `json:"screened,omitempty"` // enter, leave-out, merge-into, ask, withdrawn; empty: not yet
	Into     string          `json:"into,omitempty"`     // the item that it was merged into
	State    string          `json:"state,omitempty"`    // not-started, under-way, completed
	Mark     string          `json:"mark,omitempty"`     // kept, added, changed, dropped, by the latest published adjustment
	Result   string          `json:"result,omitempty"`   // completed, carried-over, cancelled, at the end of the year
	Reason   string          `json:"reason,omitempty"`   // of the latest of these
	Case     ID              `json:"case,omitempty"`     // of the decision
	Adjust   string          `json:"adjust,omitempty"`   // add, remove, redate, amend: an adjustment under way
	To       *CatalogueEntry `json:"to,omitempty"`       // what the entry becomes with it
}

// Catalogue (年度目录) is a catalogue as it was made public.
type Catalogue struct {
	Year        int
	PublishedOn legaltime.Date
	AdjustedOn  legaltime.Date // of the latest adjustment; zero: none
	Items       []CatalogueItem
	Papers      []Paper
}

// Listed reports whether the item stands in the catalogue.
func (i CatalogueItem) Listed() bool { return i.Screened == "enter" && i.Mark != "dropped" }

// Late reports whether the planned date has passed and the item is neither completed
// nor accounted for.
func (i CatalogueItem) Late(today legaltime.Date) bool {
	return i.Open() && i.Result == "" && !i.PlannedOn.IsZero() && today.After(i.PlannedOn)
}

// Open reports whether the item is listed and not completed.
func (i CatalogueItem) Open() bool { return i.Listed() && i.State != "completed" }

// Catalogue gives the items of the case of an annual catalogue, in the order of
// filing; none for other cases.
func (c *Case) Catalogue() []CatalogueItem {
	var out []CatalogueItem
	for no := 1; ; no++ {
		fact, ok := c.Facts[itemFact(no)]
		if !ok {
			return out
		}
		out = append(out, itemOf(no, textsOf(fact.Value)))
	}
}

// CatalogueYear gives the year of the catalogue of the case, 0 before it is known.
func (c *Case) CatalogueYear() int {
	switch year := c.Facts["catalogue.year"].Value.(type) {
	case int64:
		return int(year)
	case float64: // through JSON
		return int(year)
	}
	return 0
}

func itemFact(no int) string { return fmt.Sprintf("item.%d", no) }

// Fact names the fact of the case that keeps the item.
func (i CatalogueItem) Fact() string { return itemFact(i.No) }

// Lines gives the item as the fact keeps it: a line "<attribute>=<value>" for each
// attribute that it has, so that an entry of the record can be read as it stands.
func (i CatalogueItem) Lines() []string {
	out := i.lines("")
	add := func(name, value string) {
		if value != "" {
			out = append(out, name+"="+value)
		}
	}
	add("screened", i.Screened)
	add("into", i.Into)
	add("state", i.State)
	add("mark", i.Mark)
	add("result", i.Result)
	add("reason", i.Reason)
	add("case", string(i.Case))
	add("adjust", i.Adjust)
	if i.To != nil {
		out = append(out, i.To.lines(toPrefix)...)
	}
	return out
}

// toPrefix marks the attributes that an adjustment under way would bring.
const toPrefix = "to."

func (e CatalogueEntry) lines(prefix string) []string {
	out := []string{prefix + "name=" + e.Name}
	add := func(name, value string) {
		if value != "" {
			out = append(out, prefix+name+"="+value)
		}
	}
	add("category", e.Category)
	add("unit", e.Unit)
	add("basis", e.Basis)
	for _, step := range e.Steps {
		add("step", step)
	}
	if !e.PlannedOn.IsZero() {
		add("planned_on", e.PlannedOn.String())
	}
	add("timing", e.Timing)
	return out
}

func (e *CatalogueEntry) set(name, value string) {
	switch name {
	case "name":
		e.Name = value
	case "category":
		e.Category = value
	case "unit":
		e.Unit = value
	case "basis":
		e.Basis = value
	case "step":
		e.Steps = append(e.Steps, value)
	case "planned_on":
		e.PlannedOn, _ = legaltime.ParseDate(value)
	case "timing":
		e.Timing = value
	}
}

func itemOf(no int, lines []string) CatalogueItem {
	out := CatalogueItem{No: no}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, "=")
		if to, ok := strings.CutPrefix(name, toPrefix); ok {
			if out.To == nil {
				out.To = &CatalogueEntry{}
			}
			out.To.set(to, value)
			continue
		}
		switch name {
		case "screened":
			out.Screened = value
		case "into":
			out.Into = value
		case "state":
			out.State = value
		case "mark":
			out.Mark = value
		case "result":
			out.Result = value
		case "reason":
			out.Reason = value
		case "case":
			out.Case = ID(value)
		case "adjust":
			out.Adjust = value
		default:
			out.set(name, value)
		}
	}
	return out
}

// textsOf reads a list that may have been through JSON.
func textsOf(v any) []string {
	if list, ok := v.([]string); ok {
		return list
	}
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, item := range list {
		s, _ := item.(string)
		out = append(out, s)
	}
	return out
}
