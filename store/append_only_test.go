package store_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
)

// filled is a database with something in every append-only table.
func filled(t *testing.T, db *database) {
	t.Helper()
	record(t, db.Store, openingEntry(testOrgan, "c1", "方案"))
	record(t, db.Store, actEntry(testOrgan, "c1", 2))
	record(t, db.Store, actEntry(testOrgan, "c1", 3))
	if err := db.SaveCheckpoint(t.Context(), testOrgan, 3, []byte("note")); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("pack"))
	if err := db.PutContent(t.Context(), "pack", casefile.Digest(hex.EncodeToString(sum[:])), []byte("pack")); err != nil {
		t.Fatal(err)
	}
}

func TestTheDatabaseItselfRefusesToChangeTheRecord(t *testing.T) {
	t.Parallel()
	both := []string{
		`UPDATE entries SET leaf = leaf`,
		`UPDATE entries SET log_index = log_index + 10`,
		`DELETE FROM entries`,
		`DELETE FROM entries WHERE sequence = 3`,
		`UPDATE log_hashes SET hash = hash`,
		`DELETE FROM log_hashes WHERE position = 0`,
		`UPDATE checkpoints SET note = note`,
		`DELETE FROM checkpoints`,
		`UPDATE logs SET size = size - 1`,
		`UPDATE logs SET size = size + 2`,
		`UPDATE logs SET organ = 'x', size = size + 1`,
		`DELETE FROM logs`,
		`UPDATE openings SET value = value`,
		`UPDATE contents SET bytes = bytes`,
		`DELETE FROM contents`,
	}
	sqlite := []string{
		`INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE sequence = 2`,
		`INSERT OR REPLACE INTO entries (case_id, sequence, organ, log_index, prev, leaf)
		 SELECT 'c9', 1, organ, log_index, prev, leaf FROM entries WHERE sequence = 1`,
		`REPLACE INTO log_hashes SELECT * FROM log_hashes WHERE position = 0`,
		`REPLACE INTO checkpoints SELECT * FROM checkpoints`,
		`REPLACE INTO openings SELECT * FROM openings`,
		`INSERT INTO entries SELECT * FROM entries WHERE sequence = 2
		 ON CONFLICT (case_id, sequence) DO UPDATE SET leaf = excluded.leaf`,
		`REPLACE INTO logs SELECT organ, 1 FROM logs`,
		`REPLACE INTO contents SELECT digest, kind, x'00' FROM contents`,
	}
	postgres := []string{
		`TRUNCATE entries CASCADE`,
		`TRUNCATE log_hashes`,
		`TRUNCATE checkpoints`,
		`TRUNCATE logs`,
		`TRUNCATE openings`,
		`TRUNCATE contents`,
		`SET session_replication_role = replica; DELETE FROM entries`,
		`INSERT INTO entries SELECT * FROM entries WHERE sequence = 2
		 ON CONFLICT (case_id, sequence) DO UPDATE SET leaf = excluded.leaf`,
		`WITH gone AS (DELETE FROM entries RETURNING *) SELECT * FROM gone`,
	}
	conformance(t, func(t *testing.T, db *database) {
		filled(t, db)
		statements := append([]string{}, both...)
		if db.postgres {
			statements = append(statements, postgres...)
		} else {
			statements = append(statements, sqlite...)
		}
		for _, statement := range statements {
			if err := db.exec(t.Context(), statement); err == nil {
				t.Errorf("the database let this pass: %s", statement)
			}
		}
		verifyLog(t, db.Store, testOrgan, "c1")
		if n, err := db.TreeSize(t.Context(), testOrgan); err != nil || n != 3 {
			t.Errorf("log has %d entries (%v), want 3", n, err)
		}
	})
}

func TestAnErasedOpeningLeavesTheProofAndTheRest(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		filled(t, db)
		if err := db.exec(t.Context(), `DELETE FROM openings WHERE sequence = 2 AND field LIKE 'act%by'`); err != nil {
			t.Fatal(err)
		}
		e, err := db.Entry(t.Context(), "c1", 2)
		if err != nil {
			t.Fatal(err)
		}
		if e.Act == nil || e.Act.By.Name != "" || e.Act.Kind != "intake.note" {
			t.Errorf("act is %+v, want one of nobody", e.Act)
		}
		verifyLog(t, db.Store, testOrgan, "c1")
		if r := record(t, db.Store, actEntry(testOrgan, "c1", 2)); r.Index != 1 {
			t.Errorf("the same entry again stands at %d, want 1", r.Index)
		}
	})
}

// disarm takes the triggers away, as somebody with all rights could.
func disarm(t *testing.T, db *database) {
	t.Helper()
	if db.postgres {
		for _, table := range []string{"entries", "log_hashes", "logs", "openings", "contents"} {
			if err := db.exec(t.Context(), "ALTER TABLE "+table+" DISABLE TRIGGER USER"); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	rows, err := db.raw.QueryContext(t.Context(), `SELECT name FROM sqlite_master WHERE type = 'trigger'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := db.exec(t.Context(), "DROP TRIGGER "+name); err != nil {
			t.Fatal(err)
		}
	}
}

// flipped is the bytes with one bit changed in the middle.
func flipped(b []byte) []byte {
	out := append([]byte{}, b...)
	out[len(out)/2] ^= 1
	return out
}

func TestAChangedByteIsFoundEvenWhenTheTriggersAreGone(t *testing.T) {
	t.Parallel()
	one := func(t *testing.T, db *database, query string) []byte {
		t.Helper()
		var b []byte
		if err := db.raw.QueryRowContext(t.Context(), query).Scan(&b); err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, tt := range []struct {
		name, read, write string
	}{
		{"a value", `SELECT value FROM openings WHERE sequence = 2 AND field = 'facts'`,
			`UPDATE openings SET value = ? WHERE sequence = 2 AND field = 'facts'`},
		{"a salt", `SELECT salt FROM openings WHERE sequence = 2 AND field = 'kind'`,
			`UPDATE openings SET salt = ? WHERE sequence = 2 AND field = 'kind'`},
		{"a leaf", `SELECT leaf FROM entries WHERE sequence = 2`, `UPDATE entries SET leaf = ? WHERE sequence = 2`},
		{"a hash of the log", `SELECT hash FROM log_hashes WHERE position = 1`,
			`UPDATE log_hashes SET hash = ? WHERE position = 1`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			conformance(t, func(t *testing.T, db *database) {
				filled(t, db)
				sealedHead := head(t, db)
				disarm(t, db)
				if err := db.exec(t.Context(), tt.write, flipped(one(t, db, tt.read))); err != nil {
					t.Fatal(err)
				}
				if err := proved(t, db, sealedHead); err == nil {
					t.Error("nobody noticed")
				} else if !strings.Contains(err.Error(), "2") && tt.name != "a hash of the log" {
					t.Errorf("%q does not say where", err)
				}
			})
		})
	}
}

func head(t *testing.T, db *database) ledger.Checkpoint {
	t.Helper()
	root, err := ledger.TreeHead(3, db.HashReader(t.Context(), testOrgan))
	if err != nil {
		t.Fatal(err)
	}
	return ledger.Checkpoint{Origin: string(testOrgan), Size: 3, Root: root}
}

// proved reads the case and proves each entry against a head that was signed
// before.
func proved(t *testing.T, db *database, c ledger.Checkpoint) error {
	t.Helper()
	sealed, err := db.Sealed(t.Context(), "c1")
	if err != nil {
		return err
	}
	for _, e := range sealed {
		proof, err := ledger.ProveInclusion(c.Size, e.Index, db.HashReader(t.Context(), testOrgan))
		if err != nil {
			return err
		}
		if err := ledger.VerifyInclusion(proof, c, e.Index, e.Leaf); err != nil {
			return err
		}
	}
	return nil
}
