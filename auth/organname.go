package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

// changesAtATime is how many changes of a directory are read together.
const changesAtATime = 200

// OrganName gives what an organ was called at an instant: its first name before it had
// one, and its id when the directory does not know it.
func (d *Directory) OrganName(ctx context.Context, organ casefile.OrganID, at time.Time) (string, error) {
	r, err := d.records.DirectoryRecord(ctx, string(KindOrgan), string(organ))
	if errors.Is(err, casefile.ErrNotFound) {
		return string(organ), nil
	}
	if err != nil {
		return "", err
	}
	name, err := nameIn(organ, r.Body)
	if r.Version == 1 || err != nil {
		return name, err
	}
	for before := int64(0); ; {
		changes, err := d.records.Changes(ctx, r.Organ, before, changesAtATime)
		if err != nil {
			return "", err
		}
		for _, c := range changes { // the last first
			before = c.Number
			if c.Kind != string(KindOrgan) || c.ID != string(organ) {
				continue
			}
			if name, err = nameIn(organ, c.After); err != nil || !c.At.After(at) || c.Version == 1 {
				return name, err
			}
		}
		if len(changes) < changesAtATime {
			return name, nil
		}
	}
}

func nameIn(organ casefile.OrganID, body json.RawMessage) (string, error) {
	var o Organ
	if err := json.Unmarshal(body, &o); err != nil {
		return "", fmt.Errorf("read organ %s: %w", organ, err)
	}
	return o.Name, nil
}
