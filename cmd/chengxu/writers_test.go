package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/zhengdang/chengxu/casefile"
)

// asked is one request on a case, as the checker of linearizability sees it.
type asked struct {
	read   bool
	id     string // of the act
	expect int64  // the entry that If-Match names
}

// written is its answer.
type written struct {
	status   int
	sequence int64 // where the case stood: as read, as refused, or after the act
}

// noted is the state of the model: where the case stands, and which act stands at
// which entry.
type noted struct {
	sequence int64
	acts     map[string]int64
}

// ofCase is what a case promises to those who write to it at the same time: an act
// is done once, at the entry after the one that its actor saw, or not at all.
func ofCase(start int64) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return noted{sequence: start, acts: map[string]int64{}} },
		Step: func(state, input, output any) (bool, any) {
			s, in, out := state.(noted), input.(asked), output.(written)
			at, done := s.acts[in.id]
			switch {
			case in.read:
				return out.sequence == s.sequence, s
			case out.status == http.StatusOK && done:
				return out.sequence == at, s
			case out.status == http.StatusOK:
				if in.expect != s.sequence || out.sequence != s.sequence+1 {
					return false, s
				}
				next := noted{sequence: out.sequence, acts: maps.Clone(s.acts)}
				next.acts[in.id] = out.sequence
				return true, next
			case out.status == http.StatusPreconditionFailed:
				return !done && in.expect != s.sequence && out.sequence == s.sequence, s
			}
			return false, s // an answer outside the documented set
		},
		Equal: func(a, b any) bool { return a.(noted).sequence == b.(noted).sequence },
	}
}

// Fifty writers on one case, each request sent twice at once, as an impatient
// person or a flaky network does: nothing is lost, nothing is done twice, and
// everybody gets an answer that the contract names.
func TestFiftyWritersOnOneCase(t *testing.T) {
	w := newTrial(t)
	id := w.cases["real"]
	path := "/api/v1/cases/" + string(id)
	start := mustCase(t, w.s, id).Sequence
	const writers, wanted = 50, 20
	var mu sync.Mutex
	var history []porcupine.Operation
	began := time.Now()
	note := func(client int, in asked, out written, call time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		history = append(history, porcupine.Operation{ClientId: client, Input: in, Output: out, Call: call.Nanoseconds(), Return: time.Since(began).Nanoseconds()})
	}
	var entries atomic.Int64
	var all sync.WaitGroup
	for writer := range writers {
		all.Go(func() {
			for round := 0; entries.Load() < wanted; round++ {
				call := time.Since(began)
				got := w.request(t, http.MethodGet, path, w.tokens["office"], "", nil)
				seen := sequenceOf(t, got.body)
				note(writer*3, asked{read: true}, written{status: got.status, sequence: seen}, call)
				in := asked{id: fmt.Sprintf("w%d-%d", writer, round), expect: seen}
				var twice sync.WaitGroup
				for copied := range 2 {
					twice.Go(func() {
						call := time.Since(began)
						got := w.request(t, http.MethodPost, path+"/acts", w.tokens["office"], "application/json",
							strings.NewReader(act(in.id, "case.note", `{"text":"同时办理"}`)), "If-Match", fmt.Sprintf("%q", fmt.Sprint(seen)))
						if note(writer*3+1+copied, in, written{status: got.status, sequence: entryOf(t, got)}, call); got.status == http.StatusOK && copied == 0 {
							entries.Add(1)
						}
					})
				}
				twice.Wait()
			}
		})
	}
	all.Wait()
	answers := map[int]int{}
	for _, op := range history {
		answers[op.Output.(written).status]++
	}
	for status := range answers {
		if status != http.StatusOK && status != http.StatusPreconditionFailed {
			t.Errorf("answered %d, which is not among the documented answers: %v", status, answers)
		}
	}
	t.Logf("answers: %v", answers)
	result := porcupine.CheckOperationsTimeout(ofCase(start), narrowed(history, start), time.Minute)
	if result != porcupine.Ok {
		t.Errorf("the history of %d requests is not linearizable: %s", len(history), result)
	}
	accepted := map[string]bool{}
	for _, op := range history {
		if in, out := op.Input.(asked), op.Output.(written); !in.read && out.status == http.StatusOK {
			accepted[in.id] = true
		}
	}
	if got := mustCase(t, w.s, id).Sequence - start; got != int64(len(accepted)) || got == 0 {
		t.Errorf("%d acts were accepted and %d entries were added", len(accepted), got)
	}
}

func mustCase(t *testing.T, s *stack, id casefile.ID) casefile.Case {
	t.Helper()
	c, err := s.cases.Case(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sequenceOf(t *testing.T, body []byte) int64 {
	t.Helper()
	var reading struct {
		Case struct {
			Sequence int64 `json:"sequence"`
		} `json:"case"`
	}
	if err := json.Unmarshal(body, &reading); err != nil {
		t.Error(err)
	}
	return reading.Case.Sequence
}

var saidAt = regexp.MustCompile(`it is at entry ([0-9]+)`)

// entryOf gives the entry that an act became, or at which the case stood when it
// was refused.
func entryOf(t *testing.T, a answer) int64 {
	t.Helper()
	if m := saidAt.FindStringSubmatch(a.text); m != nil {
		n, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			t.Error(err)
		}
		return n
	}
	var reply struct {
		Entry struct {
			Sequence int64 `json:"sequence"`
		} `json:"entry"`
	}
	if err := json.Unmarshal(a.body, &reply); err != nil {
		t.Error(err)
	}
	return reply.Entry.Sequence
}

// narrowed raises the beginning of requests as far as every explanation of the
// history must: whoever saw entry n was served after the act that left it was
// sent, and the next act happened after all who saw n had asked. It rules out
// nothing, and keeps the checker from trying hopeless orders for hours.
func narrowed(history []porcupine.Operation, start int64) []porcupine.Operation {
	out := slices.Clone(history)
	accepted := func(op porcupine.Operation) bool {
		return !op.Input.(asked).read && op.Output.(written).status == http.StatusOK
	}
	raise := func(op *porcupine.Operation, least int64) int64 {
		op.Call = max(op.Call, min(least, op.Return))
		return op.Call
	}
	last := slices.MaxFunc(history, func(a, b porcupine.Operation) int {
		return cmp.Compare(a.Output.(written).sequence, b.Output.(written).sequence)
	}).Output.(written).sequence
	var asked int64 // when the last of those who saw the entry before had asked
	for at := start; at <= last; at++ {
		sent := int64(math.MaxInt64)
		for i := range out {
			if out[i].Output.(written).sequence == at && accepted(out[i]) {
				sent = min(sent, raise(&out[i], asked+1))
			}
		}
		if at == start {
			sent = 0
		}
		for i := range out {
			if out[i].Output.(written).sequence == at && !accepted(out[i]) {
				asked = max(asked, raise(&out[i], sent+1))
			}
		}
		asked = max(asked, sent)
	}
	return out
}
