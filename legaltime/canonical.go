package legaltime

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// canonicalVersion is the version of the canonical form.
const canonicalVersion = 1

// maxCanonicalBytes bounds what ParseCalendar reads.
const maxCanonicalBytes = 4 << 20

// canonicalForm is what the digest of a calendar is taken of. It holds what is
// the case, not how the files say it: a day that a later notice changed stands
// here once, with the later notice.
type canonicalForm struct {
	Version   int          `json:"v"`
	Calendar  string       `json:"calendar"`
	FirstYear int          `json:"first_year"`
	LastYear  int          `json:"last_year"`
	Notices   []Notice     `json:"notices"`
	Days      []changedDay `json:"days"`
}

// encode writes the canonical form: JSON without spaces, the fields in the order
// of the type, the characters themselves instead of escapes, no line break.
func (c *Calendar) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(canonicalForm{
		Version: canonicalVersion, Calendar: c.id, FirstYear: c.firstYear, LastYear: c.lastYear,
		Notices: c.notices, Days: c.changed,
	})
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// ParseCalendar reads the canonical form. Bytes that [Calendar.Canonical] would
// not write are refused, so a calendar has one form and one digest.
func ParseCalendar(canonical []byte) (*Calendar, error) {
	if len(canonical) > maxCanonicalBytes {
		return nil, fmt.Errorf("read calendar: larger than %d bytes", maxCanonicalBytes)
	}
	var form canonicalForm
	dec := json.NewDecoder(bytes.NewReader(canonical))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&form); err != nil {
		return nil, fmt.Errorf("read calendar: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read calendar: something follows the calendar")
	}
	if err := form.check(); err != nil {
		return nil, fmt.Errorf("read calendar %q: %w", form.Calendar, err)
	}
	c, err := newCalendar(form.Calendar, form.FirstYear, form.LastYear, form.Notices, form.Days)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(c.canonical, canonical) {
		return nil, fmt.Errorf("read calendar %q: not in canonical form", form.Calendar)
	}
	return c, nil
}

// check reports the first thing that a calendar written by this package cannot
// contain.
func (f canonicalForm) check() error {
	switch {
	case f.Version != canonicalVersion:
		return fmt.Errorf("version %d: want %d", f.Version, canonicalVersion)
	case f.Calendar == "":
		return errors.New("calendar is missing")
	case f.FirstYear < minYear || f.LastYear > maxYear || f.FirstYear > f.LastYear:
		return fmt.Errorf("years %d to %d: want years in order between %d and %d", f.FirstYear, f.LastYear, minYear, maxYear)
	}
	known := map[string]bool{}
	for i, n := range f.Notices {
		if n.Number == "" || n.Title == "" || n.URL == "" || n.IssuedOn.IsZero() {
			return fmt.Errorf("notices[%d]: number, title, issued_on or url is missing", i)
		}
		if known[n.Number] {
			return fmt.Errorf("notices[%d]: number %s is given twice", i, n.Number)
		}
		known[n.Number] = true
	}
	first, last := NewDate(f.FirstYear-1, 12, 1), NewDate(f.LastYear, 12, 31)
	for i, d := range f.Days {
		switch {
		case d.Date.Before(first) || d.Date.After(last):
			return fmt.Errorf("days[%d]: %q is outside the years", i, d.Date)
		case i > 0 && !f.Days[i-1].Date.Before(d.Date):
			return fmt.Errorf("days[%d]: %s is not after the day before it", i, d.Date)
		case d.Holiday == "":
			return fmt.Errorf("days[%d]: %s: holiday is missing", i, d.Date)
		case !known[d.Notice]:
			return fmt.Errorf("days[%d]: %s: no notice %q", i, d.Date, d.Notice)
		}
	}
	return nil
}
