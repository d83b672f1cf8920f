package temporalserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	serverschema "go.temporal.io/server/schema"
	schema "go.temporal.io/server/schema/postgresql/v12"
	"golang.org/x/mod/semver"
)

// versioned is a schema of the engine, and the folder of the server's files that make
// it, one version after the other.
type versioned struct {
	name, folder, version string
}

func postgresSchemas() []versioned {
	return []versioned{
		{mainSchema, "postgresql/v12/temporal/versioned", schema.Version},
		{visibilitySchema, "postgresql/v12/visibility/versioned", schema.VisibilityVersion},
	}
}

// The tables in which the server's own tool keeps the versions, so that it can be used
// on these schemas too.
const versionTables = `
CREATE TABLE IF NOT EXISTS schema_version (
    version_partition      INT          NOT NULL,
    db_name                VARCHAR(255) NOT NULL,
    creation_time          TIMESTAMP,
    curr_version           VARCHAR(64),
    min_compatible_version VARCHAR(64),
    PRIMARY KEY (version_partition, db_name)
);
CREATE TABLE IF NOT EXISTS schema_update_history (
    version_partition INT       NOT NULL,
    year              INT       NOT NULL,
    month             INT       NOT NULL,
    update_time       TIMESTAMP NOT NULL,
    description       VARCHAR(255),
    manifest_md5      VARCHAR(64),
    new_version       VARCHAR(64),
    old_version       VARCHAR(64),
    PRIMARY KEY (version_partition, year, month, update_time)
)`

const setVersion = `
INSERT INTO schema_version (version_partition, db_name, creation_time, curr_version, min_compatible_version)
VALUES                     (0,                 $1,      now(),         $2,           $3)
ON CONFLICT (version_partition, db_name) DO UPDATE
SET creation_time = excluded.creation_time, curr_version = excluded.curr_version, min_compatible_version = excluded.min_compatible_version`

const logVersion = `
INSERT INTO schema_update_history (version_partition, year, month, update_time, description, manifest_md5, new_version, old_version)
VALUES (0, date_part('year', clock_timestamp()), date_part('month', clock_timestamp()), clock_timestamp() AT TIME ZONE 'UTC', $1, '', $2, $3)`

// prepare makes the schemas or brings them up to date, all in one transaction. A move
// into this database that was not finished is refused.
func (p *postgres) prepare(ctx context.Context) error {
	return p.transact(ctx, func(tx pgx.Tx) error {
		moving, err := unfinished(ctx, tx)
		if err == nil && moving {
			err = ErrUnfinished
		}
		if err != nil {
			return err
		}
		return setUpSchemas(ctx, tx)
	})
}

// transact runs fn in a transaction on a connection of its own.
func (p *postgres) transact(ctx context.Context, fn func(tx pgx.Tx) error) (err error) {
	conn, err := pgx.ConnectConfig(ctx, p.at)
	if err != nil {
		return fmt.Errorf("workflow engine: connect to the database: %w", said(err))
	}
	defer func() {
		err = errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
	}()
	return pgx.BeginFunc(ctx, conn, fn)
}

func setUpSchemas(ctx context.Context, tx pgx.Tx) error {
	for _, s := range postgresSchemas() {
		if err := s.upgrade(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// upgrade brings a schema to the version of this build.
func (v versioned) upgrade(ctx context.Context, tx pgx.Tx) error {
	current, err := v.current(ctx, tx)
	if err != nil {
		return err
	}
	switch semver.Compare("v"+current, "v"+v.version) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("workflow engine: schema %s of the database has version %s, and this program knows versions up to %s: use a newer program", v.name, current, v.version)
	}
	steps, err := v.steps(current)
	if err != nil {
		return err
	}
	for _, step := range steps {
		if err := step.run(ctx, tx, v.name, current); err != nil {
			return v.refusal(ctx, tx, fmt.Errorf("workflow engine: bring schema %s to version %s: %w", v.name, step.Version, said(err)), err)
		}
		current = step.Version
	}
	return nil
}

// current makes the schema when it is missing and gives its version, "0.0" for a new
// one. From here on the transaction works in it.
func (v versioned) current(ctx context.Context, tx pgx.Tx) (string, error) {
	var there bool
	if err := tx.QueryRow(ctx, `SELECT to_regnamespace($1) IS NOT NULL`, v.name).Scan(&there); err != nil {
		return "", fmt.Errorf("workflow engine: look for schema %s: %w", v.name, said(err))
	}
	if !there {
		if _, err := tx.Exec(ctx, `CREATE SCHEMA `+pgx.Identifier{v.name}.Sanitize()); err != nil {
			return "", v.refusal(ctx, tx, fmt.Errorf("workflow engine: make schema %s: %w", v.name, said(err)), err)
		}
	}
	if _, err := tx.Exec(ctx, `SET LOCAL search_path = `+pgx.Identifier{v.name}.Sanitize()); err != nil {
		return "", fmt.Errorf("workflow engine: enter schema %s: %w", v.name, said(err))
	}
	var tables int
	var hasVersion bool
	err := tx.QueryRow(ctx, `SELECT count(*), COALESCE(bool_or(tablename = 'schema_version'), false) FROM pg_tables WHERE schemaname = $1`, v.name).Scan(&tables, &hasVersion)
	switch {
	case err != nil:
		return "", fmt.Errorf("workflow engine: look into schema %s: %w", v.name, said(err))
	case tables > 0 && !hasVersion:
		return "", fmt.Errorf("workflow engine: schema %s of the database belongs to something else (it does not say its version): name another database", v.name)
	}
	if _, err := tx.Exec(ctx, versionTables); err != nil {
		return "", v.refusal(ctx, tx, fmt.Errorf("workflow engine: set up schema %s: %w", v.name, said(err)), err)
	}
	current := "0.0"
	err = tx.QueryRow(ctx, `SELECT curr_version FROM schema_version WHERE version_partition = 0 AND db_name = $1`, v.name).Scan(&current)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("workflow engine: read the version of schema %s: %w", v.name, said(err))
	}
	if !semver.IsValid("v" + current) {
		return "", fmt.Errorf("workflow engine: schema %s has version %q, which is none: restore the database from a backup", v.name, current)
	}
	return current, nil
}

// insufficientPrivilege is the code of what a role may not do.
const insufficientPrivilege = "42501"

// refusal adds to an error what an administrator of the database has to run, where the
// role may not do it.
func (v versioned) refusal(ctx context.Context, tx pgx.Tx, says, cause error) error {
	var e *pgconn.PgError
	if !errors.As(cause, &e) || e.Code != insufficientPrivilege {
		return says
	}
	role := pgx.Identifier{tx.Conn().Config().User}.Sanitize()
	own := tx.Conn().Config().RuntimeParams["search_path"] // where the record stands
	if own == "" {
		own = "public"
	}
	return fmt.Errorf("%w. The role may not set up what is needed. Let an administrator of the database run this in it, and start again:\n"+
		"  CREATE SCHEMA IF NOT EXISTS %s AUTHORIZATION %s;\n  CREATE SCHEMA IF NOT EXISTS %s AUTHORIZATION %s;\n"+
		"  CREATE EXTENSION IF NOT EXISTS btree_gin;\n  GRANT USAGE, CREATE ON SCHEMA %s TO %s;",
		says, mainSchema, role, visibilitySchema, role, own, role)
}

// schemaStep is one version of a schema, as the server's manifest describes it.
type schemaStep struct {
	Version     string   `json:"CurrVersion"`
	Compatible  string   `json:"MinCompatibleVersion"`
	Description string   `json:"Description"`
	Files       []string `json:"SchemaUpdateCqlFiles"`

	folder string
}

// steps gives what leads from a version to that of this build, in order.
func (v versioned) steps(from string) ([]schemaStep, error) {
	entries, err := fs.ReadDir(serverschema.Assets(), v.folder)
	if err != nil {
		return nil, fmt.Errorf("workflow engine: read the files of schema %s: %w", v.name, err)
	}
	var steps []schemaStep
	for _, entry := range entries {
		if semver.Compare(entry.Name(), "v"+from) <= 0 || semver.Compare(entry.Name(), "v"+v.version) > 0 {
			continue
		}
		step := schemaStep{folder: path.Join(v.folder, entry.Name())}
		manifest, err := fs.ReadFile(serverschema.Assets(), path.Join(step.folder, "manifest.json"))
		if err != nil {
			return nil, fmt.Errorf("workflow engine: read the files of schema %s: %w", v.name, err)
		}
		if err := json.Unmarshal(manifest, &step); err != nil {
			return nil, fmt.Errorf("workflow engine: read the manifest of %s: %w", step.folder, err)
		}
		steps = append(steps, step)
	}
	slices.SortFunc(steps, func(a, b schemaStep) int { return semver.Compare("v"+a.Version, "v"+b.Version) })
	return steps, nil
}

// run executes the files of a step and notes its version.
func (s schemaStep) run(ctx context.Context, tx pgx.Tx, name, from string) error {
	for _, file := range s.Files {
		content, err := fs.ReadFile(serverschema.Assets(), path.Join(s.folder, file))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, string(content)); err != nil { // without arguments: a file holds several statements
			return err
		}
	}
	if _, err := tx.Exec(ctx, setVersion, name, s.Version, s.Compatible); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, logVersion, s.Description, s.Version, from)
	return err
}
