package api

import (
	"errors"
	"fmt"
	"net/http"

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
	keyed       map[string]bool      // see once
	operations  map[string]operation // of the contract
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
	route := method + " " + braces(path)
	r.actions[route] = action
	op := r.operations[route]
	handle := op.warning(r.h.permitted(action, rule, do))
	r.echo.Add(method, path, handle, with...)
	if method == http.MethodGet && op.headed() {
		r.echo.Add(http.MethodHead, path, handle, with...)
	}
}

// once is add for a write that would take effect again when it is repeated: an
// idempotency key keeps it to one effect. The contract marks it with
// "x-idempotency: key".
func (r *routes) once(method, path string, action access.Action, do answer, with ...echo.MiddlewareFunc) {
	r.withKey(method, path, action, r.h.once(routeOf(method, path), false, do), with)
}

// onceWithin is once for a write of which something happens before it is known
// whether it is repeated.
func (r *routes) onceWithin(before func(next answer) answer, method, path string, action access.Action, do answer, with ...echo.MiddlewareFunc) {
	r.withKey(method, path, action, before(r.h.once(routeOf(method, path), false, do)), with)
}

// onceSecret is once for a write whose answer shows a secret that is shown only
// once: the answer is not kept, and a repeated request is told that it was done.
func (r *routes) onceSecret(method, path string, action access.Action, do answer, with ...echo.MiddlewareFunc) {
	r.withKey(method, path, action, r.h.once(routeOf(method, path), true, do), with)
}

func routeOf(method, path string) string { return method + " " + braces(path) }

func (r *routes) withKey(method, path string, action access.Action, do answer, with []echo.MiddlewareFunc) {
	if r.keyed == nil {
		r.keyed = map[string]bool{}
	}
	r.keyed[routeOf(method, path)] = true
	r.add(method, path, action, do, with...)
}
