package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/scenario"
)

// rung is an installation on one rung of the ladder on which Chengxu grows. How many
// processes it has and where it keeps its data is its own affair: the suite knows
// nothing of it but this, and asks the same of every rung.
type rung interface {
	// start starts a new installation, and returns when it is ready. It ends with the test.
	start(t *testing.T)
	// url is where API and pages are served, the same after a restart.
	url() string
	// place gives the flags by which commands find the installation.
	place() []string
	// restart ends the processes as a power cut would, and starts them again.
	restart(t *testing.T)
	// stop ends the processes as an operator would.
	stop(t *testing.T)
}

// TestRungs asks of every rung what an installation has to do.
func TestRungs(t *testing.T) {
	for _, one := range []struct {
		name string
		rung rung
	}{
		{"sqlite", &oneProcess{}},
		{"postgres", &oneProcess{database: newDatabase}},
		{"cluster", &aCluster{}},
	} {
		t.Run(one.name, func(t *testing.T) { climb(t, one.rung) })
	}
}

// oneProcess is `chengxu serve`, which is the first rung, and with a database the second.
type oneProcess struct {
	database     func(t *testing.T) string // makes one; nil: none
	data, listen string
	flags        []string // beside the directory
	program      *program
}

func (o *oneProcess) start(t *testing.T) {
	t.Helper()
	o.data, o.listen = t.TempDir(), freeAddress(t)
	if o.database != nil {
		o.flags = []string{"--database-url", o.database(t)}
	}
	o.program = startServe(t, o.data, o.listen, o.flags...)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the server says:\n%s", o.program.output)
		}
	})
}

func (o *oneProcess) url() string { return "http://" + o.listen }

func (o *oneProcess) place() []string { return append([]string{"--data", o.data}, o.flags...) }

func (o *oneProcess) restart(t *testing.T) {
	t.Helper()
	o.program.kill()
	o.program = startServe(t, o.data, o.listen, o.flags...)
}

func (o *oneProcess) stop(t *testing.T) {
	t.Helper()
	o.program.stop(t)
}

// climb founds a town, in which everybody signs in, and plays all examples there at
// once. In the middle the installation is ended and started again. What was
// acknowledged is in the ledger once, and every dossier verifies.
func climb(t *testing.T, r rung) {
	r.start(t)
	scripts := examplesByOrgan(t)
	town := foundTown(t, r, scripts)
	plays := town.play(t.Context(), scripts)
	town.await(t, plays)
	r.restart(t)
	for _, p := range plays {
		<-p.done
		p.check(t, r)
	}
	town.check(t, plays[0].result.Case.ID)
	r.stop(t)
}

// examplesByOrgan gives the shipped examples, the one in which most roles act first.
func examplesByOrgan(t *testing.T) []*scenario.Scenario {
	t.Helper()
	var out []*scenario.Scenario
	for _, file := range append([]string{wholeCase}, exampleFiles(t)...) {
		if len(out) > 0 && filepath.Base(file) == filepath.Base(wholeCase) {
			continue
		}
		script, err := loadScenario(file)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, script)
	}
	return out
}

// onePlay is an example that is being played.
type onePlay struct {
	script *scenario.Scenario
	client *scenario.Client // of the trainer
	token  string
	done   chan struct{} // closed when it is over
	result *scenario.Result
	err    error
}

// play begins to play all examples at once.
func (o *town) play(ctx context.Context, scripts []*scenario.Scenario) []*onePlay {
	plays := make([]*onePlay, len(scripts))
	o.half = make(chan struct{})
	for i, script := range scripts {
		o.left += len(script.Acts) / 3
		token := o.trainers[script.File]
		plays[i] = &onePlay{script: script, token: token, client: must(scenario.NewClient(o.r.url(), token)), done: make(chan struct{})}
	}
	for _, p := range plays {
		go func() {
			defer close(p.done)
			engine := staffed{Client: p.client, staff: o.staff[p.script.File]}
			p.result, p.err = scenario.Play(ctx, p.script, engine, "rung-"+filepath.Base(p.script.File), o.count)
		}()
	}
	return plays
}

// count counts what is played, and tells when a third of it is.
func (o *town) count(scenario.Played) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.left--; o.left == 0 {
		close(o.half)
	}
}

// await waits until the plays are in the middle.
func (o *town) await(t *testing.T, plays []*onePlay) {
	t.Helper()
	over := make(chan struct{})
	go func() {
		defer close(over)
		for _, p := range plays {
			<-p.done
		}
	}()
	select {
	case <-o.half:
	case <-over:
		for _, p := range plays {
			if p.err != nil {
				t.Errorf("%s: %v", p.script.File, p.err)
			}
		}
		t.Fatal("all plays were over before they were in the middle")
	}
}

// check holds what came of a play against its script, and the ledger against what
// was acknowledged.
func (p *onePlay) check(t *testing.T, r rung) {
	t.Helper()
	name := filepath.Base(p.script.File)
	if p.err != nil {
		t.Errorf("%s: %v", name, p.err)
		return
	}
	for _, problem := range p.result.Problems {
		t.Errorf("%s: %v", name, problem)
	}
	for _, one := range p.result.All() {
		if one.Case.ID == "" {
			t.Errorf("%s: a chapter opened no case", name)
			continue
		}
		entries := recordedIn(t, strings.TrimPrefix(r.url(), "http://"), p.token, one.Case.ID)
		recorded := map[string]int{}
		for i, e := range entries {
			if e.Sequence != int64(i+1) {
				t.Errorf("%s: entry %d has sequence %d", name, i+1, e.Sequence)
			}
			if e.Act != nil {
				recorded[e.Act.ID]++
			}
		}
		for id, n := range recorded {
			if n > 1 {
				t.Errorf("%s: act %s is recorded %d times", name, id, n)
			}
		}
		for _, played := range one.Played {
			if e := played.Got.Entry; played.Got.Refusal == nil && e.Act != nil && recorded[e.Act.ID] != 1 {
				t.Errorf("%s: act %s was acknowledged, and is recorded %d times", name, e.Act.ID, recorded[e.Act.ID])
			}
		}
		var file bytes.Buffer
		if err := p.client.Dossier(t.Context(), one.Case.ID, &file); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if report := verify(file.Bytes()); !report.OK() || report.Run.Checked != len(entries) {
			t.Errorf("%s: of %d entries the dossier says:\n%s", name, len(entries), report)
		}
	}
}

// town is the organs of the examples below one government. Every role of the examples
// is held by somebody who signs in; for everybody else a trainer acts.
type town struct {
	r        rung
	staff    map[string]map[string]*official // by file, and by what the script calls them
	trainers map[string]string               // tokens, by file
	auditor  *official                       // of the first organ

	mu   sync.Mutex
	left int           // acts until the plays are in the middle
	half chan struct{} // closed when they are
}

// foundTown founds the town by the link of the command, and lets everybody in.
func foundTown(t *testing.T, r rung, scripts []*scenario.Scenario) *town {
	t.Helper()
	o := &town{r: r, staff: map[string]map[string]*official{}, trainers: map[string]string{}}
	admin := foundGovernment(t, r)
	held := map[casefile.Role]bool{}
	organs := map[string]bool{}
	for i, s := range scripts {
		if !organs[s.Organ] {
			organs[s.Organ] = true
			admin.enter("organs", map[string]any{"id": s.Organ, "name": s.Organ, "superior": government})
		}
		o.trainers[s.File] = tokenAt(t, r.place(), s.Organ, fmt.Sprintf("trainer-%d", i+1), string(auth.Trainer))
		o.staff[s.File] = map[string]*official{}
		for _, key := range casefile.SortedNames(s.People) {
			if roles := s.People[key].Roles; len(roles) == 1 && !held[roles[0]] {
				held[roles[0]] = true
				o.staff[s.File][key] = admin.letIn(fmt.Sprintf("%s-%d", key, len(held)), s.Organ, s.People[key].Name, roles[0])
			}
		}
	}
	for _, s := range scripts {
		for key, person := range s.People {
			for _, role := range person.Roles {
				if !held[role] {
					t.Errorf("%s: nobody who signs in is %s, as %s is", s.File, role, key)
				}
			}
		}
	}
	o.auditor = admin.letIn("auditor-1", scripts[0].Organ, "审计员", auth.Auditor)
	return o
}

// check lets everybody look at what is theirs, after the restart by the session of
// before, and an auditor at a whole case.
func (o *town) check(t *testing.T, id casefile.ID) {
	t.Helper()
	for file, staff := range o.staff {
		for key, p := range staff {
			if p.acted.Load() == 0 {
				t.Errorf("%s: %s has done nothing", file, key)
			}
			for _, page := range []string{"/work", "/cases"} {
				if status, body, err := p.ask(t.Context(), http.MethodGet, page, nil); err != nil || status != http.StatusOK {
					t.Errorf("%s: %s gets %s: %d %v\n%s", file, key, page, status, err, body)
				}
			}
		}
	}
	for _, page := range []string{"/audit", "/cases/" + string(id), "/cases/" + string(id) + "/at/20"} {
		if status, body, err := o.auditor.ask(t.Context(), http.MethodGet, page, nil); err != nil || status != http.StatusOK {
			t.Errorf("the auditor gets %s: %d %v\n%s", page, status, err, body)
		}
	}
	status, file, err := o.auditor.ask(t.Context(), http.MethodGet, "/api/v1/cases/"+string(id)+"/dossier", nil)
	if err != nil || status != http.StatusOK {
		t.Fatalf("the auditor gets the dossier: %d %v\n%s", status, err, file)
	}
	verified(t, file)
}
