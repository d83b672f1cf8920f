package casework

import (
	"context"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// maxFigureDays bounds the period of figures.
const maxFigureDays = 5 * 366

// Figures counts what the cases of an organ have come to in a period. Without one it
// is the year so far. A period that makes no sense is a [casefile.Refusal].
func (s *Service) Figures(ctx context.Context, q casefile.FigureQuery) (casefile.FigureQuery, casefile.Figures, error) {
	q.Today = legaltime.DateIn(time.Now(), legaltime.China)
	q, err := period(q)
	if err != nil {
		return q, casefile.Figures{}, err
	}
	out, err := s.o.Store.Figures(ctx, q)
	return q, out, err
}

// period fills in the period of figures, and refuses one that makes no sense.
func period(q casefile.FigureQuery) (casefile.FigureQuery, error) {
	if q.Until.IsZero() {
		q.Until = q.Today
	}
	if q.From.IsZero() {
		q.From = legaltime.NewDate(q.Until.Year(), time.January, 1)
	}
	if days := q.From.DaysUntil(q.Until); days < 0 || days > maxFigureDays {
		return q, fmt.Errorf("figures: %w", &casefile.Refusal{Code: casefile.RefusedBadValue, Field: "from", Message: casefile.Text{
			ZH: "起日不得晚于止日，期间不超过五年。", EN: "the period begins before it ends, and has at most five years"}})
	}
	return q, nil
}
