package casework

import (
	"context"
	"fmt"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// Intake says how many comments of the public came in for a case through this
// installation.
type Intake interface {
	Outstanding(ctx context.Context, id casefile.ID) (int64, error)
}

// checkIntake refuses the account of the views while comments came in that are not
// registered in the case: every one that was accepted has to be counted
// (国务院令第713号 第十八条).
func (s *Service) checkIntake(ctx context.Context, id casefile.ID, act casefile.Act) error {
	step, verb := act.Split()
	if s.o.Intake == nil || verb != "adoption_report" {
		return nil
	}
	c, err := s.o.Store.Case(ctx, id)
	if err != nil {
		return err
	}
	def, err := s.Definition(ctx, c)
	if err != nil {
		return err
	}
	if of, ok := def.Step(step); !ok || of.Type != procedure.Participation {
		return nil
	}
	came, err := s.o.Intake.Outstanding(ctx, id)
	if err != nil {
		return fmt.Errorf("count comments of case %s: %w", id, err)
	}
	registered, ok := c.Facts["opinions_received"].Value.(int64)
	if number, isFloat := c.Facts["opinions_received"].Value.(float64); isFloat { // as read from JSON
		registered, ok = int64(number), true
	}
	if !ok && came == 0 || registered >= came {
		return nil
	}
	return &casefile.Refusal{Code: casefile.RefusedNotPossible, Act: act.Kind, Message: casefile.Text{
		ZH: fmt.Sprintf("本平台收到公众意见%d件，案卷只登记了%d件；须先登记其余意见，再提交采纳情况报告。", came, registered),
		EN: fmt.Sprintf("%d comments came in and %d are registered in the case; register the others before the account of the views is filed", came, registered)}}
}
