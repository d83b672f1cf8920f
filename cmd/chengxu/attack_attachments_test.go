package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
)

// TestAttacksOnAttachments tries what an attacker would who may say something and
// attach something to it, as anybody may. Nothing that is refused leaves a comment, a
// file or a trace in a case. The written list is docs/reference/attacks.md.
func TestAttacksOnAttachments(t *testing.T) {
	q := newSquare(t)
	listed := listedAttacks(t)
	for _, a := range append(attacksByFiles(), attacksByForms()...) {
		t.Run(a.name, func(t *testing.T) {
			if !listed["TestAttacksOnAttachments/"+a.name] {
				t.Errorf("docs/reference/attacks.md does not list %q", a.name)
			}
			before := mustCase(t, q.s, q.cases["real"]).Sequence
			a.try(t, q)
			if after := mustCase(t, q.s, q.cases["real"]).Sequence; after != before {
				t.Errorf("the case went from entry %d to %d", before, after)
			}
		})
	}
}

// attackOnSquare is an attempt by a member of the public.
type attackOnSquare struct {
	name string
	try  func(t *testing.T, q *square)
}

// repelled sends a form and fails when it is answered with something else than one
// of the statuses, or leaves anything.
func (q *square) repelled(t *testing.T, media, body string, want ...int) {
	t.Helper()
	before, files := must(q.s.store.Consultation(t.Context(), q.id)), q.files(t)
	got := q.request(t, http.MethodPost, q.comments(), "", media, strings.NewReader(body))
	if !slices.Contains(want, got.status) {
		t.Errorf("answered %d %s, want one of %v: %.200q", got.status, got.text, want, body)
	}
	if after := must(q.s.store.Consultation(t.Context(), q.id)); after.Received != before.Received {
		t.Errorf("%d comments were taken", after.Received-before.Received)
	}
	if after := q.files(t); !slices.Equal(files, after) {
		t.Errorf("files were left: %v", after)
	}
}

func (q *square) repelledFile(t *testing.T, f file, want ...int) {
	t.Helper()
	media, body := form(t, `{"text":"见附件"}`, f)
	q.repelled(t, media, body, want...)
}

func attacksByFiles() []attackOnSquare {
	return []attackOnSquare{
		{"a path in a file name", func(t *testing.T, q *square) {
			for n, name := range []string{
				"../../../etc/cron.d/x", "/etc/passwd", `..\\..\\windows\\x`, "..", ".", "a/../../b", "..%2f..%2fx", "CON:x", ".bashrc", `\\\\host\\share\\x`,
				`x"; filename*=UTF-8''..%2f..%2fetc%2fpasswd; y="`,
			} {
				f := file{name, "text/plain", fmt.Sprint("附件", n)}
				got := q.receipt(t, q.attach(t, `{"text":"见附件"}`, f)).Attachments[0]
				if strings.ContainsAny(got.Name, `/\:`) || strings.HasPrefix(got.Name, ".") || !strings.HasSuffix(got.Name, ".txt") {
					t.Errorf("%q is called %q", name, got.Name)
				}
				if !slices.ContainsFunc(q.files(t), func(path string) bool { return strings.HasSuffix(path, "/"+f.digest()) }) {
					t.Errorf("%q is not where its digest says", name)
				}
			}
		}},
		{"a header in a file name", func(t *testing.T, q *square) {
			for n, name := range []string{
				`x"; filename*=UTF-8''a%0d%0aSet-Cookie%3a%20x%3dy%0d%0a; y="`, `x\"; filename=\"b.html`, `a%0d%0aSet-Cookie: x=y`, "a\tb", `x"; filename*=UTF-8''%E2%80%AEfdp.exe; y="`,
			} {
				f := file{name, "text/plain", fmt.Sprint("附件头", n)}
				r := q.receipt(t, q.attach(t, `{"text":"见附件"}`, f))
				req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, q.url+q.attachment(r.Number, f.digest()), nil))
				req.Header.Set("Authorization", "Bearer "+q.tokens["office"])
				resp := must(http.DefaultClient.Do(req))
				resp.Body.Close()
				disposition := resp.Header.Get("Content-Disposition")
				if resp.StatusCode != http.StatusOK || len(resp.Header.Values("Set-Cookie")) > 0 || strings.Count(disposition, "attachment; filename=") != 1 ||
					strings.ContainsAny(r.Attachments[0].Name, "\r\n\t\"\u202e") || !strings.Contains(disposition, ".txt") {
					t.Errorf("%q: %d %q, called %q", name, resp.StatusCode, disposition, r.Attachments[0].Name)
				}
			}
			q.repelledFile(t, file{"a\r\nSet-Cookie: x=y", "text/plain", "附件"}, 400)
			q.repelledFile(t, file{"a\r\n\r\n<script>", "text/plain", "附件"}, 400)
		}},
		{"an attached document packed to burst", func(t *testing.T, q *square) {
			q.repelledFile(t, file{"a.docx", docxType, string(burstingDocument(t))}, 422)
		}},
		{"another type under a right extension", func(t *testing.T, q *square) {
			for _, f := range []file{
				{"a.pdf", "application/pdf", "MZ\x90\x00\x03\x00\x00\x00"}, {"a.pdf", "application/pdf", "<html><script>alert(1)</script>"}, {"a.png", "image/png", "\xff\xd8\xff\xe0\x00\x10JFIF\x00"},
				{"a.jpg", "image/jpeg", "GIF89a"}, {"a.txt", "text/plain", `<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`}, {"a.txt", "text/plain", "#!/bin/sh\nrm -rf /\n"},
				{"a.txt", "text/plain", "\x7fELF\x02\x01\x01\x00"}, {"a.docx", docxType, "%PDF-1.7\n"},
			} {
				q.repelledFile(t, f, 415)
			}
			for _, media := range []string{
				"text/html", "image/svg+xml", "application/zip", "application/octet-stream", "application/x-msdownload", "application/javascript", "multipart/mixed; boundary=x",
				"text/plain; charset=utf-7", "text/plain, text/html", "*/*", "TEXT", "",
			} {
				q.repelledFile(t, file{"a.txt", media, "附件"}, 415)
			}
		}},
		{"an attachment filed in a case", func(t *testing.T, q *square) {
			f := file{"a.txt", "text/plain", "不是机关的文件"}
			q.receipt(t, q.attach(t, `{"text":"见附件"}`, f))
			got := q.request(t, http.MethodPost, "/api/v1/cases/"+string(q.cases["real"])+"/acts", q.tokens["office"], "application/json",
				strings.NewReader(act("k-attached", "case.note", `{"text":"x","document":"`+f.digest()+`"}`)))
			if got.status != 422 || got.code != string(casefile.RefusedUnknownDigest) {
				t.Errorf("answered %d %s", got.status, got.text)
			}
		}},
	}
}

func attacksByForms() []attackOnSquare {
	const said = "--b\r\nContent-Disposition: form-data; name=\"comment\"\r\n\r\n{\"text\":\"x\"}\r\n"
	const note = "--b\r\nContent-Disposition: form-data; name=\"attachment\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n附件\r\n"
	const media = "multipart/form-data; boundary=b"
	return []attackOnSquare{
		{"a form with too many parts", func(t *testing.T, q *square) {
			q.repelled(t, media, said+strings.Repeat(note, 4)+"--b--\r\n", 422)
			q.repelled(t, media, strings.Repeat(said, 100_000)+"--b--\r\n", 422)
			q.repelled(t, media, said+strings.Repeat("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n\r\n", 100_000)+"--b--\r\n", 422)
			q.repelled(t, media, said+strings.Repeat("--b\r\n\r\n\r\n", 100_000)+"--b--\r\n", 400)
			q.repelled(t, media, note+"--b--\r\n", 422)
			q.repelled(t, media, "--b--\r\n", 400, 422)
		}},
		{"a part larger than it may be", func(t *testing.T, q *square) {
			q.repelled(t, media, said+note[:len(note)-2]+strings.Repeat("长文。\n", consult.MaxAttachment/10)+"\r\n--b--\r\n", 413)
			q.repelled(t, media, strings.Replace(said, "x", strings.Repeat("x", 1<<20), 1)+"--b--\r\n", 413)
			q.repelled(t, media, said+strings.Replace(note, "Content-Type", "X-Fill: "+strings.Repeat("x", 1<<20)+"\r\nContent-Type", 1)+"--b--\r\n", 400)
			q.repelled(t, media, said+strings.Replace(note, "Content-Type", strings.Repeat("X-Fill: x\r\n", 10_000)+"Content-Type", 1)+"--b--\r\n", 400)
			q.repelled(t, media, strings.Repeat("x", 12<<20)+said+note+"--b--\r\n", 413)
		}},
		{"a form without end", func(t *testing.T, q *square) {
			for _, body := range []string{
				"", said, said + note, said + note + "--b", said + note + "--b-", said + note[:len(note)-4], said + note + "--b\r\n", said + note + "--b\r\nContent-Disposition: form-data",
				said + note + "--b x--\r\n",
			} {
				q.repelled(t, media, body, 400)
			}
		}},
		{"a form that is broken off", func(t *testing.T, q *square) {
			files := q.files(t)
			host := strings.TrimPrefix(q.url, "http://")
			conn := must(new(net.Dialer).DialContext(t.Context(), "tcp", host)).(*net.TCPConn)
			defer conn.Close()
			fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: 5000000\r\n\r\n%s", q.comments(), host, media, said+note[:len(note)-2])
			if err := conn.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			raw, _ := io.ReadAll(conn)
			if !bytes.HasPrefix(raw, []byte("HTTP/1.1 400")) && !bytes.HasPrefix(raw, []byte("HTTP/1.1 503")) || !slices.Equal(files, q.files(t)) {
				t.Errorf("answered %.100s, left %v", raw, q.files(t))
			}
		}},
		{"a boundary that is none", func(t *testing.T, q *square) {
			whole := said + note + "--b--\r\n"
			for _, media := range []string{
				"multipart/form-data", `multipart/form-data; boundary=""`, "multipart/form-data; boundary=" + strings.Repeat("b", 71), "multipart/form-data; boundary=B",
				"multipart/form-data; boundary=\"b\\r\\n\"",
			} {
				q.repelled(t, media, whole, 400)
			}
			for _, media := range []string{"multipart/mixed; boundary=b", "multipart/form-data; boundary=", "multipart/form-data; boundary=b; boundary=c", "multipart/form-data, application/json", "application/x-www-form-urlencoded"} {
				q.repelled(t, media, whole, 415)
			}
			q.repelled(t, media, strings.Repeat("before\r\n", 1<<16)+whole, 400)
			q.repelled(t, media, "--b\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n"+whole, 400)
		}},
		{"a part that two readers read in two ways", func(t *testing.T, q *square) {
			for _, head := range []string{
				"Content-Disposition: form-data; name=\"attachment\"; filename=\"a.txt\"\r\nContent-Disposition: form-data; name=\"attachment\"; filename=\"a.exe\"\r\nContent-Type: text/plain",
				"Content-Disposition: form-data; name=\"attachment\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\nContent-Type: text/html",
				"Content-Disposition: form-data; name=\"attachment\"; name=\"comment\"; filename=\"a.txt\"\r\nContent-Type: text/plain",
				"Content-Disposition: attachment; name=\"attachment\"; filename=\"a.txt\"\r\nContent-Type: text/plain",
				"Content-Disposition: form-data; name=\"attachment\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64",
				"Content-Disposition: form-data; name=\"attachment\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable",
				"Content-Type: text/plain",
				"X: y\r\n folded\r\nContent-Disposition: form-data; name=comment; name=attachment",
			} {
				q.repelled(t, media, said+"--b\r\n"+head+"\r\n\r\n附件\r\n--b--\r\n", 400)
			}
			q.repelled(t, media, said+strings.Replace(said, "x", "y", 1)+"--b--\r\n", 422)
			q.repelled(t, media, strings.Replace(said, `{"text":"x"}`, `{"text":"x","text":"y"}`, 1)+note+"--b--\r\n", 400)
		}},
		{"a second form behind the first", func(t *testing.T, q *square) {
			q.receipt(t, q.request(t, http.MethodPost, q.comments(), "", media, strings.NewReader(said+"--b--"))) // a form may end so
			got := q.receipt(t, q.request(t, http.MethodPost, q.comments(), "", media, strings.NewReader(said+"--b--\r\n"+said+note+"--b--\r\n")))
			if len(got.Attachments) > 0 {
				t.Errorf("what stands behind the end was taken: %+v", got)
			}
		}},
	}
}
