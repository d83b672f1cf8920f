package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/events"
	"github.com/zhengdang/chengxu/store"
	"github.com/zhengdang/chengxu/webhook"
)

// gate lets a test take the rights away from everybody while requests are under way.
type gate struct {
	*people
	closed atomic.Bool
}

func (g *gate) Again(ctx context.Context, authorization []string) (auth.Principal, error) {
	if g.closed.Load() {
		return auth.Principal{}, auth.ErrUnauthenticated
	}
	return g.Authenticate(ctx, authorization)
}

// eventClient is a client of an API with a real outbox, in which the cases of the
// fake have entries.
type eventClient struct {
	*client
	store *store.Store
	bell  *events.Bell
	gate  *gate
}

func newEventClient(t testing.TB, pace api.Pace, more ...func(*access.Options)) *eventClient {
	t.Helper()
	c := &eventClient{client: newClient(t), bell: events.NewBell()}
	var err error
	if c.store, err = store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "x.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.store.Close() })
	c.store.AnnounceTo(c.bell.Ring)
	for name, role := range map[string]casefile.Role{"admin": auth.Administrator, "auditor": auth.Auditor} {
		secret, _, err := c.people.Issue(t.Context(), auth.Grant{Person: casefile.PersonID(name), Name: name, Organ: organ,
			Roles: []casefile.Role{role}, Expires: time.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		c.people.secrets[name] = secret
	}
	c.gate = &gate{people: c.people}
	o := access.Options{Cases: c.fake, Events: c.store, Webhooks: webhook.NewService(c.store, webhook.Key{}, webhook.Targets{}, nil, c.bell.Ring)}
	for _, change := range more {
		change(&o)
	}
	c.api, err = api.New(api.Options{Guard: access.New(o), Authenticator: c.gate, Refusals: c.fake, Replies: noReplies{}, Bell: c.bell, Pace: pace})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// record adds the next entry of a case.
func (c *eventClient) record(id casefile.ID, of casefile.OrganID, sequence int64) {
	c.t.Helper()
	e := casefile.Entry{Case: id, Organ: of, Sequence: sequence, Kind: casefile.EntryAct, On: date("2024-03-01"),
		At: time.Date(2024, 3, 1, 0, 0, int(sequence), 0, time.UTC), Step: "intake", Round: 1, Verb: "note",
		Act: &casefile.Act{ID: fmt.Sprint("a", sequence), Kind: "intake.note", By: casefile.Actor{Person: "p1", Name: "承办人"}}}
	if sequence == 1 {
		e.Kind, e.Step, e.Round, e.Verb = casefile.EntryOpened, "", 0, ""
		e.Matter, e.Pinned = &casefile.Matter{Title: "方案"}, &casefile.Pinned{Procedure: "cn.major-decision@2019", Definition: draft, Calendar: draft}
	}
	if _, err := c.store.Record(c.t.Context(), e); err != nil {
		c.t.Fatal(err)
	}
}

// told is what a test looks at in an event.
type told struct {
	Cursor, Subject, Type string
	Data                  casefile.Event
}

func (c *eventClient) events(a answer) []told {
	c.t.Helper()
	if a.Code != http.StatusOK || a.Header().Get("Content-Type") != "application/cloudevents-batch+json" {
		c.t.Fatalf("%d %s: %s", a.Code, a.Header().Get("Content-Type"), a.Body)
	}
	for _, one := range decode[[]any](c.t, a) {
		if err := c.doc.Components.Schemas["Event"].Value.VisitJSON(one, openapi3.EnableJSONSchema2020()); err != nil {
			c.t.Errorf("an event is not as the contract says: %v", err)
		}
	}
	return decode[[]told](c.t, a)
}

func cursors(list []told) string {
	var out []string
	for _, e := range list {
		out = append(out, fmt.Sprintf("%s:%s/%d", e.Cursor, e.Subject, e.Data.Sequence))
	}
	return strings.Join(out, " ")
}

func TestEventsOfTheOwnOrganAreReadPageByPage(t *testing.T) {
	c := newEventClient(t, api.Pace{})
	for n := int64(1); n <= 3; n++ {
		c.record("c1", organ, n)
		c.record("c9", otherOrgan, n)
	}
	c.record("c2", organ, 1)
	for _, tt := range []struct{ person, query, want string }{
		{"drafter", "", "1:c1/1 2:c1/2 3:c1/3 4:c2/1"},
		{"auditor", "?after=2", "3:c1/3 4:c2/1"},
		{"drafter", "?case=c2", "4:c2/1"},
		{"drafter", "?types=cn.chengxu.case.entry.opened.v1,cn.chengxu.case.entry.lapse.v1", "1:c1/1 4:c2/1"},
		{"drafter", "?after=4", ""},
		{"stranger", "", "1:c9/1 2:c9/2 3:c9/3"},
	} {
		if got := cursors(c.events(c.ask("GET", "/api/v1/events"+tt.query, tt.person, ""))); got != tt.want {
			t.Errorf("%s%s: %s, want %s", tt.person, tt.query, got, tt.want)
		}
	}
	var all []told
	next := "/api/v1/events?limit=3&types=cn.chengxu.case.entry.act.v1,cn.chengxu.case.entry.opened.v1"
	for pages := 1; next != ""; pages++ {
		a := c.ask("GET", next, "drafter", "")
		all = append(all, c.events(a)...)
		link := a.Header().Get("Link")
		next, _, _ = strings.Cut(strings.TrimPrefix(link, "<"), ">")
		if pages > 3 {
			t.Fatal("the pages do not end")
		}
	}
	if got := cursors(all); got != "1:c1/1 2:c1/2 3:c1/3 4:c2/1" {
		t.Errorf("page by page: %s", got)
	}
}

func TestEventsAreRefusedLikeEverythingElse(t *testing.T) {
	c := newEventClient(t, api.Pace{})
	for _, path := range []string{"/api/v1/events", "/api/v1/events/stream"} {
		c.ask("GET", path, "", "").want(t, http.StatusUnauthorized, "unauthenticated")
		c.ask("GET", path, "admin", "").want(t, http.StatusForbidden, "forbidden")
		c.ask("GET", path+"?case=c9", "drafter", "").want(t, http.StatusNotFound, "not-found")
		c.ask("GET", path+"?case=nosuch", "drafter", "").want(t, http.StatusNotFound, "not-found")
		c.ask("GET", path+"?case=..%2fc9", "drafter", "").want(t, http.StatusUnprocessableEntity, "invalid-request")
		c.ask("GET", path+"?after=-1", "drafter", "").want(t, http.StatusUnprocessableEntity, "invalid-request")
		c.ask("GET", path+"?types=other", "drafter", "").want(t, http.StatusUnprocessableEntity, "invalid-request")
		c.ask("GET", path+"?organ=x", "drafter", "").want(t, http.StatusUnprocessableEntity, "unknown-field")
	}
	c.ask("GET", "/api/v1/events?limit=501", "drafter", "").want(t, http.StatusUnprocessableEntity, "invalid-request")
	c.ask("GET", "/api/v1/events/stream", "drafter", "", "Last-Event-ID", "x").want(t, http.StatusUnprocessableEntity, "invalid-request")
	if c.bell.Listening() != 0 {
		t.Error("a refused stream still listens")
	}
}

func TestTheContractNamesEveryFieldAndTypeOfAnEvent(t *testing.T) {
	c := newClient(t)
	var fields map[string]any
	e := casefile.Event{Organ: "o", Case: "c", Sequence: 1, Kind: "act", At: time.Unix(1, 0), On: date("2024-03-01"), Practice: true, Procedure: "p",
		Step: "s", Round: 1, Verb: "v", Outcome: "o", Status: "running", End: "e", Deadlines: []string{"d"}}
	raw, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &fields); err != nil {
		t.Fatal(err)
	}
	schema := c.doc.Components.Schemas["EventData"].Value
	want, got := casefile.SortedNames(fields), casefile.SortedNames(schema.Properties)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-) and contract (+):\n%s", diff)
	}
	var types, kinds []any
	for _, kind := range events.Kinds() {
		types, kinds = append(types, events.Type(kind)), append(kinds, string(kind))
	}
	if diff := cmp.Diff(types, c.doc.Components.Schemas["EventType"].Value.Enum); diff != "" {
		t.Errorf("types (-) and contract (+):\n%s", diff)
	}
	if diff := cmp.Diff(kinds, schema.Properties["kind"].Value.Enum); diff != "" {
		t.Errorf("kinds (-) and contract (+):\n%s", diff)
	}
}

type webhookAnswer struct {
	Webhook struct {
		ID, State, Cursor string
		Types             []string
	}
	Secret string
}

func TestAnAdministratorManagesWebhooks(t *testing.T) {
	c := newEventClient(t, api.Pace{})
	c.record("c1", organ, 1)
	const path = "/api/v1/webhooks"
	made := c.ask("POST", path, "admin", `{"url":"https://example.org/in","types":["cn.chengxu.case.entry.act.v1"],"description":"档案系统"}`)
	if made.Code != http.StatusCreated {
		t.Fatal(made.Body)
	}
	got := decode[webhookAnswer](t, made)
	if got.Webhook.State != "active" || got.Webhook.Cursor != "1" || !strings.HasPrefix(got.Secret, "whsec_") {
		t.Errorf("%s", made.Body)
	}
	from := decode[webhookAnswer](t, c.ask("POST", path, "admin", `{"url":"https://example.org/in","after":"0"}`))
	if from.Webhook.Cursor != "0" || from.Webhook.ID == got.Webhook.ID || from.Secret == got.Secret {
		t.Errorf("%+v", from)
	}
	one := path + "/" + got.Webhook.ID
	rotated := decode[webhookAnswer](t, c.ask("POST", one+"/rotate", "admin", ""))
	if rotated.Secret == got.Secret || !strings.HasPrefix(rotated.Secret, "whsec_") {
		t.Error("the secret stays as it was")
	}
	for step, state := range map[string]string{"/disable": "disabled", "/resume": "active"} {
		if a := c.ask("POST", one+step, "admin", ""); a.Code != http.StatusOK || !strings.Contains(a.Body.String(), `"state":"`+state+`"`) {
			t.Errorf("%s: %s", step, a.Body)
		}
	}
	list := c.ask("GET", path, "admin", "").Body.String()
	if strings.Count(list, `"url"`) != 2 || strings.Contains(list, "whsec_") || strings.Contains(list, "secret") {
		t.Errorf("list: %s", list)
	}
	for _, body := range []string{
		`{}`, `{"url":"http://example.org/"}`, `{"url":"https://127.0.0.1/"}`, `{"url":"https://example.org/","types":["other"]}`,
		`{"url":"https://example.org/","after":"2"}`, `{"url":"https://example.org/","case":"a/b"}`,
	} {
		c.ask("POST", path, "admin", body).want(t, http.StatusUnprocessableEntity, "invalid-request")
	}
	c.ask("POST", path, "admin", `{"url":"https://example.org/","organ":"x"}`).want(t, http.StatusUnprocessableEntity, "unknown-field")
	for _, op := range []string{"GET " + path, "POST " + path, "POST " + one + "/disable", "POST " + one + "/resume", "POST " + one + "/rotate"} {
		method, target, _ := strings.Cut(op, " ")
		for _, person := range []string{"drafter", "auditor", "trainer", "stranger"} {
			c.ask(method, target, person, "").want(t, http.StatusForbidden, "forbidden")
		}
	}
	c.ask("POST", path+"/nosuch/rotate", "admin", "").want(t, http.StatusNotFound, "not-found")
}
