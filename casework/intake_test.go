package casework

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
)

type intake int64

func (n intake) Outstanding(context.Context, casefile.ID) (int64, error) { return int64(n), nil }

// Every comment that was accepted is counted in the case before the account of the
// views is filed.
func TestTheAccountOfTheViewsWaitsForEveryComment(t *testing.T) {
	for _, tt := range []struct {
		came       int64
		registered any
		refused    bool
	}{{0, nil, false}, {3, nil, true}, {3, int64(2), true}, {3, int64(3), false}, {3, float64(5), false}} {
		s, store, _ := inParticipation(t)
		s.o.Intake = intake(tt.came)
		if tt.registered != nil {
			store.c.Facts["opinions_received"] = casefile.Fact{Name: "opinions_received", Value: tt.registered}
		} else {
			delete(store.c.Facts, "opinions_received")
		}
		err := s.checkIntake(t.Context(), "c", casefile.Act{ID: "a", Kind: "participation.adoption_report"})
		var refusal *casefile.Refusal
		if errors.As(err, &refusal) != tt.refused || tt.refused && !strings.Contains(refusal.Message.EN, "3 comments") {
			t.Errorf("%d came, %v registered: %v", tt.came, tt.registered, err)
		}
		if err := s.checkIntake(t.Context(), "c", casefile.Act{ID: "a", Kind: "participation.register"}); err != nil {
			t.Errorf("another act: %v", err)
		}
	}
}
