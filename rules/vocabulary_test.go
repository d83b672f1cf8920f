package rules_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

func TestNormalise(t *testing.T) {
	v := demo(t).Vocabulary()
	for _, tt := range []struct {
		fact string
		in   any
		want any
	}{
		{"may_harm", true, true},
		{"opinions", 3, int64(3)},
		{"opinions", int64(3), int64(3)},
		{"opinions", 3.0, int64(3)},
		{"cost", 3, 3.0},
		{"cost", int64(3), 3.0},
		{"cost", 2.5, 2.5},
		{"short_reason", "", ""},
		{"risk_level", "high", "high"},
		{"decided_on", "", ""},
		{"decided_on", "2024-02-29", "2024-02-29"},
		{"decided_on", date(t, "2024-02-29"), "2024-02-29"},
		{"filed", []any{"a", "b"}, []string{"a", "b"}},
		{"filed", []string{"a"}, []string{"a"}},
		{"filed", []any{}, []string{}},
	} {
		got, err := v.Normalise(tt.fact, tt.in)
		if err != nil {
			t.Errorf("%s of %v: %v", tt.fact, tt.in, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s of %v (-want +got):\n%s", tt.fact, tt.in, diff)
		}
	}
}

func TestNormaliseRefuses(t *testing.T) {
	v := demo(t).Vocabulary()
	for _, tt := range []struct {
		fact string
		in   any
		want string
	}{
		{"unknown", true, "fact unknown is not in the vocabulary"},
		{"may_harm", 1, "want bool, got int"},
		{"may_harm", nil, "want bool, got nothing"},
		{"opinions", 3.5, "want int, got 3.5"},
		{"opinions", math.Inf(1), "want int"},
		{"opinions", int64(1) << 60, "out of range"},
		{"opinions", "3", `want int, got text "3"`},
		{"cost", math.NaN(), "want a finite number"},
		{"cost", "3", "want number"},
		{"short_reason", 3, "want text, got int"},
		{"short_reason", strings.Repeat("x", 1<<17), "at most"},
		{"risk_level", "", `"" is none of`},
		{"risk_level", "HIGH", `"HIGH" is none of`},
		{"decided_on", "2024-2-9", "want YYYY-MM-DD"},
		{"decided_on", "2023-02-29", "want YYYY-MM-DD"},
		{"decided_on", "0001-01-01", "not in the years"},
		{"decided_on", 20240229, "want date, got int"},
		{"filed", "草案", "want [text]"},
		{"filed", []any{"a", 1}, "item 2 is int"},
		{"filed", make([]string, 3000), "list of 3000 items"},
	} {
		_, err := v.Normalise(tt.fact, tt.in)
		if !errors.Is(err, casefile.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s of %v: got %v, want an invalid value with %q", tt.fact, tt.in, err, tt.want)
		}
	}
}

func TestOnlyTheRecordHasInitialValues(t *testing.T) {
	v := demo(t).Vocabulary()
	want := casefile.Values{
		"stall_reason": "", "comment_open_on": "", "comment_close_on": "", "short_reason": "", "risk_filed": false,
		"risk_level": "none", "filed": []string{}, "review_from": "", "review_until": "", "speakers": []string{},
		"decided_on": "", "published_on": "", "opinions": int64(0), "answered": int64(0),
	}
	if diff := cmp.Diff(want, v.Initial()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestThePackTellsWhatItHolds(t *testing.T) {
	p := demo(t)
	if p.Name() != "xx.demo@2020" || p.ID() != "xx.demo" || p.Rank() != rules.RankRule || p.LawAt() != "opened_on" {
		t.Errorf("got %s, %s, %s, %s", p.Name(), p.ID(), p.Rank(), p.LawAt())
	}
	g, ok := p.Gate("expert_applies")
	if !ok || g.Kind != rules.Applying || !cmp.Equal(g.Rules, []string{"expert-technical", "expert-costly"}) {
		t.Errorf("gate: got %+v, %t", g, ok)
	}
	r, ok := p.Rule("fee-level")
	if !ok || r.InForce.From != date(t, "2023-01-01") || !cmp.Equal(r.Facts, []string{"cost", "risk_level"}) {
		t.Errorf("rule: got %+v, %t", r, ok)
	}
	if _, ok := p.Gate("none"); ok {
		t.Error("there is a gate that is not there")
	}
	if _, ok := p.Rule("none"); ok {
		t.Error("there is a rule that is not there")
	}
}

func TestSelectPicksThePackInForce(t *testing.T) {
	files := small("flag")
	files["pack.yaml"] = strings.NewReplacer(`version: "1"`, `version: "2"`, "in_force: {from: 2020-01-01}\nlaw_at", "in_force: {from: 2024-01-01}\nlaw_at").Replace(files["pack.yaml"])
	packs := []*rules.Pack{load(t, files), load(t, small("flag"))}
	for _, tt := range []struct{ on, want string }{{"2023-12-31", "xx.small@1"}, {"2024-01-01", "xx.small@2"}} {
		p, err := rules.Select(packs, "xx.small", date(t, tt.on))
		if err != nil {
			t.Fatal(err)
		}
		if p.Name() != tt.want {
			t.Errorf("on %s: got %s, want %s", tt.on, p.Name(), tt.want)
		}
	}
	for _, on := range []string{"2019-12-31"} {
		if _, err := rules.Select(packs, "xx.small", date(t, on)); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("on %s: got %v", on, err)
		}
	}
}

func TestTheArchiveIsThePack(t *testing.T) {
	p := demo(t)
	again, err := rules.ParseArchive(p.Archive())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Archive(), p.Archive()) || again.Digest() != p.Digest() {
		t.Error("the archive of the archive is another one")
	}
	if diff := cmp.Diff(p.Rules(), again.Rules(), equalDates); diff != "" {
		t.Errorf("rules (-loaded +parsed):\n%s", diff)
	}
}

func TestTheDigestIsOfTheContentAndNotOfItsLineEndings(t *testing.T) {
	files := small("flag")
	want := load(t, files).Digest()
	windows := map[string]string{}
	for name, content := range files {
		windows[name] = "\ufeff" + strings.ReplaceAll(strings.TrimSuffix(content, "\n"), "\n", "\r\n")
	}
	if got := load(t, windows).Digest(); got != want {
		t.Errorf("with other line endings the digest is %s, not %s", got, want)
	}
	files["rules/one.yaml"] = strings.Replace(files["rules/one.yaml"], "补正", "更正", 1)
	if got := load(t, files).Digest(); got == want {
		t.Error("other content has the same digest")
	}
}

func TestAnArchiveThatIsNotCanonicalIsRefused(t *testing.T) {
	a := string(demo(t).Archive())
	for _, tt := range []struct{ name, archive, want string }{
		{"nothing", "", "pack.yaml:1:1: the file is missing"},
		{"another comment", "x" + a, "not in its canonical form"},
		{"a file twice", a + "-- pack.yaml --\n", `file name "pack.yaml"`},
		{"a path that leaves the pack", a + "-- ../x.yaml --\n", `file name "../x.yaml"`},
		{"a file more", a + "-- x.yaml --\n", "this file has no place in a rule pack"},
		{"other line endings", strings.ReplaceAll(a, "rank: rule\n", "rank: rule\r\n"), "not in its canonical form"},
		{"a rule changed to what is not right", strings.Replace(a, "effect: block", "effect: blok", 1), `"blok" is none of`},
		{"another pack named in the comment", strings.Replace(a, "xx.demo@2020", "xx.demo@2021", 1), "not in its canonical form"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := rules.ParseArchive([]byte(tt.archive))
			if !errors.Is(err, casefile.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an invalid archive with %q", err, tt.want)
			}
		})
	}
}
