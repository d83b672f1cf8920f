package web_test

import (
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// What the rules stopped is shown with what was lacking, and with what became
// of it.
func TestWhatWasStoppedIsShownWithWhatBecameOfIt(t *testing.T) {
	const open, done, moved = `class="tag f-open"`, `class="tag f-done"`, `class="tag f-moved"`
	for _, c := range []struct {
		name   string
		change func(f *fake)
		want   string
	}{
		{"its step goes on", func(*fake) {}, open},
		{"the same act went through", func(f *fake) {
			again := f.entries["drill"][2]
			again.Entry.Kind, again.Entry.Verdict, again.Entry.Sequence = casefile.EntryAct, nil, 5
			f.entries["drill"] = append(f.entries["drill"], again)
		}, done},
		{"the case ended without it", func(f *fake) {
			ended := f.cases["drill"]
			ended.Status = casefile.StatusClosed
			f.cases["drill"] = ended
		}, moved},
		{"the step is over", func(f *fake) { f.entries["drill"][2].Entry.Step = "intake" }, moved},
	} {
		b := newBrowser(t, true)
		c.change(b.fake)
		page := b.wants("/cases/drill", 200, `id="blocked"`, `<ul class="why">`, "The window is open.", "Decree 713 art. 15(2)",
			"Undetermined: about rule-missing", "fact highly_technical")
		for _, fate := range []string{open, done, moved} {
			if strings.Contains(page, fate) != (fate == c.want) {
				t.Errorf("%s: want %s and no other", c.name, c.want)
			}
		}
	}
	b := newBrowser(t, true)
	b.fake.entries["drill"] = b.fake.entries["drill"][:2]
	if strings.Contains(b.wants("/cases/drill", 200), `id="blocked"`) {
		t.Error("a list of stopped acts where nothing was stopped")
	}
}

// An act whose outcomes the rules judge differently is not called possible, and
// its last attempt is told.
func TestAnActSaysWhereItLeads(t *testing.T) {
	b := newBrowser(t, true)
	page := b.wants("/cases/drill", 200, "The last attempt was stopped by the rules:", `href="#entry-3"`)
	if n := strings.Count(page, "The last attempt was stopped"); n != 1 {
		t.Errorf("%d acts have a stopped attempt, want 1", n)
	}
	b.fake.leads = []procedure.Transition{{Is: "done", To: "review", Gate: "cn.713/x"}, {Is: "rework", To: "drafting", Free: "rework"}, {Is: "exempt", To: procedure.Join}}
	page = b.wants("/cases/drill", 200, "Leads to:", "→</span> Review <small>judged by rules", "→</span> Drafting</span>", "waits for the steps beside it")
	if strings.Contains(page, `class="tag s-open"`) {
		t.Error("an act is called possible though it depends on the outcome")
	}
}

// Entries stand in stretches of a step, the newest first; what is done to the
// whole case stays with the step that it came in.
func TestEntriesAreGroupedByStep(t *testing.T) {
	b := newBrowser(t, true)
	at := func(seq int64, step string, round int) casework.SealedEntry {
		return casework.SealedEntry{Entry: casefile.Entry{Case: "drill", Sequence: seq, Kind: casefile.EntryAct, Step: step, Round: round, On: date("2024-04-10"),
			Act: &casefile.Act{ID: "a", Kind: "case.advance"}}}
	}
	b.fake.entries["drill"] = []casework.SealedEntry{at(1, "", 0), at(2, "intake", 1), at(3, "", 0), at(4, "drafting", 1),
		at(5, "drafting", 2), at(6, "expert", 1), at(7, "drafting", 2)}
	page := b.wants("/cases/drill", 200)
	var got []string
	for _, group := range strings.Split(page, `<h3 class="group-head">`)[1:] {
		head, rest, _ := strings.Cut(group, "\n")
		var seqs []string
		for _, part := range strings.Split(rest, `<span class="seq">`)[1:] {
			seq, _, _ := strings.Cut(part, "<")
			seqs = append(seqs, seq)
		}
		got = append(got, head+": "+strings.Join(seqs, " "))
	}
	want := "Drafting · Round 2: 7|Expert argument: 6|Drafting · Round 2: 5|Drafting: 4|Intake: 3 2 1"
	if strings.Join(got, "|") != want {
		t.Errorf("groups:\n%s\nwant\n%s", strings.Join(got, "|"), want)
	}
}

// Only who has not signed in is told what this is.
func TestTheFirstPageSaysWhatThisIs(t *testing.T) {
	b := newBrowser(t, true)
	b.wants("/", 200, "Chengxu turns the procedure", "The cases below are for practice")
	b.token = "drafter"
	if strings.Contains(b.wants("/cases", 200), "Chengxu turns the procedure") {
		t.Error("somebody who has signed in is told what this is")
	}
}

// Values of closed sets and the parameters of the shipped packs have words.
func TestValuesOfThePacksHaveWords(t *testing.T) {
	packs, err := rules.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"zh", "en"} {
		words := catalogue(t, lang)
		for _, p := range packs {
			for _, name := range p.Vocabulary().Names() {
				fact, _ := p.Vocabulary().Fact(name)
				for _, value := range fact.Enum {
					if words["token."+value] == "" {
						t.Errorf("%s: no words for %q, a value of %s in %s", lang, value, name, p.Name())
					}
				}
			}
		}
	}
	b := newBrowser(t, true)
	c := b.fake.cases["drill"]
	c.Facts["views"] = casefile.Fact{Name: "views", Value: []string{"Chen=approve", "free text = kept"}, Sequence: 1}
	c.Facts["level"] = casefile.Fact{Name: "level", Value: "lawful-with-conditions", Sequence: 1}
	b.fake.cases["drill"] = c
	b.wants("/cases/drill", 200, "Chen: approve, free text = kept", "<b>lawful with conditions</b>")
}
