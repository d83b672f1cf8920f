package web_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/planner"
	"github.com/zhengdang/chengxu/web"
)

// acts are what the forms of the fake were asked for, and what it answers.
type acts struct {
	done    []casefile.Act
	expects []int64
	tried   []casefile.Act
	opened  []casework.Opening
	planned []casework.Opening
	refused []web.Attempt
	kept    []access.FormDraft
	uploads []string

	scheduled []casework.Planned

	actErr, openErr error
	refuses, fails  map[string]error // by the name of an item: when it is tried and done, or only when it is done
	blocks          bool             // the rules stop the act
	moves           bool             // somebody else acts first
	run             casework.DryRun
	plan            *planner.Plan
}

func (f *fake) Act(_ context.Context, id casefile.ID, act casefile.Act, expect int64) (casework.Reply, error) {
	f.done, f.expects = append(f.done, act), append(f.expects, expect)
	if f.moves {
		f.moves = false
		f.add(id, casefile.Entry{Kind: casefile.EntryAct, Act: &casefile.Act{ID: "x", Kind: "participation.hear", By: casefile.Actor{Name: "Zhao Min", Capacity: "reviewer"}}})
	}
	name, _ := act.With["name"].(string)
	if err := cmp.Or(f.actErr, f.refuses[name], f.fails[name]); err != nil {
		return casework.Reply{}, err
	}
	e := casefile.Entry{Kind: casefile.EntryAct, Act: &act}
	if f.blocks {
		v := verdict()
		v.Findings[3].Reason = ""
		e.Kind, e.Verdict = casefile.EntryBlocked, &v
	}
	e = f.add(id, e)
	return casework.Reply{Entry: e, Case: f.cases[id]}, nil
}

func (f *fake) add(id casefile.ID, e casefile.Entry) casefile.Entry {
	c := f.cases[id]
	c.Sequence++
	e.Case, e.Organ, e.Sequence, e.On = id, c.Organ, c.Sequence, date("2024-04-11")
	f.cases[id] = c
	f.entries[id] = append(f.entries[id], casework.SealedEntry{Entry: e, Index: 39 + c.Sequence, Leaf: []byte("leaf")})
	return e
}

func (f *fake) DryRun(_ context.Context, _ casefile.ID, act casefile.Act) (casework.DryRun, error) {
	f.tried = append(f.tried, act)
	name, _ := act.With["name"].(string)
	return f.run, cmp.Or(f.actErr, f.refuses[name])
}

func (f *fake) Practice(_ context.Context, id casefile.ID) (bool, error) {
	return f.cases[id].Practice, nil
}

func (f *fake) Open(_ context.Context, o casework.Opening) (casework.Reply, error) {
	f.opened = append(f.opened, o)
	if f.openErr != nil || !o.Practice {
		return casework.Reply{Case: f.cases["real"]}, f.openErr
	}
	c := sample("played", o.Organ, o.Practice)
	f.cases[c.ID] = c
	return casework.Reply{Case: c}, nil
}

func (f *fake) PlanOpening(_ context.Context, o casework.Opening) (*planner.Plan, error) {
	f.planned = append(f.planned, o)
	return f.plan, f.openErr
}

func (f *fake) SaveFormDraft(_ context.Context, d access.FormDraft, most int) error {
	if len(f.kept) >= most {
		return casefile.ErrConflict
	}
	f.kept = append(f.kept, d)
	return nil
}

func (f *fake) FormDraft(_ context.Context, organ casefile.OrganID, person casefile.PersonID, id casefile.ID, act string) (access.FormDraft, error) {
	for _, d := range f.kept {
		if d.Organ == organ && d.Person == person && d.Case == id && d.Act == act {
			return d, nil
		}
	}
	return access.FormDraft{}, casefile.ErrNotFound
}

func (f *fake) FormDraftsOf(_ context.Context, _ casefile.OrganID, person casefile.PersonID, id casefile.ID) ([]access.FormDraft, error) {
	var out []access.FormDraft
	for _, d := range f.kept {
		if d.Person == person && d.Case == id {
			out = append(out, d)
		}
	}
	return out, nil
}

func (f *fake) DropFormDraft(_ context.Context, _ casefile.OrganID, person casefile.PersonID, id casefile.ID, act string) error {
	var left []access.FormDraft
	for _, d := range f.kept {
		if d.Person != person || d.Case != id || d.Act != act {
			left = append(left, d)
		}
	}
	f.kept = left
	return nil
}

func (s shelf) Put(_ context.Context, up documents.Upload) (casefile.StoredDocument, error) {
	b, err := io.ReadAll(up.Content)
	if err != nil {
		return casefile.StoredDocument{}, err
	}
	if strings.Contains(string(b), "virus") {
		return casefile.StoredDocument{}, &documents.Refused{Code: documents.CodeContent, Message: both("It holds a virus.")}
	}
	s.uploads = append(s.uploads, fmt.Sprintf("%s|%s|%s|%s", up.Title, up.MediaType, up.Level, b))
	return casefile.StoredDocument{Document: casefile.Document{Digest: uploaded}}, nil
}

var uploaded = casefile.Digest(strings.Repeat("d", 64))

func (f *fake) Planned(context.Context, casefile.Case) ([]casework.Planned, error) {
	return f.scheduled, nil
}

func (f *fake) LatePlans(context.Context, casefile.OrganID) ([]casework.Planned, error) {
	return f.scheduled, nil
}
