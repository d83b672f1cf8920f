package store_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
)

// benchmark runs on both databases. Measure PostgreSQL with a durable server.
func benchmark(b *testing.B, run func(b *testing.B, db *database)) {
	b.Run("sqlite", func(b *testing.B) { run(b, openSQLite(b)) })
	b.Run("postgres", func(b *testing.B) { run(b, openPostgres(b)) })
}

// actsInACase is how many entries a case has before the next one is opened.
const actsInACase = 60

func BenchmarkRecord(b *testing.B) {
	benchmark(b, func(b *testing.B, db *database) {
		id, sequence := casefile.ID(""), int64(actsInACase)
		for n := 0; b.Loop(); n++ {
			if sequence == actsInACase {
				id, sequence = casefile.ID(fmt.Sprintf("c%d", n)), 1
				record(b, db.Store, openingEntry(testOrgan, id, "方案"))
				continue
			}
			sequence++
			record(b, db.Store, actEntry(testOrgan, id, sequence))
		}
	})
}

func BenchmarkRecordInParallel(b *testing.B) {
	benchmark(b, func(b *testing.B, db *database) {
		var cases atomic.Int64
		b.SetParallelism(4)
		b.RunParallel(func(pb *testing.PB) {
			id, sequence := casefile.ID(""), int64(actsInACase)
			for pb.Next() {
				e := actEntry(testOrgan, id, sequence+1)
				if sequence++; sequence > actsInACase {
					id, sequence = casefile.ID(fmt.Sprintf("c%d", cases.Add(1))), 1
					e = openingEntry(testOrgan, id, "方案")
				}
				if _, err := db.Record(b.Context(), e); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

func BenchmarkRead(b *testing.B) {
	benchmark(b, func(b *testing.B, db *database) {
		record(b, db.Store, openingEntry(testOrgan, "c1", "方案"))
		for n := int64(2); n <= actsInACase; n++ {
			record(b, db.Store, actEntry(testOrgan, "c1", n))
		}
		b.Run("case", func(b *testing.B) {
			for b.Loop() {
				if _, err := db.Case(b.Context(), "c1"); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("entry", func(b *testing.B) {
			for b.Loop() {
				if _, err := db.Entry(b.Context(), "c1", 30); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("sealed", func(b *testing.B) {
			for b.Loop() {
				if _, err := db.Sealed(b.Context(), "c1"); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}
