package events_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/events"
	"github.com/zhengdang/chengxu/legaltime"
)

// canaries fills everything that a value can hold, each place with a text, a
// number or a date of its own, and notes which.
type canaries struct {
	at map[string]string // canary → where it was put
}

func (k *canaries) put(where, canary string) string {
	k.at[canary] = where
	return canary
}

func (k *canaries) fill(v reflect.Value, where string) {
	n := len(k.at) + 1
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = time.Date(2100, 1, 1, 0, 0, n, 0, time.UTC)
		k.put(where, x.Format(time.RFC3339))
		return
	case *legaltime.Date:
		*x = legaltime.NewDate(2200, time.January, 1).AddDays(n)
		k.put(where, x.String())
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(k.put(where, fmt.Sprintf("canary%dx", n)))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(91000000 + n))
		k.put(where, strconv.Itoa(91000000+n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Interface:
		v.Set(reflect.ValueOf(k.put(where, fmt.Sprintf("canary%dx", n))))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		k.fill(v.Elem(), where)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		k.fill(v.Index(0), where+"[]")
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		k.fill(key, where+"{key}")
		k.fill(value, where+"{}")
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			k.fill(v.Field(i), where+"."+v.Type().Field(i).Name)
		}
	default:
		panic("cannot fill " + where + " of kind " + v.Kind().String())
	}
}

// A new field of a case or an entry is filled here like the old ones: it stays
// inside, or it is listed.
func TestAnEventTellsIdentifiersAndNothingElse(t *testing.T) {
	var c casefile.Case
	var e casefile.Entry
	k := &canaries{at: map[string]string{}}
	k.fill(reflect.ValueOf(&c).Elem(), "case")
	k.fill(reflect.ValueOf(&e).Elem(), "entry")
	if len(k.at) < 150 {
		t.Fatalf("only %d canaries were put", len(k.at))
	}
	body, err := events.Render(events.Event{Number: 5, Event: casefile.EventOf(c, e)})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for canary, where := range k.at {
		if strings.Contains(string(body), canary) {
			told = append(told, where)
		}
	}
	slices.Sort(told)
	want := []string{
		"case.End", "case.Pinned.Procedure", "case.Status",
		"entry.At", "entry.Case", "entry.Deadlines[].ID", "entry.Kind", "entry.On", "entry.Organ", "entry.Outcome", "entry.Round",
		"entry.Sequence", "entry.Step", "entry.Verb",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("what may be told (-) and what is told (+) differ:\n%s", diff)
	}
}

func sample(sequence int64, kind casefile.EntryKind) events.Event {
	return events.Event{Number: 41 + sequence, Event: casefile.Event{
		Organ: "上海市普陀区/绿化 局", Case: "c1", Sequence: sequence, Kind: kind, At: time.Date(2024, 4, 10, 1, 2, 3, 4, time.UTC),
		On: legaltime.NewDate(2024, 4, 10), Procedure: "cn.major-decision@2019", Step: "intake", Round: 1, Verb: "note",
		Status: casefile.StatusRunning, Deadlines: []string{"participation/comment"},
	}}
}

func TestAnEventIsACloudEvent(t *testing.T) {
	for i, kind := range events.Kinds() {
		n := sample(int64(i+1), kind)
		body, err := events.Render(n)
		if err != nil {
			t.Fatal(err)
		}
		var got event.Event
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatal(err)
		}
		if err := got.Validate(); err != nil {
			t.Error(err)
		}
		if got.SpecVersion() != "1.0" || got.Type() != "cn.chengxu.case.entry."+string(kind)+".v1" || got.Subject() != "c1" ||
			!got.Time().Equal(n.Event.At) || got.DataContentType() != "application/json" || got.ID() != events.ID(n.Event) ||
			got.Source() != "/organs/%E4%B8%8A%E6%B5%B7%E5%B8%82%E6%99%AE%E9%99%80%E5%8C%BA%2F%E7%BB%BF%E5%8C%96%20%E5%B1%80" ||
			got.Extensions()["cursor"] != events.Cursor(n.Number) {
			t.Errorf("%s", body)
		}
		var data casefile.Event
		if err := got.DataAs(&data); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(n.Event, data, cmp.Comparer(func(a, b legaltime.Date) bool { return a == b })); diff != "" {
			t.Error(diff)
		}
		if again, err := events.Render(n); err != nil || string(again) != string(body) {
			t.Errorf("the same event is told differently (%v): %s", err, again)
		}
		if back, ok := events.KindOf(got.Type()); !ok || back != kind {
			t.Errorf("type %s is of kind %q", got.Type(), back)
		}
	}
	if _, ok := events.KindOf("cn.chengxu.case.entry.other.v1"); ok {
		t.Error("a type that does not exist has a kind")
	}
}

func TestIDsAreStableAndNoTwoAreTheSame(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range []casefile.Event{
		{Organ: "a", Case: "b", Sequence: 1}, {Organ: "a", Case: "b", Sequence: 11}, {Organ: "a", Case: "b1", Sequence: 1},
		{Organ: "ab", Case: "", Sequence: 1}, {Organ: "b", Case: "b", Sequence: 1},
	} {
		id := events.ID(e)
		if seen[id] || len(id) != 32 {
			t.Errorf("%+v has id %s", e, id)
		}
		seen[id] = true
	}
	if got := events.ID(sample(1, casefile.EntryAct).Event); got != "4e5f561c6460711753d27cb60fdc7f65" {
		t.Errorf("the id of an event has changed: %s; receivers know it by the old one", got)
	}
}

func TestABatchIsAListAndAnEmptyOneToo(t *testing.T) {
	for n := range 3 {
		var list []events.Event
		for i := range n {
			list = append(list, sample(int64(i+1), casefile.EntryAct))
		}
		body, err := events.Batch(list)
		if err != nil {
			t.Fatal(err)
		}
		var got []event.Event
		if err := json.Unmarshal(body, &got); err != nil || len(got) != n || body[0] != '[' {
			t.Errorf("%d events (%v): %s", len(got), err, body)
		}
	}
}

func TestACursorIsReadBackAndNothingElseIsOne(t *testing.T) {
	for cursor, want := range map[string]int64{"": 0, "0": 0, "7": 7, "9223372036854775807": 9223372036854775807} {
		if got, err := events.ParseCursor(cursor); err != nil || got != want {
			t.Errorf("%q: %d (%v)", cursor, got, err)
		}
	}
	for _, cursor := range []string{"-1", "01", "+1", " 1", "1.0", "x", "9223372036854775808", "1\n", "\xff"} {
		if _, err := events.ParseCursor(cursor); !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("%q: %v", cursor, err)
		}
	}
}
