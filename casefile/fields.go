package casefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// actField is the member of an entry whose own members are committed one by
// one: who acted and what was said can then be withheld while the rest is shown.
const (
	actField  = "act"
	actPrefix = actField + "_"
)

// Fields gives the parts of the entry that the ledger commits to separately:
// each top-level member of its JSON form, and for "act" each member of the act
// as "act_id", "act_by" and so on. [EntryFromFields] is the inverse.
func (e Entry) Fields() (map[string]json.RawMessage, error) {
	whole, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode entry %d of case %s: %w", e.Sequence, e.Case, err)
	}
	fields, err := members(whole)
	if err != nil {
		return nil, fmt.Errorf("split entry %d of case %s: %w", e.Sequence, e.Case, err)
	}
	act, ok := fields[actField]
	if !ok {
		return fields, nil
	}
	parts, err := members(act)
	if err != nil {
		return nil, fmt.Errorf("split act of entry %d of case %s: %w", e.Sequence, e.Case, err)
	}
	delete(fields, actField)
	//workflowcheck:ignore A map is filled from a map.
	for name, value := range parts {
		fields[actPrefix+name] = value
	}
	return fields, nil
}

// EntryFromFields puts an entry together again from its parts. Parts that are
// withheld leave their field at zero. A part that no entry has is an error, so
// that nothing can be smuggled past a reader: it wraps [ErrInvalid].
func EntryFromFields(fields map[string]json.RawMessage) (Entry, error) {
	whole := make(map[string]json.RawMessage, len(fields))
	act := map[string]json.RawMessage{}
	for _, name := range SortedNames(fields) {
		switch part, ok := strings.CutPrefix(name, actPrefix); {
		case ok:
			act[part] = fields[name]
		case name == actField:
			return Entry{}, fmt.Errorf("entry with an undivided act: %w", ErrInvalid)
		default:
			whole[name] = fields[name]
		}
	}
	if len(act) > 0 {
		joined, err := json.Marshal(act)
		if err != nil {
			return Entry{}, fmt.Errorf("join act: %w: %w", ErrInvalid, err)
		}
		whole[actField] = joined
	}
	joined, err := json.Marshal(whole)
	if err != nil {
		return Entry{}, fmt.Errorf("join entry: %w: %w", ErrInvalid, err)
	}
	var e Entry
	if err := decodeStrictly(joined, &e); err != nil {
		return Entry{}, fmt.Errorf("read entry: %w: %w", ErrInvalid, err)
	}
	return e, nil
}

func members(object []byte) (map[string]json.RawMessage, error) {
	var out map[string]json.RawMessage
	if err := json.Unmarshal(object, &out); err != nil {
		return nil, err
	}
	return out, nil
}

func decodeStrictly(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value")
	}
	return nil
}
