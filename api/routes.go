package api

import (
	"errors"
	"fmt"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
)

// routes registers routes. One without a decision on who may use it is an error,
// so that none can come into being by being forgotten.
type routes struct {
	echo        *echo.Echo
	h           *handler
	quick, slow echo.MiddlewareFunc // bounds of the time for one request
	actions     map[string]access.Action
	err         error
}

// answer is a handler that knows who is calling.
type answer func(c echo.Context, p auth.Principal) error

// add registers a route for whoever may try the action.
func (r *routes) add(method, path string, action access.Action, do answer, with ...echo.MiddlewareFunc) {
	rule, ok := access.RuleFor(action)
	if !ok {
		r.err = errors.Join(r.err, fmt.Errorf("api: route %s %s: action %q has no rule", method, path, action))
		return
	}
	if r.actions == nil {
		r.actions = map[string]access.Action{}
	}
	r.actions[method+" "+braces(path)] = action
	r.echo.Add(method, path, r.h.permitted(action, rule, do), with...)
}
