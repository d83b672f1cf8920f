package temporalserver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/iancoleman/strcase"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
)

// The schemas of the engine, which are also the names under which the server keeps
// their versions.
const (
	mainSchema       = "temporal"
	visibilitySchema = "temporal_visibility"
)

// Each of the server's four services has a pool for either schema. More connections
// were slower, and a PostgreSQL as it is installed admits a hundred.
const (
	mainConnections       = 8
	visibilityConnections = 3
	connectionLife        = 30 * time.Minute
	connectTimeout        = 10 * time.Second
)

// postgres is a PostgreSQL database.
type postgres struct {
	at   *pgx.ConnConfig
	lock *databaseLock
}

// openPostgres takes the database, or says who has it.
func openPostgres(ctx context.Context, url string, lost func(error)) (*postgres, error) {
	at, err := readURL(url)
	if err != nil {
		return nil, err
	}
	lock, err := lockDatabase(ctx, at, lost)
	if err != nil {
		return nil, err
	}
	return &postgres{at: at, lock: lock}, nil
}

// readURL reads an address as the store does, which reads it by another library: what
// that one alone understands is left out.
func readURL(address string) (*pgx.ConnConfig, error) {
	if !strings.HasPrefix(address, "postgres://") && !strings.HasPrefix(address, "postgresql://") {
		return nil, errors.New("workflow engine: database URL: want postgres://USER@HOST/DATABASE")
	}
	at, err := pgx.ParseConfig(encrypted(address))
	if err != nil { // which may repeat a part of the URL
		return nil, errors.New("workflow engine: database URL cannot be read: want postgres://USER@HOST/DATABASE, with special characters of a password as %XX")
	}
	delete(at.RuntimeParams, "binary_parameters")
	if at.ConnectTimeout == 0 {
		at.ConnectTimeout = connectTimeout
	}
	return at, nil
}

// encrypted gives an address that says nothing of encryption as one that asks for it: the
// store's library does, this one would go on without, and half a move would be refused.
func encrypted(address string) string {
	u, err := url.Parse(address)
	if err != nil || os.Getenv("PGSSLMODE") != "" {
		return address
	}
	if query := u.Query(); !query.Has("sslmode") && !query.Has("service") {
		query.Set("sslmode", "require")
		u.RawQuery = query.Encode()
	}
	return u.String()
}

// named gives the address for connections that the database shows under a name.
func named(at *pgx.ConnConfig, name string, parameters map[string]string) *pgx.ConnConfig {
	own := at.Copy()
	own.RuntimeParams["application_name"] = name
	maps.Copy(own.RuntimeParams, parameters)
	return own
}

func (p *postgres) main() *config.SQL { return p.sql(mainSchema, mainConnections) }

func (p *postgres) persistence() config.Persistence {
	return config.Persistence{
		DefaultStore:     mainSchema,
		VisibilityStore:  visibilitySchema,
		NumHistoryShards: historyShards,
		DataStores: map[string]config.DataStore{
			mainSchema:       {SQL: p.main()},
			visibilitySchema: {SQL: p.sql(visibilitySchema, visibilityConnections)},
		},
	}
}

// sql describes a schema to the server's plugin. The plugin itself would build a URL in
// which a user, a database or a socket with special characters is not escaped; it uses
// the function instead, so that no password stands in the configuration either.
func (p *postgres) sql(schema string, connections int) *config.SQL {
	at := named(p.at, "chengxu engine", map[string]string{"search_path": schema})
	return &config.SQL{
		PluginName:   postgresql.PluginNamePGX,
		DatabaseName: schema,
		Connect: func(*config.SQL) (*sqlx.DB, error) {
			db := sqlx.NewDb(stdlib.OpenDB(*at), "pgx")
			db.SetMaxOpenConns(connections)
			db.SetMaxIdleConns(connections)
			db.SetConnMaxLifetime(connectionLife)
			db.MapperFunc(strcase.ToSnake) // as the plugin names columns
			ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
			defer cancel()
			if err := db.PingContext(ctx); err != nil {
				return nil, errors.Join(said(err), db.Close())
			}
			return db, nil
		},
	}
}

func (p *postgres) settle() error { return nil } // a committed transaction is whole

func (p *postgres) release() error { return p.lock.release() }

// said gives an error of a connection as the server put it, and otherwise as it is:
// neither has the password.
func said(err error) error {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return fmt.Errorf("PostgreSQL: %s (%s)", e.Message, e.Code)
	}
	if err != nil && strings.Contains(err.Error(), "server refused TLS connection") { // which has no type
		return fmt.Errorf("%w. Turn TLS on at the server, or add sslmode=disable to the URL where nobody can listen in between", err)
	}
	return err
}
