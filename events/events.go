// Package events turns what the outbox holds into CloudEvents 1.0 and wakes those
// who wait for them. An event says that an entry was recorded in a case, and
// nothing that anybody may not know; see [casefile.Event].
//
// It knows neither HTTP nor databases.
package events

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/zhengdang/chengxu/casefile"
)

// Media types of one event and of several.
const (
	MediaType      = event.ApplicationCloudEventsJSON
	BatchMediaType = event.ApplicationCloudEventsBatchJSON
)

// Event is an event with its number: 1, 2, 3, … of the organ, without a gap. It is
// an alias, so that a store can name the same type without importing this package.
type Event = struct {
	Number int64
	Event  casefile.Event
}

// Filter narrows events. Zero fields narrow nothing. It is an alias, as [Event] is.
type Filter = struct {
	Organ    casefile.OrganID // required
	After    int64            // number after which events are asked for
	Case     casefile.ID
	Kinds    []casefile.EntryKind
	Practice *bool
	Limit    int // required
}

// Kinds gives the kinds of entries that there are events of: all of them.
func Kinds() []casefile.EntryKind {
	return []casefile.EntryKind{
		casefile.EntryOpened, casefile.EntryAct, casefile.EntryBlocked, casefile.EntryLapse, casefile.EntryBreach,
		casefile.EntryReminder, casefile.EntryRecomputed,
	}
}

const typePrefix, typeSuffix = "cn.chengxu.case.entry.", ".v1"

// Type gives the type of the events of a kind of entry.
func Type(kind casefile.EntryKind) string { return typePrefix + string(kind) + typeSuffix }

// KindOf gives the kind of entry that a type of events is about; ok is false for
// a type that does not exist.
func KindOf(eventType string) (kind casefile.EntryKind, ok bool) {
	for _, kind := range Kinds() {
		if Type(kind) == eventType {
			return kind, true
		}
	}
	return "", false
}

// ID gives the id of an event. It is the same each time the event is told, and no
// other event of any organ has it.
func ID(e casefile.Event) string {
	sum := sha256.Sum256([]byte(string(e.Organ) + "\n" + string(e.Case) + "\n" + strconv.FormatInt(e.Sequence, 10)))
	return hex.EncodeToString(sum[:16])
}

// Source gives the source of the events of an organ, a relative reference.
func Source(organ casefile.OrganID) string { return "/organs/" + url.PathEscape(string(organ)) }

// Cursor gives the cursor that stands at an event. To callers it means nothing.
func Cursor(number int64) string { return strconv.FormatInt(number, 10) }

// ParseCursor gives the number at which a cursor stands; the empty cursor stands
// before the first event. One that was never given out is [casefile.ErrInvalid].
func ParseCursor(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	number, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || number < 0 || Cursor(number) != cursor {
		return 0, fmt.Errorf("cursor %.40q is none that was given out: %w", strings.ToValidUTF8(cursor, "?"), casefile.ErrInvalid)
	}
	return number, nil
}

// Render gives an event as CloudEvents JSON. The same event gives the same bytes.
func Render(n Event) (json.RawMessage, error) {
	out := event.New(event.CloudEventsVersionV1)
	out.SetID(ID(n.Event))
	out.SetSource(Source(n.Event.Organ))
	out.SetType(Type(n.Event.Kind))
	out.SetSubject(string(n.Event.Case))
	out.SetTime(n.Event.At)
	out.SetExtension("cursor", Cursor(n.Number))
	if err := out.SetData(event.ApplicationJSON, n.Event); err != nil {
		return nil, fmt.Errorf("event %d of %s: %w", n.Number, n.Event.Organ, err)
	}
	body, err := json.Marshal(out) // it is validated on the way
	if err != nil {
		return nil, fmt.Errorf("event %d of %s: %w", n.Number, n.Event.Organ, err)
	}
	return body, nil
}

// Batch gives events as a CloudEvents JSON batch.
func Batch(events []Event) (json.RawMessage, error) {
	bodies := make([]json.RawMessage, len(events))
	for i, e := range events {
		var err error
		if bodies[i], err = Render(e); err != nil {
			return nil, err
		}
	}
	return json.Marshal(bodies)
}
