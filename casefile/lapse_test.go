package casefile_test

import (
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

func TestTimeAloneConcludesAStepOnlyWithAnOutcome(t *testing.T) {
	for _, tt := range []struct {
		outcome string
		state   casefile.StepState
	}{
		{"", casefile.StepActive},
		{"silent", casefile.StepConcluded},
	} {
		t.Run("outcome "+tt.outcome, func(t *testing.T) {
			c := casefile.Case{ID: "c", Sequence: 1, Status: casefile.StatusRunning,
				Steps: []casefile.StepRun{{Step: "asking", Round: 1, State: casefile.StepActive, Done: []string{"request"}}}}
			on := legaltime.NewDate(2024, 3, 23)
			e := casefile.Entry{Case: "c", Sequence: 2, Kind: casefile.EntryLapse, On: on, Step: "asking", Round: 1, Outcome: tt.outcome}
			if err := c.Apply(e); err != nil {
				t.Fatal(err)
			}
			run := c.Steps[0]
			if run.State != tt.state || run.Outcome != tt.outcome || len(run.Done) != 1 || (run.LeftOn == on) != (tt.outcome != "") {
				t.Errorf("the round is left as %+v", run)
			}
		})
	}
}
