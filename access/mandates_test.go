package access_test

import (
	"context"
	"errors"
	"testing"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// secrets is a case with something restricted, for which the chief is cleared. In
// practice it is the third of May there.
type secrets struct {
	access.Cases
	practice bool
}

func (s secrets) Case(context.Context, casefile.ID) (casefile.Case, error) {
	return casefile.Case{ID: "c", Organ: organ, Practice: s.practice, Today: on("2024-05-03"),
		Facts: map[string]casefile.Fact{"recorded_views": {Name: "recorded_views", Value: "不得外传"}}}, nil
}

func (secrets) Definition(context.Context, casefile.Case) (*procedure.Definition, error) {
	return &procedure.Definition{Cleared: []casefile.Role{"chief"}}, nil
}

// A mandate shows what its role may know while it is in force: in a real case today,
// in practice by the clock of the case. Without any other role it lets in on its days
// alone.
func TestAMandateShowsWhatItShowsOnItsDays(t *testing.T) {
	held := func(from, until string, inForce bool) []auth.Held {
		return []auth.Held{{Mandate: casefile.Mandate{ID: "m", Principal: "p2", From: on(from), Until: on(until)}, Roles: []casefile.Role{"chief"}, InForce: inForce}}
	}
	for _, tt := range []struct {
		name           string
		mandates       []auth.Held
		real, practice bool
	}{
		{"no mandate", nil, false, false},
		{"in force today, over in practice", held("2024-05-04", "2099-01-01", true), true, false},
		{"over today, in force in practice", held("2024-05-03", "2024-05-03", false), false, true},
		{"in force in both", held("2024-05-01", "2099-01-01", true), true, true},
		{"still to come", held("2098-01-01", "2099-01-01", false), false, false},
	} {
		for _, practice := range []bool{false, true} {
			want := tt.real
			if practice {
				want = tt.practice
			}
			g := access.New(access.Options{Cases: secrets{practice: practice}})
			p := auth.Principal{Organ: organ, Person: "p1", Roles: []casefile.Role{"drafter"}, Mandates: tt.mandates}
			seen, err := g.Case(t.Context(), p, "c")
			if _, shown := seen.Facts["recorded_views"]; err != nil || shown != want {
				t.Errorf("%s, practice %t: shown %t, want %t (%v)", tt.name, practice, shown, want, err)
			}
		}
		alone := auth.Principal{Organ: organ, Person: "p1", Mandates: tt.mandates}
		if err := access.Permit(alone, access.ReadCase); (err == nil) != tt.real || err != nil && !errors.Is(err, casefile.ErrForbidden) {
			t.Errorf("%s, without any other role: %v", tt.name, err)
		}
	}
}
