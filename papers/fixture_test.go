package papers_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/papers"
	"github.com/zhengdang/chengxu/procedure"
)

// record is a case as its entries tell it.
type record struct {
	t       testing.TB
	def     *procedure.Definition
	entries []casefile.Entry
	c       casefile.Case
	texts   map[casefile.Digest][]string
	rounds  map[string]int
}

func definition(t testing.TB, id string) *procedure.Definition {
	t.Helper()
	sources, err := procedure.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range sources {
		d, err := procedure.Load(source.Name, source.Content)
		if err != nil {
			t.Fatal(err)
		}
		if d.ID == id {
			return d
		}
	}
	t.Fatalf("no definition %s", id)
	return nil
}

func opened(t testing.TB, procedureID, title string) *record {
	t.Helper()
	r := &record{t: t, def: definition(t, procedureID), texts: map[casefile.Digest][]string{}, rounds: map[string]int{}}
	r.add(casefile.Entry{Kind: casefile.EntryOpened, On: day("2025-03-03"), Matter: &casefile.Matter{Title: title, Category: "policy"}, Pinned: &casefile.Pinned{Procedure: r.def.Name()},
		Act: &casefile.Act{ID: "open", Kind: "case.open", By: casefile.Actor{Person: "office", Name: "党政办"}}})
	return r
}

func day(s string) legaltime.Date {
	d, err := legaltime.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func digest(n int) casefile.Digest { return casefile.Digest(fmt.Sprintf("%064x", n)) }

func (r *record) add(e casefile.Entry) {
	r.t.Helper()
	e.Case, e.Organ, e.Sequence = "case-1", "organ-1", r.c.Sequence+1
	for i := range e.Documents {
		e.Documents[i].Sequence, e.Documents[i].FiledOn = e.Sequence, e.On
	}
	if err := r.c.Apply(e); err != nil {
		r.t.Fatal(err)
	}
	r.entries = append(r.entries, e)
}

// act records an act of a step, and the facts that it leaves.
func (r *record) act(on, kind, unit string, with, facts casefile.Values, docs ...casefile.Document) {
	r.t.Helper()
	step, verb, _ := strings.Cut(kind, ".")
	if _, ok := r.def.Step(step); !ok {
		r.t.Fatalf("no step %s", step)
	}
	r.add(casefile.Entry{Kind: casefile.EntryAct, On: day(on), Step: step, Verb: verb, Round: r.rounds[step] + 1, Facts: facts, Documents: docs,
		Act: &casefile.Act{ID: fmt.Sprint(len(r.entries)), Kind: kind, By: casefile.Actor{Person: "p", Name: "经办人", Unit: unit}, With: with}})
}

func (r *record) source() papers.Source {
	return papers.Source{Organ: func(time.Time) (string, error) { return "上海市嘉定区真新街道办事处", nil }, Definition: r.def, Entries: r.entries, Now: r.c,
		Text: func(d casefile.Digest) ([]string, error) {
			if text, ok := r.texts[d]; ok {
				return text, nil
			}
			return nil, casefile.ErrNotFound
		}}
}

// parking is a normative document from its draft to its publication.
func parking(t testing.TB) *record {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "parking.txt"))
	if err != nil {
		t.Fatal(err)
	}
	r := opened(t, "cn.normative-document", "真新街道住宅小区停车管理办法（试行）")
	draft := casefile.Document{Digest: digest(2), Kind: casefile.KindDraft, Title: "停车管理办法（送审稿）", Version: 2, MediaType: "text/plain"}
	r.texts[draft.Digest] = strings.Split(strings.TrimSpace(string(text)), "\n")
	r.act("2025-03-05", "approval.argue", "城市管理办公室", casefile.Values{"necessity": "上位规定没有访客停车规则，小区停车矛盾突出", "feasibility": "已在三个小区试行"}, nil)
	r.act("2025-03-17", "drafting.file_draft", "城市管理办公室", casefile.Values{"draft": string(digest(1)), "title": "停车管理办法（征求意见稿）"}, nil,
		casefile.Document{Digest: digest(1), Kind: casefile.KindDraft, Title: "停车管理办法（征求意见稿）", Version: 1})
	r.act("2025-03-17", "drafting.legal_scan", "城市管理办公室", casefile.Values{"bases": []any{"《中华人民共和国民法典》", "《上海市停车场（库）管理办法》"}}, nil)
	r.act("2025-04-07", "participation.open", "城市管理办公室", casefile.Values{"closes_on": "2025-05-08", "channels": []any{"街道网站", "各居民委员会公告栏"}}, nil)
	r.act("2025-05-09", "participation.adoption_report", "城市管理办公室", casefile.Values{"summary": "采纳八条，四条与上位规定不符未采纳"}, casefile.Values{"opinions_received": int64(12)})
	r.act("2025-05-12", "legality_review.submit", "城市管理办公室", casefile.Values{"draft": string(digest(2)), "pack": []any{"draft", "explanation", "legal-basis", "public-opinion-adoption", "fair-competition"}, "requested_by": "2025-05-28"}, nil, draft)
	r.act("2025-05-14", "legality_review.accept", "司法所", nil, casefile.Values{"review_received_on": "2025-05-14"})
	r.act("2025-05-20", "legality_review.counsel_opinion", "律师事务所", casefile.Values{"draft": string(digest(2)), "counsel": "某律师事务所", "conclusion": "agree", "text": "条款没有设定减损权利的内容，无异议"}, nil)
	r.act("2025-05-26", "legality_review.conclude", "司法所", casefile.Values{"draft": string(digest(2)), "conclusion": "lawful-with-conditions", "covers": []any{"competence", "procedure", "content"},
		"text": "文件内容在街道职权范围内，已履行征求意见、公平竞争审查等程序。\n第十二条关于收费公示的表述，建议与《中华人民共和国价格法》的用语一致", "conditions": int64(1)}, nil)
	r.act("2025-06-03", "deliberation.open", "党政办公室", casefile.Values{"kind": "director-office", "draft": string(digest(2)), "members_total": int64(5), "present": []any{"主任", "副主任甲", "副主任乙", "武装部长"}, "chief": "主任"}, nil)
	r.act("2025-06-03", "deliberation.speak", "党政办公室", casefile.Values{"member": "副主任甲", "view": "approve", "text": "同意，访客停车规则符合居民意愿"}, nil)
	r.act("2025-06-03", "deliberation.speak", "党政办公室", casefile.Values{"member": "副主任乙", "view": "reject", "text": "过渡期偏短", "dissent": "过渡期应当为六个月"}, nil)
	r.act("2025-06-03", "deliberation.decide", "办事处领导", casefile.Values{"draft": string(digest(2)), "decision": "approve", "reason_given": true}, nil)
	r.act("2025-06-04", "deliberation.minutes", "党政办公室", casefile.Values{"summary": "会议审议通过", "dissents": []any{"副主任乙"}, "signed_by": []any{"主任", "副主任甲", "副主任乙", "武装部长"}, "signature": "ink"}, nil)
	r.act("2025-06-06", "registration.register", "党政办公室", casefile.Values{"draft": string(digest(2))}, casefile.Values{"doc_number": "真新办〔2025〕2号", "effective_on": "2025-07-15", "expires_on": "2027-07-14"})
	r.act("2025-06-06", "registration.print", "党政办公室", casefile.Values{"draft": string(digest(2)), "signed_by": "主任"}, casefile.Values{"issue_on": "2025-06-06"})
	r.act("2025-06-09", "publication.publish", "党政办公室", casefile.Values{"draft": string(digest(2)), "channels": []any{"街道网站"}}, casefile.Values{"published_on": "2025-06-09"})
	r.act("2025-06-20", "filing.file", "党政办公室", casefile.Values{"body": "嘉定区司法局", "filed_on": "2025-06-20", "pack": []any{"report", "official-text", "electronic-text", "drafting-note"}}, nil)
	return r
}

func template(t testing.TB, name string) *papers.Template {
	t.Helper()
	all, err := papers.Templates()
	if err != nil {
		t.Fatal(err)
	}
	for _, tmpl := range all {
		if tmpl.Name == name {
			return tmpl
		}
	}
	t.Fatalf("no template %s", name)
	return nil
}

// shared are read once: reading them takes longer than writing a paper.
var shared = sync.OnceValue(func() *papers.Fonts {
	return papers.NewFonts(append([]string{filepath.Join("..", ".cache", "fonts")}, papers.FontDirectories()...)...)
})

// fonts are those of the machine, or those that scripts/setup-test.sh has put into the
// cache of the tree.
func fonts(t testing.TB) *papers.Fonts {
	t.Helper()
	f := shared()
	if _, err := f.Files(); err != nil {
		t.Fatalf("run scripts/setup-test.sh first: %v", err)
	}
	return f
}
