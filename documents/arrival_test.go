package documents_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/documents"
)

func (k *keeping) receive(t *testing.T, text string, limit int64) (*documents.Arrival, error) {
	t.Helper()
	a, err := k.Receive(t.Context(), documents.Upload{Title: "附件", MediaType: "text/plain", Content: strings.NewReader(text)}, limit)
	if err == nil {
		t.Cleanup(func() {
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return a, err
}

// What is staged is kept with a record and removed without one.
func TestWhatIsStagedIsKeptOrRemoved(t *testing.T) {
	k := newKeeper(t, nil)
	has := func(text string) bool {
		found, err := k.store.Has(t.Context(), organ, digestOf([]byte(text)))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if _, err := k.receive(t, "长长的附件", 5); !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("more than the limit: %v", err)
	}
	taken, err := k.receive(t, "附件一", 100)
	if err != nil || has("附件一") {
		t.Fatalf("received: %v, stored %t", err, has("附件一"))
	}
	late, err := k.receive(t, "附件二", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []*documents.Arrival{taken, late} {
		if err := k.Stage(t.Context(), organ, a); err != nil {
			t.Fatal(err)
		}
	}
	k.Unstage(t.Context(), organ, late)
	if has("附件二") || len(k.records.removals) != 1 {
		t.Errorf("what came to nothing is there: %v", k.records.removals)
	}
	if _, err := k.records.AddDocument(t.Context(), organ, taken.Document, ""); err != nil {
		t.Fatal(err)
	}
	if err := k.store.Remove(t.Context(), organ, taken.Document.Digest); err != nil { // as somebody does who came to nothing with the same bytes
		t.Fatal(err)
	}
	if state := k.Confirm(t.Context(), organ, taken); state != casefile.DocumentClean || !has("附件一") {
		t.Errorf("confirmed: %s, stored %t", state, has("附件一"))
	}
}

// A staged document is examined once it is recorded.
func TestWhatIsConfirmedIsExamined(t *testing.T) {
	for _, tt := range []struct {
		says documents.Examination
		want casefile.DocumentState
	}{{documents.Clean, casefile.DocumentClean}, {documents.Harmful, casefile.DocumentRefused}, {documents.Later, casefile.DocumentQuarantined}} {
		says := &verdicts{now: tt.says}
		k := newKeeper(t, says)
		a, err := k.receive(t, "附件", 100)
		if err == nil {
			err = k.Stage(t.Context(), organ, a)
		}
		if err == nil {
			_, err = k.records.AddDocument(t.Context(), organ, a.Document, "")
		}
		if err != nil || a.Document.State != casefile.DocumentQuarantined {
			t.Fatalf("%v %+v", err, a)
		}
		for range 2 { // the second time somebody sends the same
			if got := k.Confirm(t.Context(), organ, a); got != tt.want {
				t.Errorf("%s: %s, want %s", tt.says, got, tt.want)
			}
		}
	}
}
