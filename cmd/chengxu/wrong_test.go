package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/procedure"
)

// wrongInput is one wrong input and what has to come of it.
type wrongInput struct {
	name   string
	send   func(t *testing.T) answer
	status int    // of a command: 1
	code   string // of the problem; commands have none
	says   string // part of what is said, or the field at fault
}

// TestWrongInputs gives a running Chengxu what it must not take. Each input gets
// a clear answer, and no case, history or log changes.
func TestWrongInputs(t *testing.T) {
	w := newTrial(t)
	var table []wrongInput
	for _, part := range []func() []wrongInput{
		w.outOfPlace, w.wrongPeople, w.wrongFields, w.wrongNumbersAndDates, w.wrongDigests, w.wrongReasonsAndClocks,
		w.wrongBodies, w.wrongTokens, w.wrongAddresses, w.wrongIDs, w.wrongStandIns, w.wrongOpenings, w.wrongDocuments,
		w.wrongScenarios, w.wrongDefinitions, w.wrongRuns, w.wrongDossiers,
	} {
		table = append(table, part()...)
	}
	if len(table) < 45 {
		t.Errorf("%d wrong inputs are tried, want 45 or more", len(table))
	}
	names := map[string]bool{}
	for _, tt := range table {
		if names[tt.name] {
			t.Errorf("two inputs are named %q", tt.name)
		}
		names[tt.name] = true
		t.Run(tt.name, func(t *testing.T) {
			got := tt.send(t)
			if got.status != tt.status || got.code != tt.code {
				t.Errorf("answered %d %q (%s), want %d %q", got.status, got.code, got.text, tt.status, tt.code)
			}
			if !strings.Contains(got.text, tt.says) {
				t.Errorf("it says %q, want something about %q", got.text, tt.says)
			}
			after := w.state(t)
			if diff := cmp.Diff(w.before, after); diff != "" {
				t.Errorf("wrong input left a trace (-before +after):\n%s", diff)
				w.before = after // so that the next inputs answer for themselves
			}
		})
	}
}

// act makes a wrong act on a named case.
func (w *trial) act(name, on, token, body string, status int, code, says string) wrongInput {
	return wrongInput{name: name, status: status, code: code, says: says, send: func(t *testing.T) answer {
		return w.post(t, w.acts(on), token, body)
	}}
}

const (
	conflict      = http.StatusConflict
	unprocessable = http.StatusUnprocessableEntity
	badRequest    = http.StatusBadRequest
)

// submission is a good payload for sending the current draft for review.
func (w *trial) submission() string {
	return fmt.Sprintf(`{"draft":%q,"pack":["draft"],"requested_by":"2025-05-20"}`, w.drafts["draft2"])
}

// meeting is the payload of opening a meeting, with one member replaced.
func (w *trial) meeting(member, value string) string {
	fields := map[string]string{
		"kind": `"executive"`, "draft": fmt.Sprintf("%q", w.drafts["bureau"]), "members_total": "5",
		"present": `["局长","副局长甲"]`, "chief": `"局长"`,
	}
	fields[member] = value
	var parts []string
	for _, name := range []string{"kind", "draft", "members_total", "present", "chief"} {
		parts = append(parts, fmt.Sprintf("%q:%s", name, fields[name]))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func (w *trial) outOfPlace() []wrongInput {
	return []wrongInput{
		w.act("unknown act", "review", "drafter", act("x", "legality_review.dance", `{}`), unprocessable, "unknown-act", "kind"),
		w.act("unknown step", "review", "drafter", act("x", "nowhere.open", `{}`), unprocessable, "unknown-act", "kind"),
		w.act("act without a step", "review", "drafter", act("x", "submit", `{}`), unprocessable, "unknown-act", "<step>.<verb>"),
		w.act("act of a later step", "review", "drafter", act("x", "submission_check.submit", `{}`), conflict, "not-possible-now", "not at"),
		w.act("act of an earlier step", "review", "drafter", act("x", "drafting.file_draft", `{}`), conflict, "not-possible-now", "not at"),
		w.act("act before the one that it needs", "meeting", "secretary", act("x", "deliberation.speak", `{"member":"局长","view":"approve"}`),
			conflict, "not-possible-now", "first"),
		w.act("act on a suspended case", "suspended", "drafter", act("x", "legality_review.submit", `{}`), conflict, "case-suspended", "suspended"),
		w.act("act on a closed case", "closed", "office", act("x", "case.note", `{"text":"补记"}`), conflict, "case-closed", "closed"),
		w.act("resuming what is not suspended", "review", "office", act("x", "case.resume", `{"reason":"恢复"}`), conflict, "not-possible-now", "not suspended"),
	}
}

func (w *trial) wrongPeople() []wrongInput {
	return []wrongInput{
		w.act("wrong role", "review", "expert", act("x", "legality_review.submit", w.submission()), http.StatusForbidden, "wrong-role", "by"),
		w.act("separation of duties", "review", "drafter as reviewer", act("x", "legality_review.return", `{"reason":"退回"}`),
			http.StatusForbidden, "separation", "may not act as"),
		w.act("a trainer in nobody's place", "review", "trainer", act("x", "legality_review.submit", w.submission()),
			http.StatusForbidden, "wrong-role", "by"),
	}
}

func (w *trial) wrongFields() []wrongInput {
	open := func(name, member, value, code, says string) wrongInput {
		return w.act(name, "meeting", "secretary", act("x", "deliberation.open", w.meeting(member, value)), unprocessable, code, says)
	}
	long, many := strings.Repeat("长", procedure.MaxText+1), strings.Repeat(`"人",`, procedure.MaxItems)+`"人"`
	return []wrongInput{
		w.act("missing field", "review", "drafter", act("x", "legality_review.submit", `{"pack":["draft"],"requested_by":"2025-05-20"}`),
			unprocessable, "missing-field", "draft"),
		w.act("unknown field", "review", "drafter", act("x", "case.note", `{"text":"记事","colour":"red"}`), unprocessable, "unknown-field", "colour"),
		w.act("unknown field of the body", "review", "drafter", act("x", "case.note", `{"text":"记事"}`, `"colour":"red"`),
			unprocessable, "unknown-field", "colour"),
		w.act("empty required text", "review", "drafter", act("x", "case.note", `{"text":" \t"}`), unprocessable, "missing-field", "text"),
		w.act("overlong text", "review", "drafter", act("x", "case.note", `{"text":"`+long+`"}`), unprocessable, "bad-value", "text"),
		w.act("null field", "review", "drafter", act("x", "case.note", `{"text":null}`), unprocessable, "invalid-request", "text"),
		w.act("object for a text", "review", "drafter", act("x", "case.note", `{"text":{"a":"b"}}`), unprocessable, "invalid-request", "text"),
		w.act("text with a NUL", "review", "drafter", act("x", "case.note", `{"text":"\u0000"}`), badRequest, "malformed-body", "NUL"),
		open("wrong type", "kind", "true", "bad-value", "kind"),
		open("bad enum value", "kind", `"tea-party"`, "bad-value", "kind"),
		open("text for a list", "present", `"局长"`, "bad-value", "present"),
		open("number in a list", "present", `["局长",1]`, "invalid-request", "present[1]"),
		open("too long list", "present", "["+many+"]", "bad-value", "present"),
		open("empty text in a list", "present", `["局长",""]`, "missing-field", "present"),
		open("somebody listed twice", "present", `["局长","局长"]`, "bad-value", "present"),
		open("chief who is not there", "chief", `"县长"`, "bad-value", "chief"),
	}
}

func (w *trial) wrongNumbersAndDates() []wrongInput {
	count := func(name, value string, status int, code, says string) wrongInput {
		return w.act(name, "meeting", "secretary", act("x", "deliberation.open", w.meeting("members_total", value)), status, code, says)
	}
	by := func(name, date string) wrongInput {
		payload := fmt.Sprintf(`{"draft":%q,"pack":["draft"],"requested_by":%q}`, w.drafts["draft2"], date)
		return w.act(name, "review", "drafter", act("x", "legality_review.submit", payload), unprocessable, "bad-value", "requested_by")
	}
	received := `{"proposer_kind":"public","proposer":"居民","summary":"增设路灯","received_on":"2099-01-01"}`
	return []wrongInput{
		count("negative count", "-1", unprocessable, "bad-value", "members_total"),
		count("float for an integer", "4.5", unprocessable, "bad-value", "members_total"),
		count("huge number", "2000000000", unprocessable, "bad-value", "members_total"),
		count("number beyond all integers", "99999999999999999999", unprocessable, "invalid-request", "members_total"),
		count("number beyond all floats", "1e999", unprocessable, "invalid-request", "members_total"),
		count("NaN as a text", `"NaN"`, unprocessable, "bad-value", "members_total"),
		count("NaN as a number", "NaN", badRequest, "malformed-body", "not valid JSON"),
		by("bad date", "20 May 2025"),
		by("date with a time", "2025-05-20T00:00:00Z"),
		by("impossible date", "2025-02-30"),
		by("date in a far century", "9999-12-31"),
		by("date that must not be past", "2025-01-01"),
		w.act("future date", "real", "office", act("x", "intake.register", received), unprocessable, "future-date", "received_on"),
	}
}

func (w *trial) wrongDigests() []wrongInput {
	about := func(name, digest string, status int, code string) wrongInput {
		payload := fmt.Sprintf(`{"draft":%q,"pack":["draft"],"requested_by":"2025-05-20"}`, digest)
		return w.act(name, "review", "drafter", act("x", "legality_review.submit", payload), status, code, "draft")
	}
	return []wrongInput{
		about("stale digest", w.drafts["draft1"], conflict, "stale-digest"),
		about("unknown digest", strings.Repeat("0", 64), unprocessable, "unknown-digest"),
		about("digest of another organ's document", w.drafts["bureau"], unprocessable, "unknown-digest"),
		about("malformed digest", "sha256:abc", unprocessable, "bad-value"),
		about("digest in capitals", strings.ToUpper(w.drafts["draft2"]), unprocessable, "bad-value"),
	}
}

func (w *trial) wrongReasonsAndClocks() []wrongInput {
	why := func(name, rule, reason, code string) wrongInput {
		body := act("x", "deliberation.open", w.meeting("", ""), fmt.Sprintf(`"reasons":{%q:%q}`, rule, reason))
		return w.act(name, "meeting", "secretary", body, unprocessable, code, "reasons")
	}
	return []wrongInput{
		why("reason for a rule that is not asked", "mad-legality-min-7wd-soft", "时间紧", "unknown-reason"),
		why("reason for a rule that blocks", "mad-meeting-form", "时间紧", "unknown-reason"),
		why("reason for no rule", "mad-nothing", "时间紧", "unknown-reason"),
		why("blank reason", "mad-quorum-local", " ", "bad-value"),
		why("overlong reason", "mad-quorum-local", strings.Repeat("长", 4001), "bad-value"),
		w.act("reason where nothing is asked", "review", "drafter", act("x", "case.note", `{"text":"记事"}`, `"reasons":{"mad-quorum-local":"理由"}`),
			unprocessable, "unknown-reason", "reasons"),
		w.act("practice clock backwards", "review", "drafter", act("x", "case.advance", `{"to":"2025-01-01"}`), conflict, "clock-backwards", "clock"),
		w.act("practice clock to no date", "review", "drafter", act("x", "case.advance", `{"to":"tomorrow"}`), unprocessable, "bad-value", "to"),
		w.act("practice act in a real case", "real", "office", act("x", "case.advance", `{"to":"2030-01-01"}`), unprocessable, "practice-only", "practice"),
	}
}

func (w *trial) wrongBodies() []wrongInput {
	send := func(name, media, body string, status int, code, says string) wrongInput {
		return wrongInput{name: name, status: status, code: code, says: says, send: func(t *testing.T) answer {
			return w.request(t, http.MethodPost, w.acts("review"), w.tokens["drafter"], media, strings.NewReader(body))
		}}
	}
	note := act("x", "case.note", `{"text":"记事"}`)
	const json, malformed = "application/json", "malformed-body"
	return []wrongInput{
		send("malformed JSON", json, `{"id":"x",`, badRequest, malformed, "incomplete"),
		send("broken JSON", json, "{\n\"id\": x}", badRequest, malformed, "line 2"),
		send("trailing JSON", json, note+note, badRequest, malformed, "goes on"),
		send("duplicate key", json, `{"id":"x","kind":"case.note","kind":"case.seal"}`, badRequest, malformed, "kind"),
		send("empty body", json, "", badRequest, malformed, "empty"),
		send("an array for an object", json, "["+note+"]", unprocessable, "invalid-request", "object"),
		send("deep nesting", json, strings.Repeat(`{"with":`, 200)+"1"+strings.Repeat("}", 200), badRequest, malformed, "nested"),
		send("bytes that are no UTF-8", json, act("x", "case.note", "{\"text\":\"\xff\"}"), badRequest, malformed, "UTF-8"),
		send("oversized body", json, act("x", "case.note", `{"text":"`+strings.Repeat("a", 1<<20)+`"}`),
			http.StatusRequestEntityTooLarge, "body-too-large", "exceed"),
		send("wrong content type", "text/plain", note, http.StatusUnsupportedMediaType, "unsupported-media-type", "application/json"),
		send("no content type", "", note, http.StatusUnsupportedMediaType, "unsupported-media-type", "application/json"),
	}
}

func (w *trial) wrongTokens() []wrongInput {
	send := func(name, token string) wrongInput {
		return wrongInput{name: name, status: http.StatusUnauthorized, code: "unauthenticated", send: func(t *testing.T) answer {
			return w.request(t, http.MethodPost, w.acts("review"), token, "application/json", strings.NewReader(act("x", "case.note", `{"text":"记事"}`)))
		}}
	}
	return []wrongInput{
		send("missing token", ""),
		send("bad token", "chengxu_nothing"),
		send("unknown token", "chengxu_"+strings.Repeat("A", 43)),
		send("revoked token", w.tokens["revoked"]),
		send("expired token", w.tokens["expired"]),
	}
}

func (w *trial) wrongAddresses() []wrongInput {
	note := act("x", "case.note", `{"text":"记事"}`)
	to := func(name, method, path, token string, status int, code string) wrongInput {
		return wrongInput{name: name, status: status, code: code, send: func(t *testing.T) answer {
			return w.request(t, method, path, w.tokens[token], "application/json", strings.NewReader(note))
		}}
	}
	const missing = http.StatusNotFound
	return []wrongInput{
		to("other organ's case", http.MethodPost, w.acts("meeting"), "office", missing, "not-found"),
		to("other organ's dossier", http.MethodGet, "/api/v1/cases/"+string(w.cases["review"])+"/dossier", "secretary", missing, "not-found"),
		to("unknown case id", http.MethodPost, "/api/v1/cases/aaaaaaaaaaaaaaaa/acts", "office", missing, "not-found"),
		to("malformed case id", http.MethodPost, "/api/v1/cases/"+url.PathEscape("../x y")+"/acts", "office", missing, "not-found"),
		to("deleting a case", http.MethodDelete, "/api/v1/cases/"+string(w.cases["review"]), "office", http.StatusMethodNotAllowed, "method-not-allowed"),
		to("unknown query parameter", http.MethodGet, "/api/v1/cases?organ=x", "office", unprocessable, "unknown-field"),
		to("too long a page", http.MethodGet, "/api/v1/cases?limit=100000", "office", unprocessable, "invalid-request"),
		to("malformed digest in a path", http.MethodGet, "/api/v1/documents/abc", "office", unprocessable, "invalid-request"),
		to("other organ's document", http.MethodGet, "/api/v1/documents/"+w.drafts["bureau"], "office", missing, "not-found"),
	}
}
