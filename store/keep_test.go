package store_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/store"
)

func digest(content []byte) casefile.Digest {
	sum := sha256.Sum256(content)
	return casefile.Digest(hex.EncodeToString(sum[:]))
}

func TestContentsAreKeptByDigest(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		content := []byte("rules\x00\xff")
		for range 2 {
			if err := db.PutContent(t.Context(), "pack", digest(content), content); err != nil {
				t.Fatal(err)
			}
		}
		got, err := db.Content(t.Context(), digest(content))
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("content is %q (%v), want %q", got, err, content)
		}
		for name, err := range map[string]error{
			"another digest": db.PutContent(t.Context(), "pack", digest([]byte("x")), content),
			"no kind":        db.PutContent(t.Context(), "", digest(content), content),
			"no content":     db.PutContent(t.Context(), "pack", digest(nil), nil),
			"too much":       db.PutContent(t.Context(), "pack", "00", make([]byte, store.MaxContent+1)),
		} {
			if !errors.Is(err, casefile.ErrInvalid) {
				t.Errorf("%s: %v, want invalid", name, err)
			}
		}
		disarm(t, db)
		if err := db.exec(t.Context(), `UPDATE contents SET bytes = ?`, []byte("other")); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Content(t.Context(), digest(content)); err == nil {
			t.Error("changed content was given out")
		}
	})
}

func TestCheckpointsOfALogOnlyGrow(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		for n := range 3 {
			record(t, db.Store, openingEntry(testOrgan, casefile.ID(fmt.Sprintf("c%d", n)), "方案"))
		}
		save := func(size int64, note string) error {
			return db.SaveCheckpoint(t.Context(), testOrgan, size, []byte(note))
		}
		for _, tt := range []struct {
			name string
			size int64
			note string
			want error
		}{
			{"the first", 1, "one", nil},
			{"the same again", 1, "one", nil},
			{"another key at the same size", 1, "one, new key", nil},
			{"a larger one", 3, "three", nil},
			{"a smaller one", 2, "two", casefile.ErrConflict},
			{"one of more than the log has", 4, "four", casefile.ErrInvalid},
			{"an empty one", 3, "", casefile.ErrInvalid},
		} {
			if err := save(tt.size, tt.note); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
		got, err := db.LatestCheckpoint(t.Context(), testOrgan)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(store.Checkpoint{Size: 3, Note: []byte("three")}, got); diff != "" {
			t.Errorf("latest checkpoint (-want +got):\n%s", diff)
		}
	})
}

func TestLeavesAndHashesOfALogAgree(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		const n = 9
		for i := range n {
			record(t, db.Store, openingEntry(testOrgan, casefile.ID(fmt.Sprintf("c%d", i)), "方案"))
		}
		var again ledger.Hashes
		for i := range int64(n) {
			leaf, err := db.Leaf(t.Context(), testOrgan, i)
			if err != nil {
				t.Fatal(err)
			}
			hashes, err := ledger.Append(i, leaf, again)
			if err != nil {
				t.Fatal(err)
			}
			again = append(again, hashes...)
		}
		all := make([]int64, len(again))
		for i := range all {
			all[i] = int64(i)
		}
		stored, err := db.HashReader(t.Context(), testOrgan).ReadHashes(all)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]ledger.Hash(again), stored); diff != "" {
			t.Errorf("hashes (-from leaves +stored):\n%s", diff)
		}
	})
}

func TestHistoriesKeepTheOrderOfRuns(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		for _, run := range []struct{ id, history string }{{"r2", "{}"}, {"r1", `{"a":1}`}, {"r2", `{"b":2}`}} {
			if err := db.SaveHistory(t.Context(), "c1", run.id, []byte(run.history)); err != nil {
				t.Fatal(err)
			}
		}
		got, err := db.Histories(t.Context(), "c1")
		if err != nil {
			t.Fatal(err)
		}
		want := []store.History{{RunID: "r2", JSON: []byte(`{"b":2}`)}, {RunID: "r1", JSON: []byte(`{"a":1}`)}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("histories (-want +got):\n%s", diff)
		}
		if none, err := db.Histories(t.Context(), "c2"); err != nil || len(none) != 0 {
			t.Errorf("another case has %d histories (%v), want none", len(none), err)
		}
		if err := db.SaveHistory(t.Context(), "c1", "r3", nil); !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("an empty history: %v, want invalid", err)
		}
	})
}

func TestRefusalsAreKeptWhateverTheCallerSent(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		at := time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)
		first := store.Refused{At: at, Organ: testOrgan, Case: "c1", Person: "p-1", ActID: "a1", Act: "intake.note",
			Code: casefile.RefusedWrongRole, Field: "by", Message: casefile.Text{ZH: "无权", EN: "not allowed"}}
		second := first
		second.At, second.Case, second.Act = at.Add(time.Second), "c2", strings.Repeat("长", 5000)+"\xff\x00"
		for _, r := range []store.Refused{first, second} {
			if err := db.LogRefusal(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		all, err := db.Refusals(t.Context(), testOrgan, "", 10)
		if err != nil || len(all) != 2 {
			t.Fatalf("%d refusals (%v), want 2", len(all), err)
		}
		if got := all[0].Act; len(got) > 500 || !utf8.ValidString(got) || !strings.HasPrefix(got, "长长") {
			t.Errorf("act was kept as %d bytes", len(got))
		}
		one, err := db.Refusals(t.Context(), testOrgan, "c1", 10)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]store.Refused{first}, one); diff != "" {
			t.Errorf("refusals of the case (-want +got):\n%s", diff)
		}
		if _, err := db.Refusals(t.Context(), testOrgan, "", 201); !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("limit 201: %v, want invalid", err)
		}
	})
}

func TestTokensAreFoundByHashAndRevoked(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		made := time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)
		want := store.Token{ID: "t1", Hash: "h1", Organ: testOrgan, Holder: drafter, Created: made, Expires: made.AddDate(1, 0, 0)}
		if err := db.CreateToken(t.Context(), want, store.AccountChange{}); err != nil {
			t.Fatal(err)
		}
		sameHash := want
		sameHash.ID = "t2"
		if err := db.CreateToken(t.Context(), sameHash, store.AccountChange{}); !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("the same hash twice: %v, want a conflict", err)
		}
		got, err := db.TokenByHash(t.Context(), "h1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("token (-want +got):\n%s", diff)
		}
		if err := db.RevokeToken(t.Context(), "other", "t1", store.AccountChange{At: made}); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("revoked by another organ: %v, want not found", err)
		}
		want.Revoked = made.Add(time.Hour)
		for _, at := range []time.Time{want.Revoked, want.Revoked.Add(time.Hour)} {
			if err := db.RevokeToken(t.Context(), testOrgan, "t1", store.AccountChange{At: at, Act: "token-revoked"}); err != nil {
				t.Fatal(err)
			}
		}
		list, err := db.ListTokens(t.Context(), testOrgan)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]store.Token{want}, list); diff != "" {
			t.Errorf("tokens (-want +got):\n%s", diff)
		}
	})
}
