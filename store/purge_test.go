package store_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// A secret that was removed must not be read from the file by other means: not
// from freed pages, and not from the journal.
func TestAPurgedDocumentLeavesNothingInTheFile(t *testing.T) {
	t.Parallel()
	db := openSQLite(t)
	content := []byte(strings.Repeat("涉密内容", 40_000))
	doc := inline(t, db, content)
	if err := db.PurgeDocument(t.Context(), testOrgan, doc.Digest); err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(db.url, "sqlite://")
	for _, name := range []string{path, path + "-wal"} {
		left, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if n := bytes.Count(left, []byte("涉密内容")); n > 0 {
			t.Errorf("%s still holds the content, %d times", name, n)
		}
	}
}
