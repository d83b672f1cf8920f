package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
)

// file is a file in a form.
type file struct{ name, media, content string }

func (f file) digest() string {
	sum := sha256.Sum256([]byte(f.content))
	return hex.EncodeToString(sum[:])
}

// form writes a comment with files, with a boundary of its own.
func form(t *testing.T, comment string, files ...file) (media, body string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	write := func(disposition, media, content string) {
		header := textproto.MIMEHeader{"Content-Disposition": {disposition}}
		if media != "" {
			header.Set("Content-Type", media)
		}
		part := must(w.CreatePart(header))
		if _, err := part.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	write(`form-data; name="comment"`, "application/json", comment)
	for _, f := range files {
		write(`form-data; name="attachment"; filename="`+f.name+`"`, f.media, f.content)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), out.String()
}

// attach sends a comment with files.
func (q *square) attach(t *testing.T, comment string, files ...file) answer {
	t.Helper()
	media, body := form(t, comment, files...)
	return q.request(t, http.MethodPost, q.comments(), "", media, strings.NewReader(body))
}

// files gives the files of all documents, those included that are coming in.
func (q *square) files(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(q.papers, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// empty fails when something was kept: a comment, a file, or the record of one.
func (q *square) empty(t *testing.T, files ...file) {
	t.Helper()
	if left := q.files(t); len(left) > 0 {
		t.Errorf("files were left: %v", left)
	}
	if refs, err := q.s.store.RemovableDocuments(t.Context(), time.Now().Add(time.Hour), 10); err != nil || len(refs) > 0 {
		t.Errorf("bytes are still to be removed: %v %v", refs, err)
	}
	for _, f := range files {
		if doc, err := q.s.papers.Find(t.Context(), consult.Shelf(q.id), casefile.Digest(f.digest())); err == nil {
			t.Errorf("recorded: %+v", doc)
		}
	}
	if c, err := q.s.store.Consultation(t.Context(), q.id); err != nil || c.Received != 0 || c.Chain != "" {
		t.Errorf("%v: %d received", err, c.Received)
	}
}

type attachmentSeen struct {
	Digest, Name, State string
	MediaType           string `json:"media_type"`
	Size                int64
}

type receiptSeen struct {
	Receipt, Digest, Salt, Chain string
	Number                       int64
	ReceivedAt                   time.Time `json:"received_at"`
	Attachments                  []attachmentSeen
}

func (q *square) receipt(t *testing.T, got answer) receiptSeen {
	t.Helper()
	var out receiptSeen
	if got.status != http.StatusCreated {
		t.Fatalf("%d %s", got.status, got.text)
	}
	if err := json.Unmarshal(got.body, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (q *square) attachment(number int64, digest string) string {
	return fmt.Sprintf("/api/v1/consultations/%s/comments/%d/attachments/%s", q.id, number, digest)
}

// What was attached is on the receipt and in the running hash, is read by those who
// work on the case, and by the public as a number alone.
func TestACommentWithFiles(t *testing.T) {
	q := newSquare(t)
	names := []file{
		{"../../张三的意见.txt", "text/plain; charset=utf-8", "建议增设投放点"}, {`C:\\Users\\zhang\\照片.png`, "image/png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"}, {"", "application/pdf", "%PDF-1.7\n"},
	}
	got := q.receipt(t, q.attach(t, `{"text":"意见见附件","anchor":"第三条","name":"张三"}`, names...))
	want := []attachmentSeen{
		{names[0].digest(), "张三的意见.txt", "clean", "text/plain; charset=utf-8", int64(len(names[0].content))},
		{names[1].digest(), "照片.png", "clean", "image/png", int64(len(names[1].content))},
		{names[2].digest(), "document.pdf", "clean", "application/pdf", int64(len(names[2].content))},
	}
	if diff := cmp.Diff(want, got.Attachments); diff != "" {
		t.Errorf("receipt (-want +got):\n%s", diff)
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{got.Salt, q.id, "第三条", "意见见附件", names[0].digest(), names[1].digest(), names[2].digest()}, "\x00")))
	if hex.EncodeToString(sum[:]) != got.Digest || consult.Link("", 1, got.ReceivedAt, got.Digest) != got.Chain {
		t.Errorf("digest %s and running hash %s are not over what is attached", got.Digest, got.Chain)
	}
	if _, plain := q.say(t, "没有附件"); plain == "" {
		t.Error("a comment without files was not taken")
	}
	var status struct {
		Comment struct {
			Attached    int
			Attachments []attachmentSeen
		}
	}
	if err := json.Unmarshal(q.request(t, http.MethodGet, "/api/v1/public/receipts/"+got.Receipt, "", "", nil).body, &status); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, status.Comment.Attachments); diff != "" || status.Comment.Attached != 3 {
		t.Errorf("by the receipt (-want +got):\n%s", diff)
	}
	q.readsAttachments(t, want, names)
	q.countsAttachments(t, want)
}

func (q *square) readsAttachments(t *testing.T, want []attachmentSeen, sent []file) {
	t.Helper()
	for i, a := range want {
		path := q.attachment(1, a.Digest)
		req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, q.url+path, nil))
		req.Header.Set("Authorization", "Bearer "+q.tokens["office"])
		resp := must(http.DefaultClient.Do(req))
		var body bytes.Buffer
		if _, err := body.ReadFrom(resp.Body); err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if h := resp.Header; resp.StatusCode != http.StatusOK || body.String() != sent[i].content || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment; filename=") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Type") != a.MediaType || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %d %v", a.Name, resp.StatusCode, h)
		}
		for who, status := range map[string]int{"expert": 404, "secretary": 404, "": 401} {
			if got := q.request(t, http.MethodGet, path, q.tokens[who], "", nil); got.status != status {
				t.Errorf("%q reads %s: %d, want %d", who, a.Name, got.status, status)
			}
		}
		for what, path := range map[string]string{
			"of another comment": q.attachment(2, a.Digest), "as a document of the organ": "/api/v1/documents/" + a.Digest,
			"as a paper of the consultation": "/api/v1/public/consultations/" + q.id + "/papers/" + a.Digest,
		} {
			if got := q.request(t, http.MethodGet, path, q.tokens["office"], "", nil); got.status != http.StatusNotFound {
				t.Errorf("%s %s: %d", a.Name, what, got.status)
			}
		}
	}
	if got := q.request(t, http.MethodGet, "/api/v1/consultations/"+q.id+"/comments", q.tokens["expert"], "", nil); strings.Contains(string(got.body), want[0].Name) ||
		strings.Contains(string(got.body), want[0].Digest) || !strings.Contains(string(got.body), `"attached":3`) {
		t.Errorf("who does not work on the case reads %s", got.body)
	}
}

// countsAttachments goes through everything that the public reads while the comment
// is pending, published and hidden.
func (q *square) countsAttachments(t *testing.T, want []attachmentSeen) {
	t.Helper()
	base := "/api/v1/public/"
	for _, step := range []struct {
		body  string
		shown bool
	}{{"", false}, {`{"visibility":"published"}`, true}, {`{"visibility":"hidden","reason":"personal-data"}`, false}} {
		if step.body != "" {
			q.request(t, http.MethodPut, fmt.Sprintf("/api/v1/consultations/%s/comments/1/visibility", q.id), q.tokens["office"], "application/json", strings.NewReader(step.body))
		}
		for _, path := range []string{
			base + "consultations", base + "consultations?format=csv", base + "consultations/" + q.id, q.comments(), q.comments() + "?format=csv",
			base + "decisions", base + "feeds/consultations.atom", base + "feeds/decisions.atom",
		} {
			got := q.request(t, http.MethodGet, path, "", "", nil)
			for _, a := range want {
				if strings.Contains(string(got.body), a.Digest) || strings.Contains(string(got.body), a.Name) {
					t.Errorf("%s after %q tells of %s", path, step.body, a.Name)
				}
			}
		}
		list := string(q.request(t, http.MethodGet, q.comments(), "", "", nil).body)
		if strings.Contains(list, `"attached":3`) != step.shown || strings.Contains(list, `"salt"`) {
			t.Errorf("after %q: %s", step.body, list)
		}
		csv := strings.Split(strings.TrimSpace(string(q.request(t, http.MethodGet, q.comments()+"?format=csv", "", "", nil).body)), "\n")
		if len(csv) != 3 || strings.HasSuffix(csv[1], ",3") != step.shown {
			t.Errorf("after %q: %v", step.body, csv)
		}
	}
	if c, err := q.s.store.Consultation(t.Context(), q.id); err != nil || c.Received != 2 {
		t.Errorf("%v: %d received", err, c.Received)
	}
}

// What is not taken leaves neither comment nor file, and says why.
func TestFilesThatAreNotTaken(t *testing.T) {
	q := newSquare(t)
	note := file{"a.txt", "text/plain", "附件"}
	long := func(mib int, last string) file {
		return file{"long.txt", "text/plain", strings.Repeat("长文。\n", mib<<20/10) + last}
	}
	for name, tt := range map[string]struct {
		comment string
		files   []file
		status  int
		code    string
	}{
		"a type that is not taken":  {`{"text":"x"}`, []file{note, {"a.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK"}}, 415, "unsupported-media-type"},
		"no type":                   {`{"text":"x"}`, []file{{"a.txt", "", "x"}}, 415, "unsupported-media-type"},
		"four files":                {`{"text":"x"}`, []file{note, {"b.txt", "text/plain", "b"}, {"c.txt", "text/plain", "c"}, {"d.txt", "text/plain", "d"}}, 422, "invalid-request"},
		"a file twice":              {`{"text":"x"}`, []file{note, note}, 422, "invalid-request"},
		"an empty file":             {`{"text":"x"}`, []file{note, {"b.txt", "text/plain", ""}}, 400, "malformed-body"},
		"a large file":              {`{"text":"x"}`, []file{note, long(6, "")}, 413, "body-too-large"},
		"files too large in all":    {`{"text":"x"}`, []file{long(4, "a"), long(4, "b"), long(4, "c")}, 413, "body-too-large"},
		"no comment":                {`{}`, []file{note}, 422, "invalid-request"},
		"an unknown field":          {`{"text":"x","attachments":[]}`, []file{note}, 422, "unknown-field"},
		"a comment that is no JSON": {`text`, []file{note}, 400, "malformed-body"},
		"a long comment":            {`{"text":"` + strings.Repeat("x", 200<<10) + `"}`, []file{note}, 413, "body-too-large"},
	} {
		if got := q.attach(t, tt.comment, tt.files...); got.status != tt.status || got.code != tt.code {
			t.Errorf("%s: %d %s %s, want %d %s", name, got.status, got.code, got.text, tt.status, tt.code)
		}
		q.empty(t, tt.files...)
	}
	media, body := form(t, `{"text":"x"}`, note)
	if got := q.request(t, http.MethodPost, "/api/v1/public/consultations/none/comments", "", media, strings.NewReader(body)); got.status != http.StatusNotFound {
		t.Errorf("a consultation that is not there: %d", got.status)
	}
	q.empty(t, note)
}

// A form under a key has one effect, whatever boundary it is repeated with.
func TestAFormUnderAKeyHasOneEffect(t *testing.T) {
	q := newSquare(t)
	key := strings.Repeat("k", 24)
	send := func(comment string, files ...file) answer {
		media, body := form(t, comment, files...)
		return q.request(t, http.MethodPost, q.comments(), "", media, strings.NewReader(body), "Idempotency-Key", key)
	}
	note := file{"a.txt", "text/plain", "附件"}
	first, again := send(`{"text":"一次"}`, note), send(`{"text":"一次"}`, note)
	if first.status != http.StatusCreated || !bytes.Equal(first.body, again.body) {
		t.Errorf("%d %s, again %d %s", first.status, first.body, again.status, again.body)
	}
	for name, got := range map[string]answer{
		"another comment": send(`{"text":"两次"}`, note), "another file": send(`{"text":"一次"}`, file{"a.txt", "text/plain", "另一附件"}),
		"another name": send(`{"text":"一次"}`, file{"b.txt", "text/plain", "附件"}), "no file": send(`{"text":"一次"}`),
	} {
		if got.status != 422 || got.code != "idempotency-mismatch" {
			t.Errorf("%s: %d %s", name, got.status, got.code)
		}
	}
	if c, err := q.s.store.Consultation(t.Context(), q.id); err != nil || c.Received != 1 || len(q.files(t)) != 1 {
		t.Errorf("%v: %d received, files %v", err, c.Received, q.files(t))
	}
}
