package web

import (
	"fmt"
	"net/http"

	"github.com/zhengdang/chengxu/access"
)

// healthView is what is running at this moment.
type healthView struct {
	Page       frame
	Admin      adminHead
	At         string
	Parts      []healthPart
	Logs       []healthLog
	Hooks      []healthPart
	Mail, Docs healthPart
	MailOff    bool
	Examined   bool
	Data       string
	Started    string
}

type healthPart struct{ Name, Says, Err string }

type healthLog struct {
	Organ, Key, Waiting, Err string
	Size, Signed             int64
}

// showHealth handles GET /health.
func (h *handler) showHealth(r adminRequest) error {
	found, err := h.o.Guard.Health(r.ctx(), r.p)
	if err != nil {
		return err
	}
	view := healthView{At: clock(h.o.Now()), MailOff: found.Mail == "", Examined: found.Examined, Data: found.Data, Started: clock(found.Started)}
	view.Page, view.Admin = h.adminFrame(r, r.n.words["health.title"], "")
	for _, part := range found.Parts {
		view.Parts = append(view.Parts, healthPart{Name: r.n.words.name("health-part", part.Name), Err: said(part.Err)})
	}
	sizes := map[string]int64{}
	for _, log := range found.Logs {
		row := healthLog{Organ: string(log.Organ), Key: log.Key, Size: log.Size, Signed: log.Signed, Err: said(log.Err)}
		if log.Size > log.Signed {
			row.Waiting = fmt.Sprintf(r.n.words["health.unsealed"], log.Size-log.Signed)
		}
		sizes[row.Organ] = log.Size
		view.Logs = append(view.Logs, row)
	}
	view.Hooks = h.healthHooks(r, found, sizes[string(r.p.Organ)])
	view.Mail = healthPart{Says: fmt.Sprintf(r.n.words["health.mail-on"], found.Mail, found.Pending), Err: said(found.PendBy)}
	view.Docs = healthPart{Says: fmt.Sprintf(r.n.words["health.quarantined"], found.Quarantined), Err: said(found.QuarantBy)}
	return h.pages.show(r.Context, http.StatusOK, r.n.lang, "health.html", view)
}

func (h *handler) healthHooks(r adminRequest, found access.Health, size int64) []healthPart {
	if found.HooksBy != nil {
		return []healthPart{{Name: r.n.words["webhooks.title"], Err: said(found.HooksBy)}}
	}
	var out []healthPart
	for _, w := range found.Hooks {
		part := healthPart{Name: w.URL, Says: r.n.words.name("webhook-state", w.State) + " · " + fmt.Sprintf(r.n.words["health.behind"], max(size-w.Delivered, 0))}
		if w.Attempts > 0 {
			part.Err = fmt.Sprintf(r.n.words["webhooks.attempts"], w.Attempts) + " " + w.LastError
		}
		out = append(out, part)
	}
	return out
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
