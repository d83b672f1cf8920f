package main

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/zhengdang/chengxu/store"
)

// newDatabase makes a PostgreSQL database of the test, and gives its address.
func newDatabase(t *testing.T) string {
	t.Helper()
	server := os.Getenv("TEST_POSTGRES_URL")
	if server == "" {
		t.Skip("TEST_POSTGRES_URL is not set: run the tests by go run ./internal/testpg -- go test ./cmd/chengxu")
	}
	name := "chengxu_" + strings.ToLower(rand.Text())
	inDatabase(t, server, "CREATE DATABASE "+name)
	t.Cleanup(func() { inDatabase(t, server, "DROP DATABASE "+name+" WITH (FORCE)") })
	u := must(url.Parse(server))
	u.Path = "/" + name
	return u.String()
}

// inDatabase runs statements on a database.
func inDatabase(t *testing.T, at string, statements ...string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// A command that was not told of the database has made a file, and recorded nothing.
func TestAFileThatHoldsNoRecordIsInNobodysWay(t *testing.T) {
	at := place{data: t.TempDir(), database: newDatabase(t)}
	if err := must(store.Open(t.Context(), place{data: at.data}.storeURL())).Close(); err != nil {
		t.Fatal(err)
	}
	if err := at.usable(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAnAddressThatIsNoneIsNotRepeated(t *testing.T) {
	for _, address := range []string{"postgre://u:secret@db/x", "'postgres://u:secret@db/x'", " postgres://u:secret@db/x?sslmode=disable", "postgres://u:secret@db:port/x"} {
		err := place{data: t.TempDir(), database: address}.usable(t.Context())
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
