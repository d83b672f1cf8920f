package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/legaltime"
)

// shelf is a Chengxu with an examining program, and a case in it.
type shelf struct {
	s    *stack
	hold string // the program cannot examine while this file is there
	id   casefile.ID
	n    int
}

const shelfOrgan = "shelf"

func newShelf(t *testing.T) *shelf {
	t.Helper()
	dir := t.TempDir()
	sh := &shelf{hold: filepath.Join(dir, "hold")}
	script := filepath.Join(dir, "examine")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n[ -e "+sh.hold+" ] && exit 75\ncase \"$(cat)\" in *EICAR*) echo virus; exit 1;; esac\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	var err error
	sh.s, err = startStack(t.Context(), stackOptions{place: place{data: filepath.Join(dir, "data")}, log: slog.New(slog.DiscardHandler),
		documents: documentOptions{examine: script, within: 10 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sh.s.stop(); err != nil {
			t.Error(err)
		}
	})
	if err := sh.s.awaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	reply, err := sh.s.cases.Open(t.Context(), casework.Opening{
		ID: "open", Procedure: "cn.major-decision", Organ: shelfOrgan, Matter: casefile.Matter{Title: "文件", Category: "policy"},
		With: casefile.Values{"body_kind": "district-gov", "contains_state_secret": false}, By: sh.by("office"), Practice: true,
		Starts: legaltime.NewDate(2024, time.March, 1),
	})
	if err != nil {
		t.Fatal(err)
	}
	sh.id = reply.Case.ID
	return sh
}

func (*shelf) by(role casefile.Role) casefile.Actor {
	return casefile.Actor{Person: casefile.PersonID("p-" + role), Name: string(role), Roles: []casefile.Role{role}}
}

func (sh *shelf) put(t *testing.T, text string) (casefile.StoredDocument, error) {
	t.Helper()
	return sh.s.papers.Put(t.Context(), documents.Upload{Organ: shelfOrgan, By: "p-office", Title: "附件", MediaType: "text/plain", Content: strings.NewReader(text)})
}

func (sh *shelf) act(ctx context.Context, kind string, role casefile.Role, with casefile.Values) (casework.Reply, error) {
	sh.n++
	return sh.s.cases.Act(ctx, sh.id, casefile.Act{ID: fmt.Sprintf("a%d", sh.n), Kind: kind, By: sh.by(role), With: with}, 0)
}

func (sh *shelf) files(t *testing.T, digest casefile.Digest) int {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(filepath.Dir(sh.hold), "data", "documents", "*", "*", string(digest)))
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

// A document is named only once it is examined, is in the dossier, and is gone
// from the disk when it turns out to be a secret.
func TestTheLifeOfADocument(t *testing.T) {
	sh := newShelf(t)
	if err := os.WriteFile(sh.hold, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	doc, err := sh.put(t, "会议材料")
	if err != nil || doc.State != casefile.DocumentQuarantined || sh.files(t, doc.Digest) != 1 {
		t.Fatalf("%+v %v", doc, err)
	}
	note := casefile.Values{"text": "附材料", "document": string(doc.Digest)}
	var refusal *casefile.Refusal
	if _, err := sh.act(t.Context(), "case.note", "office", note); !errors.As(err, &refusal) || refusal.Code != casefile.RefusedQuarantined {
		t.Fatalf("named in quarantine: %v", err)
	}
	if err := os.Remove(sh.hold); err != nil {
		t.Fatal(err)
	}
	if err := sh.s.papers.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	reply, err := sh.act(t.Context(), "case.note", "office", note)
	if err != nil || len(reply.Entry.Documents) != 1 || reply.Entry.Documents[0].Title != "附件" {
		t.Fatalf("%+v %v", reply.Entry.Documents, err)
	}
	if err := verify(exported(t, sh.s, sh.id)); err.Failed() {
		t.Errorf("dossier with the document:\n%s", err)
	}
	if cases, err := sh.s.papers.CasesWith(t.Context(), shelfOrgan, doc.Digest); err != nil || len(cases) != 1 {
		t.Errorf("cases with it: %v %v", cases, err)
	}
	_, err = sh.act(t.Context(), "case.seal", "secrecy_officer", casefile.Values{
		"register_number": "甲字1号", "basis": "保守国家秘密法", "instruction": "移出", "documents": []string{string(doc.Digest)}})
	if err != nil {
		t.Fatal(err)
	}
	if n := sh.files(t, doc.Digest); n != 0 {
		t.Error("the file is still there")
	}
	if _, err := sh.s.papers.Open(t.Context(), shelfOrgan, doc.Digest); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("open: %v", err)
	}
	if err := verify(exported(t, sh.s, sh.id)); err.Failed() {
		t.Errorf("dossier without the document:\n%s", err)
	}
	if _, err := sh.put(t, "EICAR"); err == nil {
		t.Error("a virus was taken")
	}
}

// The process dies after the record has withdrawn a document and before its file
// is removed: the next start removes it.
func TestARemovalSurvivesACrash(t *testing.T) {
	sh := newShelf(t)
	doc, err := sh.put(t, "涉密")
	if err != nil {
		t.Fatal(err)
	}
	if err := sh.s.store.PurgeDocument(t.Context(), shelfOrgan, doc.Digest); err != nil {
		t.Fatal(err)
	}
	if sh.files(t, doc.Digest) != 1 {
		t.Fatal("the file is gone already: the test shows nothing")
	}
	again, err := openDocuments(t.Context(), filepath.Join(filepath.Dir(sh.hold), "data"), sh.s.store, documentOptions{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Sweep(t.Context()); err != nil || sh.files(t, doc.Digest) != 0 {
		t.Errorf("%v, %d files left", err, sh.files(t, doc.Digest))
	}
}

func TestCredentialsComeFromAClosedFileOrTheEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "s3")
	if err := os.WriteFile(file, []byte("access_key=a\nsecret_key = geheim\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if key, err := s3Credentials(file); err != nil || key.AccessKey != "a" || key.SecretKey != "geheim" {
		t.Errorf("%v", err)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s3Credentials(file); err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("a file open to others: %v", err)
	}
	t.Setenv("CHENGXU_S3_ACCESS_KEY", "")
	if _, err := s3Credentials(""); err == nil {
		t.Error("no credentials at all were taken")
	}
}
