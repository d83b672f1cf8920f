package main

import (
	"bytes"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/procedure"
)

func (w *trial) wrongIDs() []wrongInput {
	other := `{"text":"第二次记事"}`
	return []wrongInput{
		w.act("reused act id with other content", "review", "trainer", act("note-1", "case.note", other, as("office", "office")),
			unprocessable, "reused-act-id", "id"),
		w.act("reused act id of another act", "review", "drafter", act("note-1", "legality_review.submit", w.submission()),
			unprocessable, "reused-act-id", "id"),
		w.act("reused act id by somebody else", "review", "trainer", act("note-1", "case.note", `{"text":"第一次记事"}`, as("chief", "chief")),
			unprocessable, "reused-act-id", "id"),
		w.act("missing act id", "review", "drafter", `{"kind":"case.note","with":{"text":"记事"}}`, unprocessable, "invalid-request", "id"),
		w.act("malformed act id", "review", "drafter", act("有空 格", "case.note", other), unprocessable, "invalid-request", "id"),
		w.act("overlong act id", "review", "drafter", act(strings.Repeat("x", 101), "case.note", other), unprocessable, "invalid-request", "id"),
		{name: "two ids that differ", status: unprocessable, code: "idempotency-mismatch", says: "id", send: func(t *testing.T) answer {
			return w.request(t, http.MethodPost, w.acts("review"), w.tokens["drafter"], "application/json",
				strings.NewReader(act("x", "case.note", other)), "Idempotency-Key", "y")
		}},
	}
}

func (w *trial) wrongStandIns() []wrongInput {
	const refused = "stand-in-refused"
	note := func(as string) string { return act("x", "case.note", `{"text":"记事"}`, as) }
	return []wrongInput{
		w.act("acting as another without the trainer role", "review", "drafter", note(as("office", "office")), http.StatusForbidden, refused, "trainer"),
		w.act("a trainer acting as another in a real case", "real", "trainer", note(as("office", "office")), http.StatusForbidden, refused, "practice"),
		w.act("a stand-in with an undeclared role", "review", "trainer", note(as("office", "emperor")), unprocessable, "invalid-request", "as"),
		w.act("a stand-in without a name", "review", "trainer", note(`"as":{"person":"office","name":"","roles":["office"]}`),
			unprocessable, "invalid-request", "as"),
		w.act("a stand-in from another act's separation", "review", "trainer", act("x", "legality_review.return", `{"reason":"退回"}`, as("drafter", "legality_reviewer")),
			http.StatusForbidden, "separation", "by"),
	}
}

func (w *trial) wrongOpenings() []wrongInput {
	const matter = `"matter":{"title":"新案","category":"policy"}`
	open := func(name, token, rest string, status int, code, says string) wrongInput {
		return wrongInput{name: "opening " + name, status: status, code: code, says: says, send: func(t *testing.T) answer {
			return w.post(t, "/api/v1/cases", token, `{"id":"new","procedure":"cn.major-decision@2019",`+rest+`}`)
		}}
	}
	unknown := wrongInput{name: "opening with an unknown procedure", status: http.StatusNotFound, code: "not-found", send: func(t *testing.T) answer {
		return w.post(t, "/api/v1/cases", "office", `{"id":"new","procedure":"cn.coronation@1066",`+matter+`,`+facts+`}`)
	}}
	reused := wrongInput{name: "opening under a used id", status: unprocessable, code: "reused-act-id", says: "id", send: func(t *testing.T) answer {
		return w.post(t, "/api/v1/cases", "office", `{"id":"wrong-real","procedure":"cn.major-decision@2019",`+matter+`,`+facts+`}`)
	}}
	return []wrongInput{
		unknown, reused,
		open("without a title", "office", `"matter":{"title":" ","category":"policy"},`+facts, unprocessable, "bad-value", "title"),
		open("without a matter", "office", facts, unprocessable, "bad-value", "title"),
		open("with an overlong title", "office", `"matter":{"title":"`+strings.Repeat("长", 301)+`","category":"policy"},`+facts, unprocessable, "bad-value", "title"),
		open("a real case with a first date", "office", matter+`,"starts":"2025-03-03",`+facts, unprocessable, "bad-value", "starts"),
		open("a practice case without a first date", "office", matter+`,"practice":true,`+facts, unprocessable, "bad-value", "starts"),
		open("on an impossible date", "office", matter+`,"practice":true,"starts":"2025-02-30",`+facts, unprocessable, "invalid-request", "starts"),
		open("without a required fact", "office", matter+`,"with":{"body_kind":"district-gov"}`, unprocessable, "missing-field", "contains_state_secret"),
		open("with a fact of the record", "office", matter+`,"with":{"body_kind":"district-gov","contains_state_secret":false,"reviewed":true}`,
			unprocessable, "unknown-field", "reviewed"),
		open("what is a state secret", "office", matter+`,"with":{"body_kind":"district-gov","contains_state_secret":true}`, conflict, "gate-refused", ""),
		open("without the role", "expert", matter+`,`+facts, http.StatusForbidden, "wrong-role", "by"),
		open("a real case as another", "trainer", matter+`,`+facts+`,`+as("office", "office"), http.StatusForbidden, "stand-in-refused", "as"),
	}
}

func (w *trial) wrongDocuments() []wrongInput {
	upload := func(name, query, media string, size int, status int, code string) wrongInput {
		return wrongInput{name: name, status: status, code: code, send: func(t *testing.T) answer {
			return w.request(t, http.MethodPost, "/api/v1/documents"+query, w.tokens["drafter"], media, bytes.NewReader(make([]byte, size)))
		}}
	}
	const title, text = "?title=draft", "text/plain"
	return []wrongInput{
		upload("empty document", title, text, 0, badRequest, "malformed-body"),
		upload("too large document", title, text, documents.MaxSize+1, http.StatusRequestEntityTooLarge, "body-too-large"),
		upload("document without a title", "", text, 10, unprocessable, "invalid-request"),
		upload("document with an overlong title", "?title="+strings.Repeat("a", 301), text, 10, unprocessable, "invalid-request"),
		upload("document in a form", title, "multipart/form-data; boundary=x", 10, http.StatusUnsupportedMediaType, "unsupported-media-type"),
		upload("document without a media type", title, "", 10, http.StatusUnsupportedMediaType, "unsupported-media-type"),
	}
}

// check makes a file that the command check must refuse.
func (w *trial) check(name, content, says string) wrongInput {
	return wrongInput{name: name, status: 1, says: says, send: func(t *testing.T) answer {
		return w.command(t, "check", w.file(t, "input.yaml", []byte(content)))
	}}
}

func (w *trial) wrongScenarios() []wrongInput {
	const head = "scenario: 测试\nprocedure: cn.major-decision@2019\norgan: 机关\nstarts: 2025-03-03\n" +
		"people:\n  office: {name: 办公室, roles: [office]}\nmatter: {title: 事项, category: policy}\nacts:\n"
	const good = "  - {on: 2025-03-04, by: office, do: case.note, with: {text: 记事}, expect: accepted}\n"
	return []wrongInput{
		w.check("malformed scenario YAML", head+"  - {on: 2025-03-04, by: [office\n", "input.yaml: yaml: line"),
		w.check("scenario with an unknown key", head+good+"colour: red\n", "line 10"),
		w.check("scenario with a key twice", head+good+"organ: 另一机关\n", "line 10"),
		w.check("scenario act with an unknown key", head+"  - {by: office, do: case.note, expects: accepted}\n", `line 9: unknown key "expects"`),
		w.check("scenario act without an expectation", head+"  - {by: office, do: case.note}\n", "line 9: expect"),
		w.check("scenario with an unknown person", head+"  - {by: king, do: case.note, expect: accepted}\n", `line 9: person "king"`),
		w.check("scenario with an unknown document", head+"  - {by: office, do: case.note, with: {document: \"doc:x\"}, expect: accepted}\n", `line 9: document "x"`),
		w.check("scenario that goes back in time", head+good+"  - {on: 2025-03-03, by: office, do: case.note, expect: accepted}\n", "line 10"),
		w.check("scenario with an impossible date", strings.Replace(head, "2025-03-03", "2025-02-30", 1)+good, "2025-02-30"),
		w.check("scenario in two documents", head+good+"---\nscenario: 另一个\n", "second document"),
		w.check("scenario that tries nothing", "scenario: 空\n", "nothing would be tried"),
		w.check("scenario that asks an unknown rule", "scenario: 测试\njudge:\n  - {rule: mad-nothing, on: 2025-03-03, want: pass}\n", "mad-nothing"),
		w.check("scenario too large", head+good+strings.Repeat("# "+strings.Repeat("x", 98)+"\n", 11000), "larger than"),
		w.check("empty scenario", "", "empty file"),
	}
}

func (w *trial) wrongDefinitions() []wrongInput {
	change := func(name, from, to, says string) wrongInput {
		return wrongInput{name: "definition " + name, status: 1, says: says, send: func(t *testing.T) answer {
			source := string(must(procedure.Shipped("cn.major-decision.2019.yaml")).Content)
			if strings.Count(source, from) != 1 {
				t.Fatalf("the definition has %d times %q, want once", strings.Count(source, from), from)
			}
			return w.command(t, "check", w.file(t, "definition.yaml", []byte(strings.Replace(source, from, to, 1))))
		}}
	}
	const last = "- {is: complete, to: closed, gate: cn.713/archive}"
	return []wrongInput{
		change("with a dead end", last, "- {is: complete, to: archive, free: 重新归档}", "dead end"),
		change("that leads nowhere", last, "- {is: complete, to: heaven, gate: cn.713/archive}", "heaven"),
		change("with an unknown gate", last, "- {is: complete, to: closed, gate: cn.713/heaven}", "heaven"),
		change("with an unknown key", last, last+"\n    colour: red", "definition.yaml:"),
		change("with an unknown role", "{verb: assign, roles: [office]}", "{verb: assign, roles: [emperor]}", "emperor"),
		change("without a step type", "type: archive", "type: bonfire", "bonfire"),
	}
}

// wrongRuns are scenarios that are played against the running server.
func (w *trial) wrongRuns() []wrongInput {
	run := func(name, token, content, says string) wrongInput {
		return wrongInput{name: "run " + name, status: 1, says: says, send: func(t *testing.T) answer {
			secret := w.file(t, "token", []byte(w.tokens[token]))
			return w.command(t, "scenario", "run", "--server", w.url, "--token-file", secret, w.file(t, "run.yaml", []byte(content)))
		}}
	}
	const scenario = "scenario: 测试\nprocedure: cn.major-decision@2019\norgan: 机关\nstarts: 2025-03-03\n" +
		"people:\n  office: {name: 办公室, roles: [office]}\nmatter: {title: 事项, category: policy}\n" +
		"open: {by: office, with: {body_kind: district-gov, contains_state_secret: false}}\n"
	return []wrongInput{
		run("with an unknown procedure", "trainer", strings.Replace(scenario, "cn.major-decision", "cn.coronation", 1), "run.yaml: open: POST /api/v1/cases: It does not exist"),
		run("by somebody who is no trainer", "office", scenario, "stand-in-refused"),
		run("with a revoked token", "revoked", scenario, "give a valid bearer token"),
		run("of malformed YAML", "trainer", "scenario: [", "run.yaml"),
		run("without a file", "trainer", "", "empty file"),
		{name: "run of a file that is not there", status: 1, says: "no such file", send: func(t *testing.T) answer {
			return w.command(t, "scenario", "run", filepath.Join(w.dir, "nothing.yaml"))
		}},
	}
}

func (w *trial) wrongDossiers() []wrongInput {
	verify := func(name, says string, content func(good []byte) []byte) wrongInput {
		return wrongInput{name: "dossier " + name, status: 1, says: says, send: func(t *testing.T) answer {
			return w.command(t, "dossier", "verify", w.file(t, "case.zip", content(exported(t, w.s, w.cases["closed"]))))
		}}
	}
	return []wrongInput{
		verify("that is empty", "do not verify", func([]byte) []byte { return nil }),
		verify("that is no archive", "do not verify", func([]byte) []byte { return bytes.Repeat([]byte("案卷"), 1000) }),
		verify("cut short", "do not verify", func(good []byte) []byte { return good[:len(good)/2] }),
		verify("with something after it", "do not verify", func(good []byte) []byte { return append(good, 0) }),
		verify("with a changed byte", "do not verify", func(good []byte) []byte { good[len(good)/2] ^= 1; return good }),
		{name: "dossier that is a directory", status: 1, says: "not a file", send: func(t *testing.T) answer {
			return w.command(t, "dossier", "verify", w.dir)
		}},
		{name: "dossier key that is none", status: 1, says: "do not verify", send: func(t *testing.T) answer {
			file := w.file(t, "case.zip", exported(t, w.s, w.cases["closed"]))
			return w.command(t, "dossier", "verify", "--key", w.file(t, "key", []byte("no key")), file)
		}},
	}
}
