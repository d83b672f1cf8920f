package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// accountItemView is an account without anything that lets in.
type accountItemView struct {
	Login      string            `json:"login"`
	Organ      casefile.OrganID  `json:"organ"`
	Person     casefile.PersonID `json:"person"`
	Created    time.Time         `json:"created"`
	MustChange bool              `json:"must_change"`
	Closed     time.Time         `json:"closed,omitzero"`
}

type accountPageView struct {
	Accounts []accountItemView `json:"accounts"`
	Next     string            `json:"next,omitempty"`
}

// listAccounts handles GET /api/v1/accounts.
func (h *handler) listAccounts(c echo.Context, p auth.Principal) error {
	query, err := queryOf(c.Request(), "organ", "after", "limit")
	if err != nil {
		return err
	}
	limit, err := limitOf(query, 200)
	if err != nil {
		return err
	}
	if limit == 0 {
		limit = 50
	}
	list, err := h.guard.Accounts(c.Request().Context(), p, casefile.OrganID(query["organ"]), query["after"], limit)
	if err != nil {
		return err
	}
	out := accountPageView{Accounts: []accountItemView{}}
	for _, a := range list {
		out.Accounts = append(out.Accounts, accountItemView{Login: a.Login, Organ: a.Organ, Person: a.Person, Created: a.Created, MustChange: a.MustChange, Closed: a.Closed})
	}
	if len(list) == limit {
		out.Next = list[limit-1].Login
	}
	return c.JSON(http.StatusOK, out)
}

// accountView shows the first password, once.
type accountView struct {
	Person   string `json:"person"`
	Password string `json:"password"`
}

// openAccount handles POST /api/v1/accounts.
func (h *handler) openAccount(c echo.Context, p auth.Principal) error {
	var req struct {
		Person string `json:"person"`
		Login  string `json:"login"`
		Reset  bool   `json:"reset"`
		Reason string `json:"reason"`
	}
	if err := bindBody(c, &req); err != nil {
		return err
	}
	password, err := h.guard.OpenAccount(c.Request().Context(), p, casefile.PersonID(req.Person), req.Login, req.Reset, req.Reason)
	if errors.Is(err, casefile.ErrConflict) && req.Reset {
		return &fault{code: codeConflict, detail: text("账户已关闭，或者刚刚有变化；已关闭的账户须先重新启用。", "the account is closed, or has changed just now; one that is closed is reopened first")}
	}
	if errors.Is(err, casefile.ErrConflict) {
		return &fault{code: codeConflict, detail: text("登录名已被使用，或者该人员已有账户。", "the login is taken, or the person has an account")}
	}
	if err != nil {
		return directoryFault(err)
	}
	return c.JSON(http.StatusCreated, accountView{Person: req.Person, Password: password})
}

// closeAccount handles POST /api/v1/accounts/{login}/close.
func (h *handler) closeAccount(c echo.Context, p auth.Principal) error {
	var req struct {
		Reason string `json:"reason"`
	}
	if err := bindBody(c, &req); err != nil {
		return err
	}
	err := h.guard.CloseAccount(c.Request().Context(), p, pathParam(c, "login"), req.Reason)
	if errors.Is(err, auth.ErrLastAdministrator) {
		return &fault{code: codeConflict, detail: text("这是该机关最后一个可以登录的管理员账户，不能关闭。", "this is the last account by which an administrator of the organ can sign in; it stays open")}
	}
	if err != nil {
		return directoryFault(err)
	}
	return c.NoContent(http.StatusNoContent)
}

// reopenAccount handles POST /api/v1/accounts/{login}/reopen.
func (h *handler) reopenAccount(c echo.Context, p auth.Principal) error {
	var req struct {
		Reason string `json:"reason"`
	}
	if err := bindBody(c, &req); err != nil {
		return err
	}
	password, account, err := h.guard.ReopenAccount(c.Request().Context(), p, pathParam(c, "login"), req.Reason)
	if errors.Is(err, casefile.ErrConflict) {
		return &fault{code: codeConflict, detail: text("账户没有关闭。", "the account is not closed")}
	}
	if err != nil {
		return directoryFault(err)
	}
	return c.JSON(http.StatusCreated, accountView{Person: string(account.Person), Password: password})
}

type accountChangesView struct {
	Changes []accountChangeView `json:"changes"`
	Next    int64               `json:"next,omitempty"`
}

type accountChangeView struct {
	Number int64             `json:"number"`
	At     time.Time         `json:"at"`
	By     casefile.PersonID `json:"by"`
	Person casefile.PersonID `json:"person"`
	Act    string            `json:"act"`
	Object string            `json:"object"`
	Reason string            `json:"reason,omitempty"`
}

// listAccountChanges handles GET /api/v1/account-log.
func (h *handler) listAccountChanges(c echo.Context, p auth.Principal) error {
	query, err := queryOf(c.Request(), "organ", "before", "limit")
	if err != nil {
		return err
	}
	limit, before, err := pageOfNumbers(query)
	if err != nil {
		return err
	}
	list, err := h.guard.AccountLog(c.Request().Context(), p, casefile.OrganID(query["organ"]), before, limit)
	if err != nil {
		return err
	}
	out := accountChangesView{Changes: []accountChangeView{}}
	for _, ch := range list {
		out.Changes = append(out.Changes, accountChangeView{Number: ch.Number, At: ch.At, By: ch.By, Person: ch.Person, Act: ch.Act, Object: ch.Object, Reason: ch.Reason})
	}
	if len(list) == limit {
		out.Next = list[limit-1].Number
	}
	return c.JSON(http.StatusOK, out)
}
