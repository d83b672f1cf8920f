package consult

import (
	"hash/fnv"
	"slices"
	"strings"
	"unicode"
)

// alike is how much of two texts has to be the same: the share of common shingles.
const alike = 0.8

// shingle is the length of the pieces that are compared, in characters.
const shingle = 3

// Similar groups texts that say nearly the same, by index. Texts are compared
// without punctuation, spaces and case. A text is in one group at most; one that is
// like no other is in none.
//
// Each text is compared with those that share one of its rarest pieces, so that ten
// thousand copies of a campaign do not cost a hundred million comparisons.
func Similar(texts []string) [][]int {
	sets := make([][]uint32, len(texts))
	buckets := map[uint32][]int{}
	parent := make([]int, len(texts))
	for i, text := range texts {
		sets[i], parent[i] = shingles(text), i
	}
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for i, set := range sets {
		for _, key := range set[:min(len(set), 8)] { // the smallest hashes: a sample that like texts share
			near := buckets[key]
			joined := false
			for _, j := range near {
				if root(i) == root(j) || jaccard(set, sets[j]) >= alike {
					parent[max(root(i), root(j))] = min(root(i), root(j))
					joined = true
					break
				}
			}
			if !joined && len(near) < 64 {
				buckets[key] = append(near, i)
			}
		}
	}
	members := map[int][]int{}
	for i := range texts {
		if len(sets[i]) > 0 {
			members[root(i)] = append(members[root(i)], i)
		}
	}
	var out [][]int
	for i := range texts {
		if g := members[i]; len(g) > 1 {
			out = append(out, g)
		}
	}
	return out
}

// shingles gives the hashes of the pieces of a text, rising, each once.
func shingles(text string) []uint32 {
	var plain []rune
	for _, r := range strings.ToLower(text) {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			plain = append(plain, r)
		}
	}
	var out []uint32
	for i := 0; i == 0 && len(plain) > 0 || i+shingle <= len(plain); i++ {
		h := fnv.New32a()
		h.Write([]byte(string(plain[i:min(i+shingle, len(plain))])))
		out = append(out, h.Sum32())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// jaccard gives the share of common elements of two rising lists.
func jaccard(a, b []uint32) float64 {
	common := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			common, i, j = common+1, i+1, j+1
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return float64(common) / float64(max(1, len(a)+len(b)-common))
}
