package store_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/store"
)

// Two hundred acts that ask at once, half of them twice, get the numbers from 1 to
// 200, each one of its own.
func TestNumbersHaveNoGaps(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		const acts = 200
		series := casefile.Series{Organ: testOrgan, Kind: "normative-document", Year: 2026}
		ask := func(i int) casefile.Numbering {
			return casefile.Numbering{Series: series, Case: casefile.ID(fmt.Sprint("c", i%7)), Act: fmt.Sprint("act-", i)}
		}
		var mu sync.Mutex
		given := map[string]int64{}
		var all sync.WaitGroup
		for i := range acts + acts/2 {
			all.Go(func() {
				n, err := db.TakeNumber(t.Context(), ask(i%acts))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				act := ask(i % acts).Act
				if before, known := given[act]; known && before != n.Serial {
					t.Errorf("%s has numbers %d and %d", act, before, n.Serial)
				}
				given[act] = n.Serial
			})
		}
		all.Wait()
		var listed []store.GivenNumber
		for len(listed) < acts {
			page, err := db.Numbers(t.Context(), series, int64(len(listed)), 90)
			if err != nil || len(page) == 0 {
				t.Fatalf("%d numbers are listed (%v)", len(listed), err)
			}
			listed = append(listed, page...)
		}
		for i, n := range listed {
			if n.Serial != int64(i+1) || given[n.Act] != n.Serial {
				t.Fatalf("number %d is %+v, and was given as %d", i+1, n, given[n.Act])
			}
		}
		if len(listed) != acts {
			t.Errorf("%d acts have %d numbers", acts, len(listed))
		}
	})
}

func TestANumberIsPrintedAsItsSeriesSays(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		take := func(act, kind string, year int, practice bool) string {
			t.Helper()
			n, err := db.TakeNumber(t.Context(), casefile.Numbering{Series: casefile.Series{Organ: testOrgan, Kind: kind, Year: year, Practice: practice}, Case: "c", Act: act})
			if err != nil {
				t.Fatal(err)
			}
			return n.Text
		}
		set := func(prefix string) {
			t.Helper()
			if err := db.SetSeries(t.Context(), store.SeriesForm{Organ: testOrgan, Kind: "document", Prefix: prefix, Person: "li", At: instant(1)}); err != nil {
				t.Fatal(err)
			}
		}
		wants := func(got, want string) {
			t.Helper()
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		wants(take("a", "document", 2026, false), string(testOrgan)+"〔2026〕1号")
		set("真规")
		wants(take("b", "document", 2026, false), "真规〔2026〕2号")
		wants(take("c", "document", 2027, false), "真规〔2027〕1号")
		wants(take("d", "document", 2026, true), "演练真规〔2026〕1号")
		set("真新规")
		wants(take("e", "document", 2026, false), "真新规〔2026〕3号")
		wants(take("b", "document", 2026, false), "真规〔2026〕2号") // what was given stays as it was
		forms, err := db.Series(t.Context(), testOrgan)
		if err != nil || len(forms) != 2 || forms[0].Prefix != "真新规" || forms[1].Prefix != "真规" {
			t.Errorf("series %+v (%v)", forms, err)
		}
	})
}
