package yearlist

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// Verb is the act by which an item is filed.
const Verb = "file_item"

// Payload gives what the act says that files the entry.
func Payload(e casefile.CatalogueEntry) casefile.Values {
	out := casefile.Values{"name": e.Name}
	for _, f := range []struct{ name, value string }{{"category", e.Category}, {"unit", e.Unit}, {"basis", e.Basis}, {"timing", e.Timing}} {
		if f.value != "" {
			out[f.name] = f.value
		}
	}
	if len(e.Steps) > 0 {
		out["steps"] = e.Steps
	}
	if !e.PlannedOn.IsZero() {
		out["planned_on"] = e.PlannedOn.String()
	}
	return out
}

// Missing gives the rows that are still to be filed: what the case has under the same
// name is there already.
func Missing(c *casefile.Case, rows []Row) []Row {
	items := c.Catalogue()
	return slices.DeleteFunc(slices.Clone(rows), func(r Row) bool {
		return slices.ContainsFunc(items, func(i casefile.CatalogueItem) bool { return i.Name == r.Name && i.Screened != "withdrawn" })
	})
}

// ActID gives the id of the act that files an item as the next one after those that the
// case has, so that an import that is tried again files nothing twice.
func ActID(id casefile.ID, items int, name string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%s", id, items, name))
	return "item-" + hex.EncodeToString(sum[:16])
}
