package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

var benchActor = casefile.Actor{Person: "bench", Name: "bench", Roles: []casefile.Role{"office"}}

// benchProcedure is the major decision with one more gate before the act
// case.note: the first thirty rules of the pack that block or warn.
func benchProcedure(b *testing.B, s *stack) *casework.Library {
	b.Helper()
	pack := s.shipped.packs[0]
	var ids []string
	for _, r := range pack.Rules() {
		if (r.Effect == casefile.EffectBlock || r.Effect == casefile.EffectWarn) && len(ids) < 30 {
			ids = append(ids, r.ID)
		}
	}
	if len(ids) < 30 {
		b.Fatalf("the pack has only %d rules that block or warn", len(ids))
	}
	gate := "gates:\n  - id: thirty\n    question: {zh: 基准, en: benchmark}\n    rules: [" + strings.Join(ids, ", ") + "]\n"
	widened, err := rules.ParseArchive([]byte(strings.Replace(string(pack.Archive()), "\ngates:\n", "\n"+gate, 1)))
	if err != nil {
		b.Fatal(err)
	}
	source := must(procedure.Shipped("cn.major-decision.2019.yaml"))
	src := string(source.Content)
	at := strings.Index(src, "- verb: note")
	src = src[:at] + strings.Replace(src[at:], "free: 记事不改变案件状态", "gate: cn.713/thirty", 1)
	def, err := procedure.Load(source.Name, []byte(src))
	if err != nil {
		b.Fatal(err)
	}
	library, err := casework.NewLibrary([]*procedure.Definition{def}, []*rules.Pack{widened}, s.shipped.calendar)
	if err != nil {
		b.Fatal(err)
	}
	return library
}

// openBenchCase opens a practice case.
func openBenchCase(b *testing.B, cases *casework.Service, id string) casefile.ID {
	b.Helper()
	reply, err := cases.Open(b.Context(), casework.Opening{
		ID: id, Procedure: "cn.major-decision", Organ: "bench",
		Matter: casefile.Matter{Title: "基准", Category: "policy"}, With: casefile.Values{"body_kind": "district-gov", "contains_state_secret": false},
		By: benchActor, Practice: true, Starts: legaltime.NewDate(2024, time.March, 1),
	})
	if err != nil {
		b.Fatal(err)
	}
	return reply.Case.ID
}

// BenchmarkAct compares, in one run on one engine, three kinds of update that
// take turns, so that a machine that slows down slows all of them: a bare update
// with one empty local activity; a note (no gate, four duties judged, one entry
// recorded, entry and case read back); and a note before which thirty rules are
// judged and recorded.
func BenchmarkAct(b *testing.B) {
	s := startTestStack(b, 0)
	updates := must(startBare(s.client))
	b.Cleanup(updates.stop)
	bare := must(updates.writer(bareLocal)(b.Context()))
	with30 := s.service(benchProcedure(b, s), 0)
	var bares, plain, thirty []time.Duration
	var plainCase, thirtyCase casefile.ID
	note := func(cases *casework.Service, id casefile.ID, n int64) func() error {
		return func() error {
			_, err := cases.Act(b.Context(), id, casefile.Act{
				ID: fmt.Sprintf("note-%d", n), Kind: "case.note", By: benchActor, With: casefile.Values{"text": "基准"}}, 0)
			return err
		}
	}
	for n := int64(0); b.Loop(); n++ {
		if n%100 == 0 { // cases of everyday length
			plainCase = openBenchCase(b, s.cases, fmt.Sprintf("plain-%d", n))
			thirtyCase = openBenchCase(b, with30, fmt.Sprintf("thirty-%d", n))
		}
		bares = append(bares, timed(b, func() error { return bare(b.Context(), int(n)) }))
		plain = append(plain, timed(b, note(s.cases, plainCase, n)))
		thirty = append(thirty, timed(b, note(with30, thirtyCase, n)))
	}
	report := func(name string, took []time.Duration) {
		p50 := quantile(took, 0.5)
		b.ReportMetric(float64(p50.Microseconds())/1000, name+"-p50-ms")
		b.ReportMetric(float64(quantile(took, 0.99).Microseconds())/1000, name+"-p99-ms")
		b.ReportMetric(float64(p50)/float64(quantile(bares, 0.5)), name+"-ratio-p50")
	}
	report("bare", bares)
	report("note", plain)
	report("act30", thirty)
}

func timed(b *testing.B, do func() error) time.Duration {
	b.Helper()
	began := time.Now()
	if err := do(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}
