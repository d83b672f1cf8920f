package casework

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/casefile"
)

// Limits of a draw.
const (
	MaxSample     = 200
	MaxPopulation = 200_000
	maxSeed       = 100 // characters
)

// Draw is a sample of cases that anybody can draw again: from the population that
// the filter finds, those N whose SHA-256 of the seed, a line feed and the id of the
// case is lowest. Seed and population are what it takes to repeat it; whether the
// population is still the same shows in its size.
type Draw struct {
	Seed       string
	N          int
	Population int64
	Cases      []Drawn // the lowest first
}

// Drawn is a case that was drawn, with the hash by which it was.
type Drawn struct {
	Summary
	Hash string
}

// Sample draws from the cases of the organs that the filter finds. What cannot be
// drawn is a [casefile.Refusal] that names the field.
func (s *Service) Sample(ctx context.Context, organs []casefile.OrganID, f Filter, seed string, n int) (Draw, error) {
	if err := drawable(seed, n); err != nil {
		return Draw{}, err
	}
	out := Draw{Seed: seed, N: n}
	draws := ticketsOf(seed)
	var lowest []ticket
	for _, f.Organ = range organs {
		ids, err := s.o.Store.IDs(ctx, f, MaxPopulation+1)
		if err != nil {
			return Draw{}, err
		}
		if out.Population += int64(len(ids)); out.Population > MaxPopulation {
			return Draw{}, badDraw("", "案件超过 20 万件，请先缩小范围。", "more than 200,000 cases: narrow them down first")
		}
		for _, id := range ids {
			lowest = keep(lowest, draws(id), n)
		}
	}
	ids := make([]casefile.ID, len(lowest))
	for i, t := range lowest {
		ids[i] = t.id
	}
	rows, err := s.o.Store.Summaries(ctx, ids)
	if err != nil {
		return Draw{}, err
	}
	for _, t := range lowest {
		at := slices.IndexFunc(rows, func(row Summary) bool { return row.ID == t.id })
		if at < 0 {
			return Draw{}, fmt.Errorf("case %s was drawn: %w", t.id, casefile.ErrNotFound)
		}
		out.Cases = append(out.Cases, Drawn{Summary: rows[at], Hash: hex.EncodeToString(t.hash[:])})
	}
	return out, nil
}

func drawable(seed string, n int) error {
	switch {
	case strings.TrimSpace(seed) == "" || utf8.RuneCountInString(seed) > maxSeed || !utf8.ValidString(seed) || strings.ContainsAny(seed, "\r\n\x00"):
		return badDraw("seed", "种子为 1 至 100 个字，不换行。", "the seed is 1 to 100 characters on one line")
	case n < 1 || n > MaxSample:
		return badDraw("n", "抽取数量为 1 至 200。", "1 to 200 cases are drawn")
	}
	return nil
}

func badDraw(field, zh, en string) error {
	return &casefile.Refusal{Code: casefile.RefusedBadValue, Field: field, Message: casefile.Text{ZH: zh, EN: en}}
}

// ticket is what a case takes part in a draw with.
type ticket struct {
	id   casefile.ID
	hash [sha256.Size]byte
}

// ticketsOf gives the tickets of a draw.
func ticketsOf(seed string) func(casefile.ID) ticket {
	hashed := []byte(seed + "\n")
	return func(id casefile.ID) ticket {
		hashed = append(hashed[:len(seed)+1], id...)
		return ticket{id: id, hash: sha256.Sum256(hashed)}
	}
}

// keep adds a ticket to the n lowest, which are in order: few of a hundred thousand get in.
func keep(lowest []ticket, t ticket, n int) []ticket {
	at, _ := slices.BinarySearchFunc(lowest, t, func(a, b ticket) int { return bytes.Compare(a.hash[:], b.hash[:]) })
	if at == n {
		return lowest
	}
	lowest = slices.Insert(lowest, at, t)
	return lowest[:min(len(lowest), n)]
}
