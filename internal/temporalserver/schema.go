package temporalserver

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/persistence/sql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	"go.temporal.io/server/common/resolver"
	schema "go.temporal.io/server/schema/sqlite"
)

// The two rows of the table schema_version, which the server's SQLite schema
// itself does not have.
const (
	versionTable    = "schema_version"
	executionRow    = "temporal"
	visibilityRow   = "temporal_visibility"
	sqliteMagic     = "SQLite format 3\x00"
	sqliteHeaderLen = 100

	// applicationID, "cxte" in the header of the file, says whose database it
	// is before SQLite opens it.
	applicationID = 0x63787465
)

// prepareDatabase sets up a new file, and lets an existing one pass only if it
// is whole and of the schema that this build of the server was made for.
func prepareDatabase(file string, cfg *config.SQL) error {
	if err := checkFile(file); err != nil {
		return fmt.Errorf("workflow engine: %s: %w", file, err)
	}
	db, err := openAdmin(cfg)
	if err != nil {
		return fmt.Errorf("opening %s: %w", file, err)
	}
	defer db.Close()
	tables, err := db.ListTables("")
	if err != nil {
		return fmt.Errorf("reading %s: %w", file, err)
	}
	switch {
	case len(tables) == 0:
		if err := setUp(db); err != nil {
			return fmt.Errorf("setting up %s: %w", file, err)
		}
		return nil
	case !slices.Contains(tables, versionTable):
		return fmt.Errorf("workflow engine: %s does not say its schema version (it has no table %s); restore it from a backup", file, versionTable)
	default:
		return checkVersions(db, file)
	}
}

func openAdmin(cfg *config.SQL) (sqlplugin.AdminDB, error) {
	return sql.NewSQLAdminDB(sqlplugin.DbKindUnknown, cfg, resolver.NewNoopResolver(), log.NewNoopLogger(), metrics.NoopMetricsHandler)
}

// checkFile finds, before SQLite touches the file, what is no database, is the
// database of something else, or has been cut short. A missing or empty file is
// fine: it is a new one. While a write-ahead log waits to be read, the header
// may be older than the database, and only its first bytes count.
func checkFile(file string) error {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("not a regular file")
	case info.Size() == 0:
		return nil
	}
	var header [sqliteHeaderLen]byte
	if _, err := io.ReadFull(f, header[:]); err != nil || !bytes.HasPrefix(header[:], []byte(sqliteMagic)) {
		return errors.New("not an SQLite database, or damaged at its start; restore it from a backup")
	}
	if wal, err := os.Stat(file + "-wal"); err == nil && wal.Size() > 0 {
		return nil
	}
	return checkHeader(header, info.Size())
}

// checkHeader reads the fields that the SQLite file format keeps at fixed places.
func checkHeader(header [sqliteHeaderLen]byte, size int64) error {
	pageSize := int64(binary.BigEndian.Uint16(header[16:18]))
	if pageSize == 1 { // the format's way of writing 65536
		pageSize = 1 << 16
	}
	pages := int64(binary.BigEndian.Uint32(header[28:32]))
	if want := pageSize * pages; size < want {
		return fmt.Errorf("damaged: %d bytes long instead of %d; restore it from a backup", size, want)
	}
	// One page is what a process leaves that died before it had set up anything.
	if id := binary.BigEndian.Uint32(header[68:72]); id != applicationID && pages > 1 {
		return errors.New("a database of something else; move it away or choose another data directory")
	}
	return nil
}

// setUp makes the schema and notes its version, in one transaction: a process
// that dies on the way leaves an empty file. The plugin has one connection, so
// that the statements are all on the one that began.
func setUp(db sqlplugin.AdminDB) error {
	if err := db.Exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := errors.Join(
		db.Exec(fmt.Sprintf("PRAGMA application_id = %d", applicationID)),
		schema.SetupSchemaOnDB(db),
		db.CreateSchemaVersionTables(),
		db.UpdateSchemaVersion(executionRow, schema.Version, schema.Version),
		db.UpdateSchemaVersion(visibilityRow, schema.VisibilityVersion, schema.VisibilityVersion),
	)
	if err != nil {
		return errors.Join(err, db.Exec("ROLLBACK"))
	}
	return db.Exec("COMMIT")
}

func checkVersions(db sqlplugin.AdminDB, file string) error {
	execution, err := db.ReadSchemaVersion(executionRow)
	if err != nil {
		return fmt.Errorf("reading the schema version of %s: %w", file, err)
	}
	visibility, err := db.ReadSchemaVersion(visibilityRow)
	if err != nil {
		return fmt.Errorf("reading the visibility schema version of %s: %w", file, err)
	}
	if execution != schema.Version || visibility != schema.VisibilityVersion {
		return fmt.Errorf("workflow engine: %s has schema %s and visibility schema %s, this program needs %s and %s; run it with the release of chengxu that wrote it",
			file, execution, visibility, schema.Version, schema.VisibilityVersion)
	}
	return nil
}

// checkpoint moves the write-ahead log into the database file, so that the one
// file is the whole database while no process runs.
func checkpoint(cfg *config.SQL) error {
	db, err := openAdmin(cfg)
	if err != nil {
		return fmt.Errorf("closing the database of the workflow engine: %w", err)
	}
	defer db.Close()
	if err := db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return fmt.Errorf("closing the database of the workflow engine: %w", err)
	}
	return nil
}
