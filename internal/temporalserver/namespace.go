package temporalserver

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	persistencespb "go.temporal.io/server/api/persistence/v1"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/persistence"
	"go.temporal.io/server/common/persistence/serialization"
	"go.temporal.io/server/common/persistence/sql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	"go.temporal.io/server/common/resolver"
	"go.temporal.io/server/common/searchattribute/sadefs"
	schema "go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

// CaseAttributes are the search attributes of a case's workflow.
func CaseAttributes() map[string]enumspb.IndexedValueType {
	return map[string]enumspb.IndexedValueType{
		"CaseStatus":    enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		"CaseOrgan":     enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		"CaseProcedure": enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		"CaseSteps":     enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST,
		"CasePractice":  enumspb.INDEXED_VALUE_TYPE_BOOL,
	}
}

// prepareNamespace makes the namespace, or brings the stored one up to what the
// options say. It runs before the server does, so no cache can be stale.
func prepareNamespace(ctx context.Context, cfg *config.SQL, opts Options) error {
	fresh, err := schema.NewNamespaceConfig(clusterName, opts.Namespace, false, nil)
	if err != nil {
		return err
	}
	if err := schema.CreateNamespaces(cfg, fresh); err != nil {
		return err
	}
	db, err := sql.NewSQLDB(sqlplugin.DbKindMain, cfg, resolver.NewNoopResolver(), log.NewNoopLogger(), metrics.NoopMetricsHandler)
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.SelectFromNamespace(ctx, sqlplugin.NamespaceFilter{Name: &opts.Namespace})
	if err != nil {
		return err
	}
	if len(rows) != 1 {
		return fmt.Errorf("%d rows instead of one", len(rows))
	}
	return updateNamespace(ctx, db, rows[0], opts)
}

func updateNamespace(ctx context.Context, db sqlplugin.DB, row sqlplugin.NamespaceRow, opts Options) error {
	codec := serialization.NewSerializer()
	detail, err := codec.NamespaceDetailFromBlob(persistence.NewDataBlob(row.Data, row.DataEncoding))
	if err != nil {
		return fmt.Errorf("reading its settings: %w", err)
	}
	changed, err := adjust(detail.GetConfig(), opts.Retention, opts.SearchAttributes)
	if err != nil || !changed {
		return err
	}
	blob, err := codec.NamespaceDetailToBlob(detail)
	if err != nil {
		return fmt.Errorf("writing its settings: %w", err)
	}
	row.Data, row.DataEncoding = blob.GetData(), blob.GetEncodingType().String()
	if _, err := db.UpdateNamespace(ctx, &row); err != nil {
		return fmt.Errorf("writing its settings: %w", err)
	}
	return nil
}

// adjust sets the retention and gives each attribute that has none a column of
// its type. SQLite has a fixed number of columns for each type; an alias, once
// given, stays, because the data of cases stand in that column.
func adjust(c *persistencespb.NamespaceConfig, retention time.Duration, attributes map[string]enumspb.IndexedValueType) (changed bool, err error) {
	if c.GetRetention().AsDuration() != retention {
		c.Retention, changed = durationpb.New(retention), true
	}
	columns := sadefs.GetDBIndexSearchAttributes(nil).CustomSearchAttributes
	column := map[string]string{} // of each attribute that has one
	for col, name := range c.GetCustomSearchAttributeAliases() {
		column[name] = col
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		want := attributes[name]
		if col, ok := column[name]; ok {
			if columns[col] != want {
				return false, fmt.Errorf("search attribute %s is stored as %s, not as %s", name, columns[col], want)
			}
			continue
		}
		col, ok := freeColumn(columns, want, c.GetCustomSearchAttributeAliases())
		if !ok {
			return false, fmt.Errorf("search attribute %s: no column of type %s is left", name, want)
		}
		if c.CustomSearchAttributeAliases == nil {
			c.CustomSearchAttributeAliases = map[string]string{}
		}
		c.CustomSearchAttributeAliases[col], changed = name, true
	}
	return changed, nil
}

// freeColumn is the first column of the type that no attribute uses yet.
func freeColumn(columns map[string]enumspb.IndexedValueType, want enumspb.IndexedValueType, used map[string]string) (string, bool) {
	for _, col := range slices.Sorted(maps.Keys(columns)) {
		if _, taken := used[col]; !taken && columns[col] == want {
			return col, true
		}
	}
	return "", false
}
