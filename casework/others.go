package casework

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// checkOthers refuses an act that names another case which does not exist, or is
// not one that the act may name.
func (s *Service) checkOthers(ctx context.Context, id casefile.ID, act casefile.Act) error {
	named, err := s.Named(ctx, id, act)
	if err != nil || len(named) == 0 {
		return err
	}
	c, err := s.o.Store.Case(ctx, id)
	if err != nil {
		return err
	}
	for _, one := range slices.Sorted(maps.Keys(named)) {
		refusal, err := s.checkOther(ctx, c, named[one], one)
		if err != nil {
			return err
		}
		if refusal != nil {
			refusal.Act = act.Kind
			return refusal
		}
	}
	return nil
}

func (s *Service) checkOther(ctx context.Context, c casefile.Case, f procedure.Field, named casefile.ID) (*casefile.Refusal, error) {
	other, err := s.o.Store.Case(ctx, named)
	if err != nil && !errors.Is(err, casefile.ErrNotFound) {
		return nil, err
	}
	runs, _, _ := strings.Cut(other.Pinned.Procedure, "@")
	switch {
	case err != nil || other.ID == c.ID || other.Practice != c.Practice:
		return NoSuchOther(f), nil
	case len(f.Other.Procedures) > 0 && !slices.Contains(f.Other.Procedures, runs):
		return unfit(f, "该案件不适用此处要求的程序。", "the case runs under another procedure than is wanted here"), nil
	case f.Other.Follows && other.Matter.Follows != c.ID:
		return unfit(f, "该案件开启时没有写明接续本案。", "the case was not opened as one that follows this case"), nil
	case f.Other.Closed && other.Status != casefile.StatusClosed:
		return unfit(f, "该案件尚未办结。", "the case has not ended"), nil
	case len(f.Other.Ends) > 0 && !slices.Contains(f.Other.Ends, other.End):
		return unfit(f, "该案件没有取得此处要求的结果。", "the case did not come to the result that is wanted here"), nil
	}
	return nil, nil
}

// NoSuchOther is the refusal of an act that names a case which does not exist for
// the caller, or cannot be named by this one.
func NoSuchOther(f procedure.Field) *casefile.Refusal {
	return unfit(f, "没有这一案件，或者不能由本案引用。", "there is no such case, or this one cannot name it")
}

func unfit(f procedure.Field, zh, en string) *casefile.Refusal {
	return &casefile.Refusal{Code: casefile.RefusedBadValue, Field: f.Name, Message: casefile.Text{
		ZH: fmt.Sprintf("“%s”：%s", f.Title.ZH, zh), EN: fmt.Sprintf("%s: %s", f.Title.EN, en)}}
}

// Named gives the cases that an act on a case names in its payload, with the field
// of each; none for an act that the procedure does not know.
func (s *Service) Named(ctx context.Context, id casefile.ID, act casefile.Act) (map[casefile.ID]procedure.Field, error) {
	c, err := s.o.Store.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	def, err := s.Definition(ctx, c)
	if err != nil {
		return nil, err
	}
	form, err := def.Form(act.Kind)
	if errors.Is(err, casefile.ErrNotFound) {
		return nil, nil
	}
	out := map[casefile.ID]procedure.Field{}
	for _, f := range form.Spec.Fields {
		if named, _ := act.With[f.Name].(string); f.Kind == procedure.KindCase && named != "" {
			out[casefile.ID(named)] = f
		}
	}
	return out, nil
}

// Following gives the cases of an organ that were opened as ones that follow a case,
// in the order of their opening; at most 500.
func (s *Service) Following(ctx context.Context, organ casefile.OrganID, id casefile.ID) ([]Summary, error) {
	return s.o.Store.Following(ctx, organ, id)
}
