package web

import (
	"net/url"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/procedure"
)

// listView is the page of the cases.
type listView struct {
	Page     frame
	Rows     []caseRow
	Query    string
	Organ    string
	Statuses []choice
	Kinds    []choice
	Organs   []choice
	NextURL  string
	Filtered bool
	MayOpen  bool
}

type caseRow struct {
	URL, ID, Title, Organ, Procedure, Category string
	Practice                                   bool
	Status, StatusName, End                    string
	Opened, Updated                            string
	Steps                                      string
	Entries                                    int64
}

// choice is one value of a filter.
type choice struct {
	Value, Name string
	Chosen      bool
}

func (h *handler) listView(f found, lang string) listView {
	words := h.pages.words[lang]
	v := listView{Query: f.filter.Query, Filtered: f.filter.Query != "" || f.filter.Status != "" || f.filter.After != "" ||
		f.filter.Practice != nil && f.organs == nil}
	for _, s := range f.cases {
		v.Rows = append(v.Rows, h.caseRow(s, lang))
	}
	for _, status := range []casefile.Status{"", casefile.StatusRunning, casefile.StatusSuspended, casefile.StatusClosed} {
		v.Statuses = append(v.Statuses, choice{Value: string(status), Chosen: status == f.filter.Status,
			Name: words.name("status", orAll(string(status)))})
	}
	practice := ""
	if f.filter.Practice != nil {
		practice = map[bool]string{true: "true", false: "false"}[*f.filter.Practice]
	}
	if f.organs == nil {
		for _, kind := range []string{"", "false", "true"} {
			v.Kinds = append(v.Kinds, choice{Value: kind, Chosen: kind == practice, Name: words.name("practice", orAll(kind))})
		}
	}
	if len(f.organs) > 1 {
		v.Organs = append(v.Organs, choice{Name: words.name("organ", "all"), Chosen: f.filter.Organ == ""})
		for _, organ := range f.organs {
			v.Organs = append(v.Organs, choice{Value: string(organ), Name: string(organ), Chosen: organ == f.filter.Organ})
		}
	}
	if f.next != "" {
		q := url.Values{"after": {f.next}}
		for name, value := range map[string]string{"q": f.filter.Query, "status": string(f.filter.Status), "practice": practice} {
			if value != "" {
				q.Set(name, value)
			}
		}
		if f.organs != nil {
			q.Set("organ", string(f.filter.Organ))
		}
		v.NextURL = "/cases?" + q.Encode()
	}
	return v
}

func (h *handler) caseRow(s casework.Summary, lang string) caseRow {
	n := h.names(lang, h.library(s.Procedure))
	row := caseRow{
		URL: caseURL(s.ID), ID: string(s.ID), Title: s.Title, Organ: string(s.Organ), Procedure: n.procedure(),
		Category: n.words.name("category", s.Category), Practice: s.Practice,
		Status: string(s.Status), StatusName: n.words.name("status", string(s.Status)),
		Opened: s.OpenedOn.String(), Updated: s.UpdatedOn.String(), Entries: s.Sequence,
	}
	if row.Procedure == "" {
		row.Procedure = s.Procedure
	}
	if s.End != "" {
		row.End = n.end(s.End)
	}
	steps := make([]string, len(s.Steps))
	for i, id := range s.Steps {
		steps[i] = n.step(id)
	}
	row.Steps = n.list(steps)
	return row
}

// library gives the definition of a name, when the library still has it.
func (h *handler) library(name string) *procedure.Definition {
	all := h.o.Guard.Procedures()
	at := slices.IndexFunc(all, func(d *procedure.Definition) bool { return d.Name() == name })
	if at < 0 {
		return nil
	}
	return all[at]
}

func orAll(value string) string {
	if value == "" {
		return "all"
	}
	return value
}

func caseURL(id casefile.ID) string { return "/cases/" + url.PathEscape(string(id)) }
