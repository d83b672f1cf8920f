// Package contract holds answers of the API to its OpenAPI contract, the contract to
// the rules of the house, and one version of it to the one before. Tests use it; the
// program does not.
package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

const problemMedia = "application/problem+json"

// Contract is a contract that answers can be held to.
type Contract struct {
	Doc    *openapi3.T
	router routers.Router
}

// Load reads a contract and says what is wrong with it; its examples are held to
// their schemas.
func Load(ctx context.Context, raw []byte) (*Contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		return nil, fmt.Errorf("read contract: %w", err)
	}
	if err := doc.Validate(ctx); err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	return &Contract{Doc: doc, router: router}, nil
}

// Check says how an answer differs from the contract, or nil: status, media type,
// headers and body must be described for the operation that was asked for, an error
// must be a problem, and what the contract does not name must not be found.
func (c *Contract) Check(req *http.Request, status int, header http.Header, body []byte) error {
	asked := fmt.Sprintf("%s %s answered %d", req.Method, req.URL.Path, status)
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil && len(body) > 0 {
		return fmt.Errorf("%s: content type %q: %w", asked, header.Get("Content-Type"), err)
	}
	if status >= http.StatusBadRequest && req.Method != http.MethodHead {
		if err := c.problem(media, body); err != nil {
			return fmt.Errorf("%s: %w", asked, err)
		}
	}
	read := req
	if req.Method == http.MethodHead { // as GET, without a body
		read = req.Clone(req.Context())
		read.Method = http.MethodGet
	}
	route, params, err := c.router.FindRoute(read)
	if err != nil {
		if status == http.StatusNotFound || status == http.StatusMethodNotAllowed {
			return nil
		}
		return fmt.Errorf("%s and is not in the contract: %w", asked, err)
	}
	if err := declared(route.Operation, status, media, body); err != nil {
		return fmt.Errorf("%s: %w", asked, err)
	}
	err = openapi3filter.ValidateResponse(req.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: read, PathParams: params, Route: route},
		Status:                 status,
		Header:                 header,
		Body:                   io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{
			IncludeResponseStatus: true,
			ExcludeResponseBody:   req.Method == http.MethodHead || len(body) == 0 || media != problemMedia && media != "application/json",
		},
	})
	if err != nil {
		return fmt.Errorf("%s: %w", asked, err)
	}
	return nil
}

// problem holds the body of an error to the schema of problems.
func (c *Contract) problem(media string, body []byte) error {
	if media != problemMedia {
		return fmt.Errorf("an error of type %q, want %s", media, problemMedia)
	}
	schema := c.Doc.Components.Schemas["Problem"]
	if schema == nil {
		return errors.New("the contract has no schema Problem")
	}
	value, err := decode(body)
	if err != nil {
		return err
	}
	return schema.Value.VisitJSON(value, openapi3.EnableJSONSchema2020())
}

// declared says whether the operation has an answer of the media type.
func declared(op *openapi3.Operation, status int, media string, body []byte) error {
	ref := op.Responses.Status(status)
	if ref == nil {
		ref = op.Responses.Default()
	}
	if ref == nil || len(body) == 0 {
		return nil // the status is checked with the rest
	}
	content := ref.Value.Content
	if content[media] != nil || content["*/*"] != nil && status < http.StatusBadRequest {
		return nil
	}
	if family, _, ok := strings.Cut(media, "/"); ok && content[family+"/*"] != nil {
		return nil
	}
	return fmt.Errorf("media type %q is not in the contract", media)
}

// watched are the addresses that the contract is about.
func watched(path string) bool {
	return strings.HasPrefix(path, "/api/") || path == "/healthz" || path == "/readyz"
}

// Watch holds every answer of a handler under the contract to it. Streams are let
// through as they are.
func (c *Contract) Watch(h http.Handler, report func(error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !watched(r.URL.Path) {
			h.ServeHTTP(w, r)
			return
		}
		asked := r.Clone(r.Context())
		seen := &tee{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(seen, r)
		if strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream") {
			return
		}
		if err := c.Check(asked, seen.status, w.Header(), seen.body.Bytes()); err != nil {
			report(err)
		}
	})
}

// tee notes what is answered.
type tee struct {
	http.ResponseWriter
	status int
	wrote  bool
	body   bytes.Buffer
}

// WriteHeader implements [http.ResponseWriter].
func (t *tee) WriteHeader(status int) {
	if !t.wrote {
		t.status, t.wrote = status, true
	}
	t.ResponseWriter.WriteHeader(status)
}

// Write implements [io.Writer].
func (t *tee) Write(b []byte) (int, error) {
	t.wrote = true
	t.body.Write(b)
	return t.ResponseWriter.Write(b)
}

// Unwrap lets [http.ResponseController] reach the writer itself.
func (t *tee) Unwrap() http.ResponseWriter { return t.ResponseWriter }
