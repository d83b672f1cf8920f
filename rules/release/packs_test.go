package release_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/rules/release"
)

const baseYAML = `id: xx.base
version: "2020"
title: {zh: 上位规定, en: Higher rules}
rank: administrative-regulation
instruments:
  - {id: xx.base, title: {zh: 上位规定, en: Higher Rules}, in_force: {from: 2020-01-01}, text_seen: 自拟}
in_force: {from: 2020-01-01}
law_at: opened_on
gates:
  - {id: gate, question: {zh: 可以吗, en: May it}, rules: [base-window]}
`

const baseFacts = `opened_on: {type: date, source: engine, title: {zh: 立项日, en: Opened}}
days: {type: int, source: record, title: {zh: 天数, en: Days}}
`

const baseRules = `- id: base-window
  title: {zh: 期限, en: Window}
  effect: block
  provenance: verified
  require: |
    days >= p.window
  basis: 上位规定 第一条
  message: {zh: 天数不足, en: Too few days}
  remedy: {zh: 延长, en: Extend it}
`

const baseTests = `- {name: 够, rule: base-window, on: 2021-01-01, facts: {days: 30}, want: pass}
- {name: 不够, rule: base-window, on: 2021-01-01, facts: {days: 29}, want: block}
- {name: 不知, rule: base-window, on: 2021-01-01, facts: {}, want: undetermined}
`

const overlayYAML = `id: xx.local
version: "2021"
revision: 2
title: {zh: 本地规定, en: Local rules}
territory: {zh: 某市, en: A city}
rank: rule
over: [xx.base]
instruments:
  - {id: xx.local, title: {zh: 本地规定, en: Local Rules}, in_force: {from: 2021-01-01}, text_seen: 自拟}
in_force: {from: 2021-01-01, to: 2030-12-31}
law_at: opened_on
gates:
  - {id: more, adds_to: xx.base/gate, rules: [local-even]}
`

const overlayRules = `- id: local-even
  title: {zh: 偶数, en: Even}
  effect: block
  provenance: verified
  require: |
    days % 2 == 0
  basis: 本地规定 第一条
  message: {zh: 不是偶数, en: Not even}
  remedy: {zh: 改正, en: Mend it}
`

const overlayTests = `- {name: 偶, rule: local-even, on: 2021-01-01, facts: {days: 30}, want: pass}
- {name: 奇, rule: local-even, on: 2021-01-01, facts: {days: 31}, want: block}
- {name: 不知, rule: local-even, on: 2021-01-01, facts: {}, want: undetermined}
`

func load(t *testing.T, files map[string]string, over ...*rules.Pack) *rules.Pack {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, content := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(content)}
	}
	p, err := rules.LoadPack(fsys, ".", over...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func basePack(t *testing.T) *rules.Pack {
	t.Helper()
	return load(t, map[string]string{
		"pack.yaml": baseYAML, "facts.yaml": baseFacts, "rules/a.yaml": baseRules, "tests/a.yaml": baseTests,
		"parameters.yaml": "window: {stricter: higher, rows: [{from: 2020-01-01, value: 30, unit: 天, basis: 上位规定 第一条, provenance: verified}]}\n",
	})
}

func overlayPack(t *testing.T, base *rules.Pack) *rules.Pack {
	t.Helper()
	return load(t, map[string]string{
		"pack.yaml": overlayYAML, "facts.yaml": "{}\n", "rules/a.yaml": overlayRules, "tests/a.yaml": overlayTests,
	}, base)
}

func calendar(t *testing.T) *legaltime.Calendar {
	t.Helper()
	c, err := legaltime.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func on(t *testing.T, s string) legaltime.Date {
	t.Helper()
	d, err := legaltime.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// keyFor makes a key of a person; the letter makes it another one each time.
func keyFor(t *testing.T, person string, letter string) *ledger.Key {
	t.Helper()
	name, err := release.KeyName(person)
	if err != nil {
		t.Fatal(err)
	}
	k, err := ledger.NewKey(name, strings.NewReader(strings.Repeat(letter, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// trusting gives the trust of an installation in keys, from 2026 on.
func trusting(t *testing.T, lines ...string) release.Trust {
	t.Helper()
	trust, err := release.ParseTrust([]byte("people:\n" + strings.Join(lines, "")))
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

func trustLine(person string, key *ledger.Key, span string) string {
	return "  - {person: " + person + ", key: " + key.Verifier() + ", " + span + "}\n"
}
