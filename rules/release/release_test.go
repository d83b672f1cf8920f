package release_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/rules/release"
)

// signed gives the file of a release of the overlay, signed with the keys.
func signed(t *testing.T, overlay *rules.Pack, keys ...*ledger.Key) []byte {
	t.Helper()
	r, err := release.New(overlay, calendar(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if err := r.Sign(k.Signer()); err != nil {
			t.Fatal(err)
		}
	}
	return r.Encode()
}

func TestAReleaseIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	base := basePack(t)
	overlay := overlayPack(t, base)
	zhang, li := keyFor(t, "张三", "a"), keyFor(t, "li", "b")
	b := signed(t, overlay, zhang, li)
	if other := signed(t, overlay, li, zhang); !bytes.Equal(b, other) {
		t.Error("the order of signing shows in the release")
	}
	r, err := release.Parse(b, []*rules.Pack{base})
	if err != nil {
		t.Fatal(err)
	}
	want := release.Statement{
		Pack: "xx.local@2021", Revision: 2, InForce: rules.Span{From: on(t, "2021-01-01"), To: on(t, "2030-12-31")},
		Over: []string{"xx.base@2020"}, Archive: overlay.Digest(), Size: len(overlay.Archive()),
	}
	if diff := cmp.Diff(want, r.Statement, cmp.Comparer(func(a, b rules.Span) bool { return a == b })); diff != "" {
		t.Errorf("statement (-want +got):\n%s", diff)
	}
	if !bytes.Equal(r.Encode(), b) || r.Pack().Digest() != overlay.Digest() {
		t.Error("read and written again it is another release")
	}
	again, err := release.Join(r.Note(), r.Pack().Archive(), []*rules.Pack{base})
	if err != nil || !bytes.Equal(again.Encode(), b) {
		t.Errorf("put together from its parts it is another release (%v)", err)
	}
	trust := trusting(t, trustLine("张三", zhang, "from: 2026-01-01"), trustLine("li", li, "from: 2026-01-01"))
	people, err := release.Verify(r, trust, on(t, "2026-03-01"))
	if err != nil || !slices.Equal(people, []string{"li", "张三"}) {
		t.Errorf("signed by %v (%v)", people, err)
	}
}

func TestWhatIsNotThatReleaseIsNotRead(t *testing.T) {
	t.Parallel()
	base := basePack(t)
	overlay := overlayPack(t, base)
	b := string(signed(t, overlay, keyFor(t, "zhang", "a"), keyFor(t, "li", "b")))
	replaced := func(old, new string) string {
		if !strings.Contains(b, old) {
			t.Fatalf("%q does not occur", old)
		}
		return strings.Replace(b, old, new, 1)
	}
	lines := strings.SplitAfter(b, "\n")
	at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "— ") })
	swapped := slices.Clone(lines)
	swapped[at], swapped[at+1] = swapped[at+1], swapped[at]
	baseFile := string(signed(t, base, keyFor(t, "zhang", "a"), keyFor(t, "li", "b")))
	_, baseArchive, _ := strings.Cut(baseFile, "chengxu rule pack")
	head, _, _ := strings.Cut(b, "chengxu rule pack")
	for _, tt := range []struct{ name, file, want string }{
		{"empty", "", "this is not a release"},
		{"the archive alone", string(overlay.Archive()), "this is not a release"},
		{"another form", replaced("release 1", "release 2"), "the first line is not"},
		{"an unknown line", replaced("\nrevision", "\ncolour red\nrevision"), `line 3 of the statement: unknown line "colour"`},
		{"a line twice", replaced("\nrevision 2", "\nrevision 2\nrevision 2"), "one form that is accepted"},
		{"lines in another order", replaced("pack xx.local@2021\nrevision 2", "revision 2\npack xx.local@2021"), "one form that is accepted"},
		{"a number spelled otherwise", replaced("revision 2", "revision 02"), "one form that is accepted"},
		{"revision that is no number", replaced("revision 2", "revision two"), "line 3 of the statement"},
		{"a revision the archive does not have", replaced("revision 2", "revision 3"), "does not say what the archive holds"},
		{"a pack the archive does not have", replaced("pack xx.local@2021", "pack xx.local@2022"), "does not say what the archive holds"},
		{"another time in force", replaced("2030-12-31", "2031-12-31"), "does not say what the archive holds"},
		{"a base that is not there", replaced("over xx.base@2020", "over xx.base@2019"), "there is no rule pack xx.base"},
		{"a byte of the archive changed", replaced("days % 2 == 0", "days % 2 == 1"), "the archive has the digest"},
		{"a file added", b + "-- rules/more.yaml --\n[]\n", "the archive has"},
		{"a byte added", b + "\n", "the archive has"},
		{"the last byte cut off", b[:len(b)-1], "the archive has"},
		{"the archive of another pack", head + "chengxu rule pack" + baseArchive, "the archive has"},
		{"signatures in another order", strings.Join(swapped, ""), "one form that is accepted"},
		{"no line between signatures and archive", replaced("\n\nchengxu rule pack", "\nchengxu rule pack"), "comes an empty line"},
		{"lines that end otherwise", strings.ReplaceAll(b, "\n", "\r\n"), "this is not a release"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := release.Parse([]byte(tt.file), []*rules.Pack{base})
			if !errors.Is(err, casefile.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestTwoDifferentTrustedPeopleMustSign(t *testing.T) {
	t.Parallel()
	base := basePack(t)
	overlay := overlayPack(t, base)
	zhang, zhang2, li, wang := keyFor(t, "zhang", "a"), keyFor(t, "zhang", "b"), keyFor(t, "li", "c"), keyFor(t, "wang", "d")
	trust := trusting(t,
		trustLine("zhang", zhang, "from: 2026-01-01"), trustLine("zhang", zhang2, "from: 2026-01-01"),
		trustLine("li", li, "from: 2026-01-01, to: 2026-12-31"))
	twice := string(signed(t, overlay, zhang))
	_, line, _ := strings.Cut(twice, "\n— ")
	line, _, _ = strings.Cut(line, "\n")
	twice = strings.Replace(twice, "\n— "+line+"\n", "\n— "+line+"\n— "+line+"\n", 1)
	for _, tt := range []struct {
		name, day, want string
		file            []byte
	}{
		{"not signed", "2026-06-01", "nobody has signed it", signed(t, overlay)},
		{"one person", "2026-06-01", "only zhang has signed it", signed(t, overlay, zhang)},
		{"one person with two keys", "2026-06-01", "only zhang has signed it", signed(t, overlay, zhang, zhang2)},
		{"one key twice", "2026-06-01", "signed it twice", []byte(twice)},
		{"strangers only", "2026-06-01", "wang is not trusted", signed(t, overlay, wang)},
		{"two people and a stranger", "2026-06-01", "a foreign signature is refused", signed(t, overlay, zhang, li, wang)},
		{"a stranger who bears a trusted name", "2026-06-01", "li is not trusted", signed(t, overlay, zhang, keyFor(t, "li", "x"))},
		{"before the trust begins", "2025-12-31", "is not trusted on 2025-12-31", signed(t, overlay, zhang, li)},
		{"after the trust in one has ended", "2027-01-01", "li is not trusted on 2027-01-01", signed(t, overlay, zhang, li)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := release.Parse(tt.file, []*rules.Pack{base})
			if err != nil {
				t.Fatal(err)
			}
			people, err := release.Verify(r, trust, on(t, tt.day))
			if !errors.Is(err, casefile.ErrForbidden) || !strings.Contains(err.Error(), tt.want) || people != nil {
				t.Errorf("got %v by %v, want %q", err, people, tt.want)
			}
		})
	}
}

// Every single bit of the statement and of the signatures counts.
func TestNoBitOfTheHeadCanBeChanged(t *testing.T) {
	t.Parallel()
	base := basePack(t)
	zhang, li := keyFor(t, "zhang", "a"), keyFor(t, "li", "b")
	trust := trusting(t, trustLine("zhang", zhang, "from: 2026-01-01"), trustLine("li", li, "from: 2026-01-01"))
	b := signed(t, overlayPack(t, base), zhang, li)
	for i := range bytes.Index(b, []byte("chengxu rule pack")) {
		changed := bytes.Clone(b)
		changed[i] ^= 1 << (i % 8)
		r, err := release.Parse(changed, []*rules.Pack{base})
		if err == nil {
			_, err = release.Verify(r, trust, on(t, "2026-06-01"))
		}
		if err == nil {
			t.Errorf("changed at byte %d (%q), it verifies", i, b[max(0, i-10):i+1])
		}
	}
}

func TestOnlyAPackInOrderIsReleased(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, tests, rules, want string }{
		{"a test that fails", strings.Replace(baseTests, "want: pass", "want: block", 1), baseRules, `test "够"`},
		{"a rule that is never met", strings.Replace(baseTests, "want: pass", "want: block", 1), strings.Replace(baseRules, "days >= p.window", "days >= p.window and days < p.window", 1), "rules/a.yaml:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bad := load(t, map[string]string{
				"pack.yaml": strings.ReplaceAll(baseYAML, "xx.base", "xx.bad"), "facts.yaml": baseFacts, "rules/a.yaml": tt.rules, "tests/a.yaml": tt.tests,
				"parameters.yaml": "window: [{from: 2020-01-01, value: 30, unit: 天, basis: 上位规定 第一条, provenance: verified}]\n",
			})
			if _, err := release.New(bad, calendar(t)); !errors.Is(err, casefile.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAPersonSignsOnce(t *testing.T) {
	t.Parallel()
	r, err := release.New(basePack(t), calendar(t))
	if err != nil {
		t.Fatal(err)
	}
	k := keyFor(t, "zhang", "a")
	if err := r.Sign(k.Signer()); err != nil {
		t.Fatal(err)
	}
	if err := r.Sign(k.Signer()); !errors.Is(err, casefile.ErrConflict) {
		t.Errorf("got %v, want a conflict", err)
	}
	organ, err := ledger.NewKey(ledger.Origin("organ"), strings.NewReader(strings.Repeat("z", 32)))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Sign(organ.Signer()); !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("the key of a log signs: %v", err)
	}
}

func TestAnActivationIsSignedByWhomTheInstallationTrusts(t *testing.T) {
	t.Parallel()
	base := basePack(t)
	zhang, li, wang := keyFor(t, "zhang", "a"), keyFor(t, "li", "b"), keyFor(t, "wang", "c")
	trust := trusting(t, trustLine("zhang", zhang, "from: 2026-01-01"), trustLine("li", li, "from: 2026-01-01"))
	r, err := release.Parse(signed(t, overlayPack(t, base), zhang, li), []*rules.Pack{base})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 2, 3, 4, 567e6, time.UTC)
	a, err := release.ActivationOf(r, "x1", "某区政府", at)
	if err != nil {
		t.Fatal(err)
	}
	day := on(t, "2026-03-01")
	line, err := a.Sign(zhang.Signer())
	if err != nil {
		t.Fatal(err)
	}
	if person, err := a.Signer(line, trust, day); err != nil || person != "zhang" {
		t.Errorf("signed by %q (%v)", person, err)
	}
	foreign, err := a.Sign(wang.Signer())
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := a
	elsewhere.Organ = "另一区政府"
	later := a
	later.ID = "x2"
	for _, tt := range []struct {
		name string
		a    release.Activation
		line string
	}{
		{"by a stranger", a, foreign},
		{"for another organ", elsewhere, line},
		{"under another id", later, line},
		{"two lines at once", a, line + "\n" + line},
		{"nothing", a, ""},
		{"a note of its own", a, "x\n\n" + line},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if person, err := tt.a.Signer(tt.line, trust, day); !errors.Is(err, casefile.ErrForbidden) {
				t.Errorf("signed by %q (%v)", person, err)
			}
		})
	}
	if _, err := release.ActivationOf(r, "x1", "某区\n政府", at); !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("an organ of two lines: %v", err)
	}
}

func TestTrustIsReadStrictly(t *testing.T) {
	t.Parallel()
	key := keyFor(t, "zhang", "a")
	good := trustLine("zhang", key, "from: 2026-01-01")
	for _, tt := range []struct{ name, file, want string }{
		{"an unknown key", "people: []\nmore: 1\n", "field more not found"},
		{"an unknown field", "people:\n  - {person: zhang, key: " + key.Verifier() + ", from: 2026-01-01, always: true}\n", "field always not found"},
		{"no date", "people:\n" + trustLine("zhang", key, "to: 2026-01-01"), "from is missing"},
		{"ends before it begins", "people:\n" + trustLine("zhang", key, "from: 2026-01-01, to: 2025-01-01"), "before it begins"},
		{"the key of another", "people:\n" + trustLine("li", key, "from: 2026-01-01"), "the key is that of chengxu.local/person/zhang"},
		{"a key twice", "people:\n" + good + good, "stands in the list twice"},
		{"not a key", "people:\n  - {person: zhang, key: abc, from: 2026-01-01}\n", "verifier key"},
		{"not a name", "people:\n  - {person: 'z h', key: " + key.Verifier() + ", from: 2026-01-01}\n", "letters, digits"},
		{"two documents", "people: []\n---\npeople: []\n", "one document"},
		{"empty", "", "EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := release.ParseTrust([]byte(tt.file)); !errors.Is(err, casefile.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
