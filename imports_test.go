package chengxu_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	module         = "github.com/zhengdang/chengxu"
	temporalServer = "go.temporal.io/server"
	maxLines       = 400
)

// row says what a package may import: of ours, and, where the row restricts
// it, of others. The standard library is free.
type row struct {
	ours   []string
	others []string // nil: not restricted
}

// importTable is the direction of dependencies. Adding to it is a reviewed act.
func importTable() map[string]row {
	none := []string{}
	yaml := "gopkg.in/yaml.v3"
	return map[string]row{
		"legaltime": {others: []string{yaml}},
		"casefile":  {ours: []string{"legaltime"}, others: none},
		"rules": {
			ours:   []string{"casefile", "legaltime"},
			others: []string{yaml, "github.com/expr-lang/expr", "github.com/rogpeppe/go-internal", "golang.org/x/tools"},
		},
		"rules/release": {
			ours:   []string{"casefile", "ledger", "legaltime", "rules"},
			others: []string{yaml, "golang.org/x/mod"},
		},
		"rules/sheet":    {ours: []string{"casefile", "rules"}, others: []string{yaml, "github.com/xuri/excelize/v2"}},
		"procedure":      {ours: []string{"casefile", "ledger", "legaltime", "rules"}, others: []string{yaml}},
		"icalendar":      {ours: []string{"casefile", "legaltime", "planner"}, others: []string{"github.com/arran4/golang-ical"}},
		"planner":        {ours: []string{"casefile", "legaltime", "procedure", "rules"}, others: none},
		"ledger":         {others: []string{"golang.org/x/mod"}},
		"retrace":        {ours: []string{"casefile", "legaltime", "procedure", "rules"}},
		"impact":         {ours: []string{"casefile", "legaltime", "procedure", "retrace", "rules"}},
		"ledger/dossier": {ours: []string{"casefile", "ledger", "legaltime", "procedure", "retrace", "rules"}},
		"filing":         {ours: []string{"casefile", "ledger", "ledger/dossier", "legaltime"}, others: none},
		"documents":      {ours: []string{"casefile"}, others: []string{"github.com/gabriel-vasile/mimetype", "golang.org/x/text"}},
		"papers":         {ours: []string{"casefile", "legaltime", "procedure"}, others: []string{yaml, "golang.org/x/image"}},
		"documents/s3":   {ours: []string{"casefile", "documents"}, others: []string{"github.com/minio/minio-go/v7"}},
		"migrations":     {},
		"consult":        {ours: []string{"casefile", "legaltime"}, others: none},
		"annual":         {ours: []string{"audit", "casefile", "ledger", "legaltime", "procedure"}, others: none},
		"annual/sheet":   {ours: []string{"annual", "casefile"}, others: []string{"github.com/xuri/excelize/v2"}},
		"audit":          {ours: []string{"casefile", "legaltime"}, others: []string{yaml}},
		"register":       {ours: []string{"casefile", "legaltime"}, others: none},
		"store":          {ours: []string{"audit", "casefile", "consult", "internal/tablecopy", "ledger", "legaltime", "migrations", "register"}},
		"activities":     {ours: []string{"casefile", "legaltime", "procedure", "rules"}},
		"workflows":      {ours: []string{"activities", "casefile", "legaltime", "procedure", "rules"}},
		"worker":         {ours: []string{"activities", "casefile", "workflows"}},
		"casework":       {ours: []string{"casefile", "icalendar", "impact", "ledger", "ledger/dossier", "legaltime", "planner", "procedure", "rules", "workflows"}},
		"scenario":       {ours: []string{"casefile", "legaltime", "procedure", "rules"}},
		"examples":       {others: none},
		"auth":           {ours: []string{"casefile", "legaltime"}},
		"events":         {ours: []string{"casefile"}, others: []string{"github.com/cloudevents/sdk-go/v2"}},
		"webhook":        {ours: []string{"casefile", "events", "internal/lease"}, others: none},
		"mail":           {ours: []string{"casefile", "internal/lease", "legaltime"}, others: []string{"github.com/wneessen/go-mail"}},
		"access":         {ours: []string{"annual", "audit", "auth", "casefile", "casework", "consult", "documents", "events", "filing", "ledger", "ledger/dossier", "legaltime", "papers", "planner", "procedure", "register", "rules", "webhook"}, others: none},
		"api":            {ours: []string{"access", "annual", "audit", "auth", "casefile", "casework", "consult", "documents", "events", "filing", "internal/intake", "legaltime", "papers", "planner", "procedure", "register", "rules", "webhook"}},
		"web":            {ours: []string{"access", "annual", "annual/sheet", "audit", "auth", "casefile", "casework", "consult", "documents", "filing", "internal/intake", "internal/redline", "internal/yearlist", "ledger/dossier", "legaltime", "papers", "planner", "procedure", "register", "rules", "webhook"}},

		"internal/listbench": {ours: []string{}, others: []string{}},
		"internal/manycases": {ours: []string{}, others: []string{"github.com/lib/pq", "modernc.org/sqlite"}},
		"client":             {others: []string{}},
		"internal/yearlist": {
			ours:   []string{"casefile", "legaltime"},
			others: []string{yaml, "github.com/xuri/excelize/v2", "golang.org/x/text"},
		},
		"internal/clientgen": {others: []string{yaml}},
		"internal/contract":  {others: []string{"github.com/getkin/kin-openapi"}},
		"internal/intake":    {ours: []string{"casefile", "consult", "documents"}, others: []string{"golang.org/x/time"}},
		"internal/lease":     {others: none},
		"internal/telemetry": {
			ours:   none,
			others: []string{"github.com/prometheus/client_golang", "go.opentelemetry.io/otel", "go.temporal.io/sdk"},
		},
		"internal/redline":        {others: none},
		"internal/tablecopy":      {others: []string{"github.com/jackc/pgx/v5", "modernc.org/sqlite"}},
		"internal/temporalserver": {ours: []string{"internal/tablecopy"}},
		"internal/testpg":         {ours: []string{"internal/testpg/cluster"}},
		"internal/testpg/cluster": {},
	}
}

// ban is a library that only some packages may use, in their tests too.
type ban struct {
	path string // the package and what is below it
	only []string
	why  string
}

func bans() []ban {
	sql := []string{"store", "migrations", "internal/testpg", "internal/testpg/cluster", "internal/listbench", "internal/manycases",
		"internal/tablecopy",      // which carries tables that it knows nothing of
		"internal/temporalserver"} // whose connections to PostgreSQL are opened for the server's plugin
	return []ban{
		{"github.com/expr-lang/expr", []string{"rules"}, "rules are the only place where expressions of the law are evaluated"},
		{"database/sql", sql, "all SQL stands in store"},
		{"github.com/jmoiron/sqlx", sql, "all SQL stands in store"},
		{temporalServer, []string{"internal/temporalserver"}, "who imports the server compiles more than a thousand packages"},
		{module + "/internal/temporalserver", []string{"cmd/chengxu"}, "who imports the server compiles more than a thousand packages"},
		{"github.com/minio/minio-go", []string{"documents/s3"}, "documents are stored behind one interface"},
		{"github.com/labstack/echo", []string{"api", "web", "cmd/chengxu", "internal/listbench"}, "HTTP stays at the edge"},
	}
}

// goPackage is what "go list" says about a package.
type goPackage struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// name is the path below the module, and empty for the module's root.
func (p goPackage) name() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
}

func listPackages(t *testing.T, args ...string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatalf("%s: %v", cmd, err)
		}
		packages = append(packages, p)
	}
}

// below reports whether the import path is the given one or stands below it.
func below(importPath, parent string) bool {
	return importPath == parent || strings.HasPrefix(importPath, parent+"/")
}

func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

func TestImportsFollowTheTable(t *testing.T) {
	table := importTable()
	for _, p := range listPackages(t, "./...") {
		if p.name() == "" || p.name() == "cmd/chengxu" { // the root has tests only; the command joins everything
			continue
		}
		allowed, ok := table[p.name()]
		if !ok {
			t.Errorf("package %s has no row in the import table", p.name())
			continue
		}
		for _, imported := range p.Imports {
			if problem := allowed.problem(imported); problem != "" {
				t.Errorf("%s imports %s, %s", p.name(), imported, problem)
			}
		}
	}
}

// problem says why the import is not allowed, or nothing.
func (r row) problem(imported string) string {
	switch {
	case below(imported, module):
		if !slices.Contains(r.ours, strings.TrimPrefix(imported, module+"/")) {
			return "which its row does not allow"
		}
	case isStandard(imported) || r.others == nil:
	case !slices.ContainsFunc(r.others, func(other string) bool { return below(imported, other) }):
		return "and its row does not allow this library"
	}
	return ""
}

func TestBansHold(t *testing.T) {
	for _, p := range listPackages(t, "./...") {
		imports := slices.Concat(p.Imports, p.TestImports, p.XTestImports)
		slices.Sort(imports)
		for _, imported := range slices.Compact(imports) {
			for _, b := range bans() {
				if below(imported, b.path) && !slices.Contains(b.only, p.name()) && p.ImportPath != imported {
					t.Errorf("%s imports %s, which only %s may: %s", p.name(), imported, strings.Join(b.only, ", "), b.why)
				}
			}
		}
	}
}

func TestNoembedLeavesTheServerOut(t *testing.T) {
	for _, p := range listPackages(t, "-deps", "-tags=noembed", "./cmd/chengxu") {
		if below(p.ImportPath, temporalServer) {
			t.Fatalf("cmd/chengxu built with -tags noembed still needs %s", p.ImportPath)
		}
	}
}

// longFiles are the files that may be longer than maxLines, each with its reason.
func longFiles() map[string]string {
	return map[string]string{}
}

func TestFilesAreShort(t *testing.T) {
	generated := regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)
	long := longFiles()
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && file != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		if entry.IsDir() || path.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		lines := strings.Count(string(source), "\n")
		reason := long[filepath.ToSlash(file)]
		delete(long, filepath.ToSlash(file))
		switch {
		case generated.Match(source):
		case lines > maxLines && reason == "":
			t.Errorf("%s has %d lines, more than %d: split it by idea, or list it with the reason", file, lines, maxLines)
		case lines <= maxLines && reason != "":
			t.Errorf("%s has %d lines only and need not be listed as long", file, lines)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for file := range long {
		t.Errorf("%s is listed as long but is not there", file)
	}
}
