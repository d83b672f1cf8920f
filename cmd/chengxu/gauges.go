package main

import (
	"context"
	"errors"
	"time"

	"github.com/zhengdang/chengxu/internal/telemetry"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/store"
	"github.com/zhengdang/chengxu/webhook"
)

const (
	figuresKept   = 5 * time.Second // however often they are scraped
	figuresWithin = 5 * time.Second
)

// figures gives what is true of the installation at the moment. What could not be found
// out is left out.
func (o *observer) figures(ctx context.Context) ([]telemetry.Figure, error) {
	out := o.readyFigures(ctx)
	s := o.gauges.Load()
	if s == nil {
		return out, nil
	}
	out = append(out, poolFigures(s.store.Pools())...)
	var err error
	if s.ready.heads != nil {
		var refused int
		refused, err = s.ready.heads.check(ctx)
		if err == nil || refused > 0 { // else nobody knows
			out = append(out, telemetry.Value("chengxu_log_heads_refused", "Logs whose head does not fit their last checkpoint, their key or their last entry.", float64(refused)))
			err = nil
		}
	}
	now := time.Now()
	r, readErr := s.store.Readings(ctx, legaltime.DateIn(now, legaltime.China), webhook.Active)
	if readErr != nil {
		return out, errors.Join(err, readErr)
	}
	return append(out, recordFigures(r, now)...), err
}

// readyFigures says whether acts are served, and what keeps them from it.
func (o *observer) readyFigures(ctx context.Context) []telemetry.Figure {
	err := o.ready.Load().Ready(ctx)
	unready := telemetry.Figure{Name: "chengxu_unready", Help: "1 for each cause that keeps acts from being served, 0 for the others.", Label: "cause", Values: map[string]float64{}}
	for _, cause := range causes() {
		unready.Values[cause] = 0
	}
	for _, cause := range causesOf(err) {
		unready.Values[cause] = 1
	}
	ready := 1.0
	if err != nil {
		ready = 0
	}
	return []telemetry.Figure{unready, telemetry.Value("chengxu_ready", "1 when acts are served, 0 when not.", ready)}
}

// recordFigures are figures over the record, of real cases.
func recordFigures(r store.Readings, now time.Time) []telemetry.Figure {
	value := telemetry.Value
	hooks := telemetry.Figure{Name: "chengxu_webhooks", Help: "Webhooks, by state.", Label: "state", Values: map[string]float64{}}
	for _, state := range []string{webhook.Active, webhook.Disabled, webhook.Dead} {
		hooks.Values[state] = 0
	}
	for state, n := range r.Webhooks {
		hooks.Values[state] = float64(n)
	}
	out := []telemetry.Figure{
		value("chengxu_tasks_overdue", "Tasks of real cases whose due date has passed; counted to 10000.", float64(r.TasksOverdue)),
		value("chengxu_deadlines_overdue", "Deadlines of the law, in real cases, that have passed unmet; counted to 10000.", float64(r.DeadlinesOverdue)),
		value("chengxu_deadlines_provisional", "Due dates of real cases that a calendar still to be announced may move; counted to 10000.", float64(r.DeadlinesProvisional)),
		value("chengxu_logs", "Logs of organs.", float64(r.Logs)),
		value("chengxu_log_entries", "Entries in the logs of all organs.", float64(r.Entries)),
		value("chengxu_log_unsealed_entries", "Entries that no signed checkpoint covers yet.", float64(r.Unsealed)),
		value("chengxu_log_unsealed_oldest_age_seconds", "Age of the oldest entry that no signed checkpoint covers yet; 0 when there is none.", age(r.OldestUnsealed, now)),
		value("chengxu_mail_pending", "Mails that wait to be sent; counted to 10000.", float64(r.MailPending)),
		value("chengxu_mail_oldest_pending_age_seconds", "Age of the oldest mail that waits to be sent; 0 when there is none.", age(r.OldestMail, now)),
		value("chengxu_webhook_oldest_unsent_age_seconds", "Age of the oldest event that an active webhook still waits for; 0 when there is none.", age(r.OldestUnsent, now)),
		value("chengxu_documents_quarantined", "Documents that wait for their examination; counted to 10000.", float64(r.Quarantined)),
		hooks,
	}
	if !r.LastCheckpoint.IsZero() {
		out = append(out, value("chengxu_log_last_checkpoint_age_seconds", "Time since any log was signed last. Logs are signed when they have grown.", age(r.LastCheckpoint, now)))
	}
	return out
}

// age gives the seconds since an instant, 0 for none.
func age(since, now time.Time) float64 {
	if since.IsZero() {
		return 0
	}
	return max(0, now.Sub(since).Seconds())
}

// poolFigures are figures of the connections to the database.
func poolFigures(pools []store.Pool) []telemetry.Figure {
	figure := func(name, help string, counts bool, of func(p store.Pool) float64) telemetry.Figure {
		out := telemetry.Figure{Name: name, Help: help, Label: "pool", Values: map[string]float64{}, Counts: counts}
		for _, p := range pools {
			out.Values[p.Name] = of(p)
		}
		return out
	}
	return []telemetry.Figure{
		figure("chengxu_store_connections_in_use", "Connections to the database that are in use.", false, func(p store.Pool) float64 { return float64(p.InUse) }),
		figure("chengxu_store_connections_idle", "Connections to the database that are open and idle.", false, func(p store.Pool) float64 { return float64(p.Idle) }),
		figure("chengxu_store_connections_max", "Connections to the database that may be open.", false, func(p store.Pool) float64 { return float64(p.Max) }),
		figure("chengxu_store_connection_waits_total", "Times that a connection to the database had to be waited for.", true, func(p store.Pool) float64 { return float64(p.Waits) }),
		figure("chengxu_store_connection_wait_seconds_total", "Time that was spent on waiting for connections to the database.", true, func(p store.Pool) float64 { return p.Waited.Seconds() }),
	}
}
