package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/internal/intake"
)

// commentRequest is a comment as it is sent, as the body or as a part of a form.
type commentRequest struct {
	Text    string `json:"text"`
	Anchor  string `json:"anchor"`
	Name    string `json:"name"`
	Contact string `json:"contact"`
}

type receiptView struct {
	Receipt      string           `json:"receipt"`
	Consultation string           `json:"consultation"`
	Number       int64            `json:"number"`
	ReceivedAt   time.Time        `json:"received_at"`
	Digest       string           `json:"digest"`
	Salt         string           `json:"salt"`
	Chain        string           `json:"chain"`
	Attachments  []attachmentView `json:"attachments,omitempty"`
}

// attachmentView is a file that is attached to a comment.
type attachmentView struct {
	Digest    casefile.Digest        `json:"digest"`
	Name      string                 `json:"name,omitempty"` // forgotten once the comment was withdrawn
	MediaType string                 `json:"media_type"`
	Size      int64                  `json:"size"`
	State     casefile.DocumentState `json:"state"`
}

func attachmentsOf(list []consult.Attachment) []attachmentView {
	var out []attachmentView
	for _, a := range list {
		out = append(out, attachmentView(a))
	}
	return out
}

// comment handles POST /api/v1/public/consultations/{consultation}/comments.
func (h *handler) comment(c echo.Context, _ auth.Principal) error {
	var req commentRequest
	form := formOf(c)
	var err error
	if form != nil {
		err = bindJSON([]byte(form.Texts[commentPart]), &req)
	} else {
		form, err = &intake.Form{}, bindBody(c, &req)
	}
	if err != nil {
		return err
	}
	r, err := h.guard.Comment(c.Request().Context(), consult.Comment{Consultation: pathParam(c, "consultation"), Text: req.Text, Anchor: req.Anchor,
		Name: strings.TrimSpace(req.Name), Contact: strings.TrimSpace(req.Contact)}, form.Files)
	if err != nil {
		return directoryFault(err)
	}
	c.Response().Header().Set(echo.HeaderLocation, "/api/v1/public/receipts/"+r.Receipt)
	return c.JSON(http.StatusCreated, receiptView{Receipt: r.Receipt, Consultation: r.Consultation, Number: r.Number, ReceivedAt: r.At, Digest: r.Digest, Salt: r.Salt, Chain: r.Chain,
		Attachments: attachmentsOf(r.Attachments)})
}

// commentView is a comment. Name, contact and attachments are there for those who
// may know them, and the attachments for whoever has the receipt.
type commentView struct {
	Number      int64              `json:"number"`
	ReceivedAt  time.Time          `json:"received_at"`
	Text        string             `json:"text,omitempty"`
	Anchor      string             `json:"anchor,omitempty"`
	Digest      string             `json:"digest"`
	Salt        string             `json:"salt,omitempty"`
	Chain       string             `json:"chain"`
	Withdrawn   bool               `json:"withdrawn"`
	Visibility  consult.Visibility `json:"visibility"`
	Why         string             `json:"why,omitempty"`
	Disposition string             `json:"disposition,omitempty"`
	Reason      string             `json:"reason,omitempty"`
	Name        string             `json:"name,omitempty"`
	Contact     string             `json:"contact,omitempty"`
	Attached    int                `json:"attached,omitempty"`
	Attachments []attachmentView   `json:"attachments,omitempty"`
}

func commentOf(r consult.Received) commentView {
	return commentView{Number: r.Number, ReceivedAt: r.At, Text: r.Comment.Text, Anchor: r.Comment.Anchor, Digest: r.Digest, Salt: r.Salt, Chain: r.Chain, Withdrawn: r.Withdrawn,
		Visibility: r.Visibility, Why: r.Why, Disposition: r.Disposition, Reason: r.Reason, Name: r.Comment.Name, Contact: r.Comment.Contact,
		Attached: r.Attached, Attachments: attachmentsOf(r.Comment.Attachments)}
}

type commentPageView struct {
	Comments []commentView `json:"comments"`
	Next     int64         `json:"next,omitempty"`
}

// afterNumber reads where a page of comments begins, and its length.
func afterNumber(r *http.Request, more ...string) (after int64, limit int, query map[string]string, err error) {
	if query, err = queryOf(r, append([]string{"after", "limit"}, more...)...); err != nil {
		return 0, 0, nil, err
	}
	if limit, err = limitOf(query, 1000); err != nil {
		return 0, 0, nil, err
	}
	if limit == 0 {
		limit = 100
	}
	if text, ok := query["after"]; ok {
		if after, err = strconv.ParseInt(text, 10, 64); err != nil || after < 0 {
			return 0, 0, nil, invalid("after", "须为非负整数。", "must be an integer, not negative")
		}
	}
	return after, limit, query, nil
}

// listPublicComments handles GET /api/v1/public/consultations/{consultation}/comments.
func (h *handler) listPublicComments(c echo.Context, _ auth.Principal) error {
	after, limit, query, err := afterNumber(c.Request(), "format")
	if err != nil {
		return err
	}
	list, err := h.guard.PublicComments(c.Request().Context(), pathParam(c, "consultation"), after, limit)
	if err != nil {
		return err
	}
	rows := [][]string{{"number", "received_at", "visibility", "why", "withdrawn", "anchor", "text", "digest", "attached"}}
	for _, r := range list {
		rows = append(rows, []string{strconv.FormatInt(r.Number, 10), r.At.Format(time.RFC3339), string(r.Visibility), r.Why, strconv.FormatBool(r.Withdrawn), r.Comment.Anchor, r.Comment.Text, r.Digest,
			strconv.Itoa(r.Attached)})
	}
	return table(c, query["format"], commentPage(list, limit), rows)
}

func commentPage(list []consult.Received, limit int) commentPageView {
	out := commentPageView{Comments: []commentView{}}
	for _, r := range list {
		out.Comments = append(out.Comments, commentOf(r))
	}
	if len(list) == limit {
		out.Next = list[limit-1].Number
	}
	return out
}
