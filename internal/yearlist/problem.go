package yearlist

import (
	"errors"
	"fmt"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// Problem is one thing wrong with a file, and what to do about it. It is
// [casefile.ErrInvalid].
type Problem struct {
	Row     int    // 1, 2, …, as the spreadsheet numbers them, or the number of the item; 0: the file as a whole
	Column  string // the heading; empty: the row as a whole
	Message casefile.Text
}

// Error gives the place and the Chinese and the English text.
func (p *Problem) Error() string {
	return strings.TrimSpace(p.Place("第%d行") + " " + p.Message.ZH + " " + p.Message.EN)
}

// Place gives where the problem is, with the words for a row.
func (p *Problem) Place(row string) string {
	if p.Row == 0 {
		return p.Column
	}
	return strings.TrimSpace(fmt.Sprintf(row, p.Row) + " " + p.Column)
}

// Unwrap gives the kind of the error.
func (p *Problem) Unwrap() error { return casefile.ErrInvalid }

// Problems gives the problems that an error joins.
func Problems(err error) []*Problem {
	var out []*Problem
	var one *Problem
	var many interface{ Unwrap() []error }
	switch {
	case errors.As(err, &many):
		for _, inner := range many.Unwrap() {
			out = append(out, Problems(inner)...)
		}
	case errors.As(err, &one):
		out = append(out, one)
	}
	return out
}

func whole(zh, en string) error { return &Problem{Message: casefile.Text{ZH: zh, EN: en}} }
