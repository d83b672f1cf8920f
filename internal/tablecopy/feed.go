package tablecopy

import (
	"database/sql"
	"fmt"
	"time"
)

// feed hands rows of SQLite to PostgreSQL. It implements pgx.CopyFromSource.
type feed struct {
	rows    *sql.Rows
	columns []column
}

// Next goes to the next row.
func (f *feed) Next() bool { return f.rows.Next() }

// Err is why there was no next row, if it was not the last one.
func (f *feed) Err() error { return f.rows.Err() }

// Values gives the row as the columns of PostgreSQL want it.
func (f *feed) Values() ([]any, error) {
	values := make([]any, len(f.columns))
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	if err := f.rows.Scan(into...); err != nil {
		return nil, err
	}
	for i, c := range f.columns {
		v, err := fit(values[i], c.kind)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.name, err)
		}
		values[i] = v
	}
	return values, nil
}

// fit gives a value of SQLite, which keeps any kind in any column, as the kind that a
// column of PostgreSQL has.
func fit(v any, kind string) (any, error) {
	if v == nil {
		return nil, nil
	}
	switch kind {
	case "bytea":
		if s, ok := v.(string); ok {
			return []byte(s), nil
		}
		if b, ok := v.([]byte); ok {
			return append([]byte{}, b...), nil // no bytes are not NULL
		}
	case "text", "varchar", "bpchar", "jsonb", "json":
		if b, ok := v.([]byte); ok {
			return string(b), nil
		}
		if s, ok := v.(string); ok {
			return s, nil
		}
	case "int2", "int4", "int8":
		if n, ok := v.(int64); ok {
			return n, nil
		}
	case "float8":
		if n, ok := v.(int64); ok {
			return float64(n), nil
		}
		if n, ok := v.(float64); ok {
			return n, nil
		}
	case "bool":
		if n, ok := v.(int64); ok {
			return n != 0, nil
		}
		if b, ok := v.(bool); ok {
			return b, nil
		}
	case "timestamp":
		if t, ok := v.(time.Time); ok {
			return t.UTC(), nil
		}
	}
	return nil, fmt.Errorf("a %T does not fit into %s", v, kind)
}
