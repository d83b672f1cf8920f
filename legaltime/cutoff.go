package legaltime

import (
	"fmt"
	"time"
)

// Moment is which instant decides whether an act is in time. The set is closed.
type Moment string

const (
	// OnReceipt (到达主义): the instant at which the organ received it.
	OnReceipt Moment = "receipt"
	// OnSending (发信主义): the instant at which it was handed in for delivery; the
	// time in transit does not count.
	OnSending Moment = "sending"
)

// Cutoff says to which civil date an instant belongs: in which zone, until which
// time of day, and whether sending or receipt decides. The zero Cutoff is the end
// of the day in [China], on receipt.
type Cutoff struct {
	zone   *time.Location
	closes time.Duration // since the start of the date; 0 is its end
	moment Moment
}

// NewCutoff reads a cut-off. Zone is "Asia/Shanghai", "UTC" or an offset such as
// "+08:00"; closes is the time of day "17:30" at and after which an act belongs
// to the next date, or "24:00" for the end of the day. An empty value means that
// of the zero Cutoff.
func NewCutoff(zone, closes string, moment Moment) (Cutoff, error) {
	location, err := ParseZone(zone)
	if err != nil {
		return Cutoff{}, err
	}
	until, err := parseCloses(closes)
	if err != nil {
		return Cutoff{}, err
	}
	switch moment {
	case "":
		moment = OnReceipt
	case OnReceipt, OnSending:
	default:
		return Cutoff{}, fmt.Errorf("moment %q: want receipt or sending", moment)
	}
	return Cutoff{zone: location, closes: until, moment: moment}, nil
}

// DateOf gives the civil date to which an act belongs that was sent and received
// at these instants. A date starts at its first instant, 00:00:00, and contains
// every instant before that of the next.
func (c Cutoff) DateOf(sent, received time.Time) Date {
	at := received
	if c.moment == OnSending {
		at = sent
	}
	d := DateIn(at, c.location())
	if c.closes > 0 && at.Sub(d.Start(c.location())) >= c.closes {
		return d.AddDays(1)
	}
	return d
}

// InTime reports whether an act that was sent and received at these instants
// belongs to the last day of a period or to an earlier one.
func (c Cutoff) InTime(sent, received time.Time, dueOn Date) bool {
	return !c.DateOf(sent, received).After(dueOn)
}

// End gives the first instant that is too late for the last day of a period.
func (c Cutoff) End(dueOn Date) time.Time {
	if c.closes > 0 {
		return dueOn.Start(c.location()).Add(c.closes)
	}
	return dueOn.AddDays(1).Start(c.location())
}

func (c Cutoff) location() *time.Location {
	if c.zone == nil {
		return China
	}
	return c.zone
}

// ParseZone reads a zone without the time zone data of the machine, which would
// make the same clause mean different things on two machines.
func ParseZone(s string) (*time.Location, error) {
	switch s {
	case "", "Asia/Shanghai":
		return China, nil
	case "UTC":
		return time.UTC, nil
	}
	at, err := time.Parse("-07:00", s)
	if err != nil {
		return nil, fmt.Errorf("zone %q: want Asia/Shanghai, UTC or an offset such as +08:00", s)
	}
	_, offset := at.Zone()
	return time.FixedZone(s, offset), nil
}

// parseCloses reads the time of day at which a date ends early; 0 is its end.
func parseCloses(s string) (time.Duration, error) {
	if s == "" || s == "24:00" {
		return 0, nil
	}
	at, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") || (at.Hour() == 0 && at.Minute() == 0) {
		return 0, fmt.Errorf("closing time %q: want 00:01 to 24:00", s)
	}
	return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute, nil
}
