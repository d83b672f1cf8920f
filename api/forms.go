package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

func (h *handler) formRoutes(r *routes) {
	r.add("GET", "/api/v1/procedures/:name/acts", access.ReadLaw, h.listForms, r.quick)
	r.add("GET", "/api/v1/procedures/:name/acts/:act/schema", access.ReadLaw, h.readSchema, r.quick)
}

type formListView struct {
	Acts []formView `json:"acts"`
}

// formView is an act that a procedure admits in some state of a case.
type formView struct {
	Kind     string          `json:"kind"`
	Step     string          `json:"step,omitempty"`
	Title    casefile.Text   `json:"title"`
	Roles    []casefile.Role `json:"roles"`
	Outcomes []string        `json:"outcomes"`
	Schema   string          `json:"schema"` // where it is
}

// listForms handles GET /api/v1/procedures/{name}/acts.
func (h *handler) listForms(c echo.Context, _ auth.Principal) error {
	d, err := h.procedure(c)
	if err != nil {
		return err
	}
	out := formListView{Acts: []formView{}}
	for _, f := range d.Forms() {
		out.Acts = append(out.Acts, formView{
			Kind: f.Kind, Step: f.Step, Title: f.Title, Roles: filled(f.Roles), Outcomes: filled(f.Spec.Outcomes()),
			Schema: "/api/v1/procedures/" + url.PathEscape(d.Name()) + "/acts/" + url.PathEscape(f.Kind) + "/schema",
		})
	}
	return tagged(c, echo.MIMEApplicationJSON, out)
}

// readSchema handles GET /api/v1/procedures/{name}/acts/{act}/schema.
func (h *handler) readSchema(c echo.Context, _ auth.Principal) error {
	d, err := h.procedure(c)
	if err != nil {
		return err
	}
	f, err := d.Form(c.Param("act"))
	if err != nil {
		return err
	}
	return tagged(c, "application/schema+json", f.Schema())
}

// procedure gives the procedure that the path names.
func (h *handler) procedure(c echo.Context) (*procedure.Definition, error) {
	for _, d := range h.guard.Procedures() {
		if d.Name() == c.Param("name") {
			return d, nil
		}
	}
	return nil, notFound()
}

// fieldError is one place of a body that is wrong.
type fieldError struct {
	Pointer string        `json:"pointer"` // RFC 6901
	Detail  casefile.Text `json:"detail"`
}

// payloadFault is a payload of wrong form: the refusal is what the procedure says
// first, errors are all places.
type payloadFault struct {
	refusal *casefile.Refusal
	errors  []fieldError
}

func (p *payloadFault) Error() string { return p.refusal.Error() }

// Unwrap gives the refusal.
func (p *payloadFault) Unwrap() error { return p.refusal }

// maxErrors is how many places a problem names.
const maxErrors = 50

// checkPayload holds a payload to the schema of its act, before it reaches the
// engine. The procedure says what is wrong; the schema, where.
func (h *handler) checkPayload(f procedure.Form, with casefile.Values) error {
	schema, err := h.schemas.of(f)
	if err != nil {
		return err
	}
	var found *jsonschema.ValidationError
	invalid := schema.Validate(instanceOf(with))
	refusal := f.Spec.WellFormed(with)
	if invalid == nil && refusal == nil {
		return nil
	}
	if invalid != nil && !errors.As(invalid, &found) {
		return fmt.Errorf("validate %s: %w", f.Kind, invalid)
	}
	out := &payloadFault{refusal: refusal}
	if refusal == nil { // never: both admit the same
		out.refusal = &casefile.Refusal{Code: casefile.RefusedBadValue, Message: text("内容不符合要求。", "the payload is not as its schema says")}
	}
	out.refusal.Act = f.Kind
	places := [][]string{}
	if found != nil {
		places = placesOf(found)
	} else if refusal.Field != "" {
		places = [][]string{{refusal.Field}} // the one thing that a schema cannot say
	}
	for _, place := range places[:min(len(places), maxErrors)] {
		detail := out.refusal.Message
		if one := f.Spec.WrongField(place[0], with); one != nil {
			detail = one.Message
		}
		out.errors = append(out.errors, fieldError{Pointer: pointer(append([]string{"with"}, place...)), Detail: detail})
	}
	return out
}

// checkAct holds the payload of an act to its schema, where the case admits the act
// now. Whatever else is wrong is for the act itself to be told.
func (h *handler) checkAct(c echo.Context, p auth.Principal, in access.As, id casefile.ID, kind string, with casefile.Values) error {
	f, ok, err := h.guard.Form(c.Request().Context(), p, in, id, kind)
	if err != nil || !ok {
		return err
	}
	return h.checkPayload(f, with)
}

// checkOpening holds the payload of an opening to its schema, by a procedure that
// there is and somebody who may open a case of it.
func (h *handler) checkOpening(p auth.Principal, in access.As, name string, with casefile.Values) error {
	by := p.Actor()
	if in.Other != nil || in.Under != "" {
		return nil // who acts is not settled yet
	}
	for _, d := range h.guard.Procedures() {
		if (d.Name() == name || d.ID == name) && slices.ContainsFunc(d.Open.Roles, by.Holds) {
			f, err := d.Form("case.open")
			if err != nil {
				return err
			}
			return h.checkPayload(f, with)
		}
	}
	return nil
}

// pointer gives a JSON pointer (RFC 6901).
func pointer(parts []string) string {
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	var out strings.Builder
	for _, part := range parts {
		out.WriteString("/" + clip(escape.Replace(part), 100))
	}
	return out.String()
}

// placesOf gives the places in a payload that an error names, each once.
func placesOf(e *jsonschema.ValidationError) [][]string {
	var out [][]string
	add := func(place ...string) {
		if !slices.ContainsFunc(out, func(known []string) bool { return slices.Equal(known, place) }) {
			out = append(out, slices.Clone(place))
		}
	}
	var walk func(e *jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		switch k := e.ErrorKind.(type) {
		case *kind.Required:
			for _, name := range k.Missing {
				add(append(slices.Clone(e.InstanceLocation), name)...)
			}
			return
		case *kind.AdditionalProperties:
			for _, name := range k.Properties {
				add(append(slices.Clone(e.InstanceLocation), name)...)
			}
			return
		}
		for _, cause := range e.Causes {
			walk(cause)
		}
		if len(e.Causes) == 0 && len(e.InstanceLocation) > 0 {
			add(e.InstanceLocation...)
		}
	}
	walk(e)
	slices.SortFunc(out, func(a, b []string) int { return slices.Compare(a, b) })
	return out
}

// instanceOf gives a payload as a validator reads it.
func instanceOf(with casefile.Values) map[string]any {
	out := make(map[string]any, len(with))
	for name, v := range with {
		if list, ok := v.([]string); ok {
			items := make([]any, len(list))
			for i, item := range list {
				items[i] = item
			}
			v = items
		}
		out[name] = v
	}
	return out
}

// schemas holds the compiled schemas of acts. There are as many as there are acts of
// step types.
type schemas struct {
	mu       sync.Mutex
	compiled map[string]*jsonschema.Schema
}

func (s *schemas) of(f procedure.Form) (*jsonschema.Schema, error) {
	key := string(f.Type) + "." + f.Spec.Verb
	s.mu.Lock()
	defer s.mu.Unlock()
	if schema, ok := s.compiled[key]; ok {
		return schema, nil
	}
	schema, err := compile(f.Schema())
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", f.Kind, err)
	}
	if s.compiled == nil {
		s.compiled = map[string]*jsonschema.Schema{}
	}
	s.compiled[key] = schema
	return schema, nil
}

func compile(schema procedure.Schema) (*jsonschema.Schema, error) {
	raw, err := json.Marshal(schema)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseLoader(noLoader{}) // nothing is fetched
	if err := c.AddResource("act.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("act.json")
}

// noLoader loads nothing.
type noLoader struct{}

func (noLoader) Load(string) (any, error) { return nil, errors.New("schemas refer to nothing outside") }
