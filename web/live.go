package web

import (
	"context"
	"strconv"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
)

// liveView tells the script of a page from where on it listens for what others do.
type liveView struct {
	Case  casefile.ID
	Seen  int64  // the last entry that the page shows
	After string // the number of its event
	URL   string
}

// liveOf is for a page that shows a case up to an entry; nil where there is none.
func liveOf(f file, seen int64) *liveView {
	if len(f.entries) == 0 || f.c.Status == casefile.StatusClosed {
		return nil
	}
	last := f.entries[len(f.entries)-1]
	return &liveView{Case: f.c.ID, Seen: seen, After: strconv.FormatInt(last.Index+1, 10), URL: caseURL(f.c.ID)}
}

// acting adds to the page of a case what somebody who is signed in can do with it.
func (h *handler) acting(ctx context.Context, v viewer, f file, lang string, view *caseView) error {
	if v.visitor {
		return nil
	}
	if access.Permit(v.principal, access.ReadEvents) == nil {
		view.Live = liveOf(f, f.c.Sequence)
	}
	if access.Permit(v.principal, access.KeepForm) != nil {
		return nil //nolint:nilerr // there are no drafts of forms for this viewer
	}
	var err error
	view.Drafts, err = h.drafts(ctx, v, f, h.names(lang, f.def))
	return err
}
