package web

import "github.com/zhengdang/chengxu/casework"

// plannedRow is a document that a clean-up has put into a plan.
type plannedRow struct {
	Document, By, Matter string
	URL, DoneURL         string // the clean-up; the case that has done it
	Late, Practice       bool
}

func plannedRows(planned []casework.Planned) []plannedRow {
	out := make([]plannedRow, len(planned))
	for i, p := range planned {
		out[i] = plannedRow{Document: p.Line, By: p.By.String(), Matter: p.Matter, URL: caseURL(p.Case), Late: p.Late, Practice: p.Practice}
		if p.Done != "" {
			out[i].DoneURL = caseURL(p.Done)
		}
	}
	return out
}
