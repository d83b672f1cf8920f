package events_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/events"
)

func stands(rung <-chan struct{}) bool {
	select {
	case <-rung:
		return true
	default:
		return false
	}
}

func TestABellWakesThoseWhoWaitForTheOrgan(t *testing.T) {
	b := events.NewBell()
	a, stopA := b.Listen("a")
	other, stopOther := b.Listen("b")
	all, stopAll := b.Listen("")
	b.Ring("a")
	b.Ring("a") // nobody has woken up yet: this one is heard as well
	if !stands(a) || stands(a) || stands(other) || !stands(all) {
		t.Error("the wrong ones were woken")
	}
	stopA()
	b.Ring("a")
	if stands(a) || b.Listening() != 2 {
		t.Error("somebody who has gone was woken")
	}
	stopOther()
	stopAll()
	b.Close()
	b.Close()
	<-b.Done()
}

func TestWhatOtherProcessesRecordIsRung(t *testing.T) {
	b := events.NewBell()
	ctx, cancel := context.WithCancel(t.Context())
	heads := make(chan map[casefile.OrganID]int64)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.Watch(ctx, func(context.Context) (map[casefile.OrganID]int64, error) { return <-heads, nil }, time.Millisecond, slog.New(slog.DiscardHandler))
	}()
	a, stop := b.Listen("a")
	defer stop()
	heads <- map[casefile.OrganID]int64{"a": 3}
	<-a // it may have come just before
	heads <- map[casefile.OrganID]int64{"a": 3}
	heads <- map[casefile.OrganID]int64{"a": 3, "b": 1}
	heads <- map[casefile.OrganID]int64{"a": 3, "b": 1} // the last one has been looked at
	if stands(a) {
		t.Error("nothing new, and it rang")
	}
	heads <- map[casefile.OrganID]int64{"a": 4}
	<-a
	cancel()
	close(heads)
	<-ended
}
