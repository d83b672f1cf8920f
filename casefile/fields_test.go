package casefile_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

func noted() casefile.Entry {
	return casefile.Entry{
		Case: "c1", Organ: "o", Sequence: 2, Kind: casefile.EntryAct,
		On: legaltime.NewDate(2024, time.March, 1), At: time.Date(2024, time.March, 1, 8, 0, 0, 0, time.UTC),
		Act: &casefile.Act{
			ID: "a1", Kind: "intake.note", By: casefile.Actor{Person: "p", Name: "甲", Roles: []casefile.Role{"drafter"}},
			With: casefile.Values{"text": "意见"}, Reasons: map[string]string{"rule": "理由"},
		},
		Facts: casefile.Values{"opinions_received": 1},
	}
}

func TestFieldsCommitToTheActMemberByMember(t *testing.T) {
	t.Parallel()
	fields, err := noted().Fields()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"act_by", "act_id", "act_kind", "act_reasons", "act_with", "at", "case", "facts", "kind", "on", "organ", "sequence",
	}
	if diff := cmp.Diff(want, casefile.SortedNames(fields)); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestAnEntryIsPutTogetherFromItsFields(t *testing.T) {
	t.Parallel()
	lapse := noted()
	lapse.Kind, lapse.Act = casefile.EntryLapse, nil
	withheld := noted()
	withheld.Act.By, withheld.Facts = casefile.Actor{}, nil
	for _, tt := range []struct {
		name     string
		entry    casefile.Entry
		withhold []string
		want     casefile.Entry
	}{
		{"whole", noted(), nil, noted()},
		{"without an act", lapse, nil, lapse},
		{"with the actor and the facts withheld", noted(), []string{"act_by", "facts"}, withheld},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			fields, err := tt.entry.Fields()
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range tt.withhold {
				delete(fields, name)
			}
			got, err := casefile.EntryFromFields(fields)
			if err != nil {
				t.Fatal(err)
			}
			want, err := json.Marshal(tt.want)
			if err != nil {
				t.Fatal(err)
			}
			again, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(again)); diff != "" {
				t.Errorf("entry (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFieldsThatNoEntryHasAreInvalid(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, field, value string }{
		{"an unknown field", "extra", `1`},
		{"an unknown member of the act", "act_extra", `1`},
		{"an act in one piece", "act", `{"id":"x"}`},
		{"a value of another type", "sequence", `"2"`},
		{"no JSON", "facts", `{`},
		{"more than one value", "facts", `{} {}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			fields, err := noted().Fields()
			if err != nil {
				t.Fatal(err)
			}
			fields[tt.field] = json.RawMessage(tt.value)
			if e, err := casefile.EntryFromFields(fields); !errors.Is(err, casefile.ErrInvalid) {
				t.Errorf("entry %+v, %v, want invalid", e, err)
			}
		})
	}
}
