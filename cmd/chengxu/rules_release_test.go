package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// desk is a data directory, and people with their keys.
type desk struct {
	t   *testing.T
	dir string
}

func (d desk) path(name string) string { return filepath.Join(d.dir, name) }

// run runs the command in this process.
func (d desk) run(args ...string) (string, error) {
	d.t.Helper()
	var out bytes.Buffer
	cmd := root()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&bytes.Buffer{})
	err := cmd.ExecuteContext(d.t.Context())
	return out.String(), err
}

// must runs the command, which must succeed.
func (d desk) must(args ...string) string {
	d.t.Helper()
	out, err := d.run(args...)
	if err != nil {
		d.t.Fatalf("chengxu %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// refused runs the command, which must fail with the words.
func (d desk) refused(want string, args ...string) {
	d.t.Helper()
	if out, err := d.run(args...); err == nil || !strings.Contains(err.Error(), want) {
		d.t.Errorf("chengxu %s: got %v, want %q; output %s", strings.Join(args, " "), err, want, out)
	}
}

// newDesk makes keys of three people, of whom the installation trusts two.
func newDesk(t *testing.T) desk {
	t.Helper()
	d := desk{t, t.TempDir()}
	trust := "people:\n"
	for _, person := range []string{"张三", "lisi", "stranger"} {
		key := strings.TrimSpace(d.must("rules", "keygen", "--person", person, "--out", d.path(person+".key")))
		if person != "stranger" {
			trust += "  - {person: " + person + ", key: " + key + ", from: 2020-01-01}\n"
		}
	}
	if err := os.WriteFile(d.path("trust.yaml"), []byte(trust), 0o600); err != nil {
		t.Fatal(err)
	}
	return d
}

// overlay writes the shipped overlay of Shanghai as a folder with a revision of
// its own, and gives the folder.
func (d desk) overlay(revision string) string {
	d.t.Helper()
	dir := d.path("shanghai-" + revision)
	if err := os.CopyFS(dir, os.DirFS("../../rules/packs/cn/shanghai/2020")); err != nil {
		d.t.Fatal(err)
	}
	file := filepath.Join(dir, "pack.yaml")
	b, err := os.ReadFile(file)
	if err != nil {
		d.t.Fatal(err)
	}
	b = append(regexp.MustCompile(`(?m)^revision: .*\n`).ReplaceAll(b, nil), "revision: "+revision+"\n"...)
	if err := os.WriteFile(file, b, 0o600); err != nil {
		d.t.Fatal(err)
	}
	return dir
}

// release makes a release of a folder, signed by the people, and gives its file.
func (d desk) release(dir, out string, people ...string) string {
	d.t.Helper()
	out = d.path(out)
	for i, person := range people {
		from := out
		if i == 0 {
			from = dir
		}
		d.must("rules", "sign", from, "--key", d.path(person+".key"), "--out", out)
	}
	return out
}

func TestAReleaseFromKeyToUse(t *testing.T) {
	d := newDesk(t)
	info, err := os.Stat(d.path("lisi.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file has mode %v (%v)", info.Mode(), err)
	}
	d.refused("a key is never overwritten", "rules", "keygen", "--person", "lisi", "--out", d.path("lisi.key"))
	d.refused("letters, digits", "rules", "keygen", "--person", "li si", "--out", d.path("x.key"))

	file := d.release(d.overlay("11"), "shanghai.release", "张三", "lisi")
	d.refused("has signed it already", "rules", "sign", file, "--key", d.path("lisi.key"), "--out", d.path("again"))
	if out := d.must("rules", "verify", file, "--data", d.dir); !strings.Contains(out, "cn.shanghai@2020 第 11 版") {
		t.Errorf("verify says %s", out)
	}

	activate := func(person string, more ...string) []string {
		return append([]string{"rules", "activate", file, "--data", d.dir, "--organ", "某区政府", "--key", d.path(person + ".key")}, more...)
	}
	d.refused("nobody has requested", activate("lisi", "--approve")...)
	d.refused("the key is that of", activate("张三", "--by", "lisi")...)
	d.refused("is not trusted", activate("stranger")...)
	d.must(activate("张三", "--by", "张三")...)
	d.refused("somebody else must approve", activate("张三", "--approve")...)
	d.refused("is not trusted", activate("stranger", "--approve")...)
	before := time.Now()
	if out := d.must("rules", "releases", "--data", d.dir, "--organ", "某区政府", "--known-at", before.Format(time.RFC3339), "--json"); strings.TrimSpace(out) != "[]" {
		t.Errorf("it counts before it is approved: %s", out)
	}
	d.must(activate("lisi", "--approve")...)
	if out := d.must(activate("张三")...); !strings.Contains(out, "没有变化") {
		t.Errorf("activated again: %s", out)
	}
	var found []activationForm
	if err := json.Unmarshal([]byte(d.must("rules", "releases", "--data", d.dir, "--organ", "某区政府", "--valid-at", "2024-01-01", "--json")), &found); err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].Revision != 11 || found[0].RequestedBy != "张三" || found[0].ApprovedBy != "lisi" {
		t.Errorf("in use: %+v", found)
	}

	older := d.release(d.overlay("10"), "older.release", "张三", "lisi")
	d.refused("revision 10 is older", "rules", "activate", older, "--data", d.dir, "--organ", "某区政府", "--key", d.path("张三.key"))
}

func TestAReleaseThatIsNotInOrderIsRefused(t *testing.T) {
	d := newDesk(t)
	one := d.release(d.overlay("11"), "one.release", "张三")
	file := d.release(one, "good.release", "lisi")
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	written := func(name string, b []byte) string {
		if err := os.WriteFile(d.path(name), b, 0o600); err != nil {
			t.Fatal(err)
		}
		return d.path(name)
	}
	stripped := regexp.MustCompile(`(?m)^— .*\n`).ReplaceAll(good, nil)
	for _, tt := range []struct{ name, file, want string }{
		{"signed by one person", one, "want 2 different people"},
		{"signed by a stranger too", d.release(file, "three.release", "stranger"), "foreign signature"},
		{"signatures stripped", written("stripped", stripped), "nobody has signed it"},
		{"a byte changed", written("changed", bytes.Replace(good, []byte("revision: 11"), []byte("revision: 12"), 1)), "the archive has the digest"},
		{"a file added", written("added", append(bytes.Clone(good), "-- rules/x.yaml --\n[]\n"...)), "the archive has"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := d.run("rules", "verify", tt.file, "--data", d.dir)
			var found notInOrder
			if !errors.As(err, &found) || !strings.Contains(out, tt.want) {
				t.Errorf("verify: %v, %s, want %q", err, out, tt.want)
			}
			d.refused(tt.want, "rules", "activate", tt.file, "--data", d.dir, "--organ", "某区政府", "--key", d.path("张三.key"))
		})
	}
	if err := os.Remove(d.path("trust.yaml")); err != nil {
		t.Fatal(err)
	}
	d.refused("whom this installation trusts", "rules", "activate", file, "--data", d.dir, "--organ", "某区政府", "--key", d.path("张三.key"))
	d.refused("whom this installation trusts", "rules", "verify", file, "--data", d.dir)
}

// What the database says is believed only as far as people have signed it.
func TestPacksInUseAreVerifiedEachTime(t *testing.T) {
	d := newDesk(t)
	file := d.release(d.overlay("11"), "shanghai.release", "张三", "lisi")
	for _, args := range [][]string{{"--key", d.path("张三.key")}, {"--key", d.path("lisi.key"), "--approve"}} {
		d.must(append([]string{"rules", "activate", file, "--data", d.dir, "--organ", "某区政府"}, args...)...)
	}
	own, err := loadShipped()
	if err != nil {
		t.Fatal(err)
	}
	db, err := place{data: d.dir}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	inUse := func(organ casefile.OrganID) ([]*rules.Pack, error) {
		r := &releases{store: db, shipped: own, trust: d.path("trust.yaml"), now: time.Now}
		return r.InUse(t.Context(), organ, legaltime.DateIn(time.Now(), legaltime.China))
	}
	packs, err := inUse("某区政府")
	if err != nil || len(packs) != 1 || packs[0].Name() != "cn.shanghai@2020" || packs[0].Revision() != 11 {
		t.Fatalf("in use: %v (%v)", packs, err)
	}
	forged, err := db.Activations(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	a := forged[0]
	a.ID, a.Organ = "forged", "another"
	if _, err := db.RequestActivation(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ApproveActivation(t.Context(), "forged", "lisi", a.Approval, time.Now()); err != nil {
		t.Fatal(err)
	}
	if packs, err := inUse("another"); !errors.Is(err, casefile.ErrForbidden) {
		t.Errorf("by signatures copied from another organ %v are in use (%v)", packs, err)
	}
	if err := os.Remove(d.path("trust.yaml")); err != nil {
		t.Fatal(err)
	}
	if packs, err := inUse("某区政府"); err == nil {
		t.Errorf("without a trust file %v are in use", packs)
	}
}
