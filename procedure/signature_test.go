package procedure_test

import (
	"crypto/ed25519"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
)

// The text that is signed is never written otherwise: signatures of years ago have to
// hold. A new form has a new name, and this one stays.
func TestTheSignedTextOfAnActStaysAsItIs(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	act := casefile.Act{ID: "n1", Kind: "case.note", By: under("li", "office", "office"), With: casefile.Values{"text": "<甲> & \"乙\"\n丙", "document": nil}}
	plan, refusal := w.d.Plan(&w.c, act, nil, w.today)
	if refusal != nil {
		t.Fatal(refusal)
	}
	text, err := plan.Statement()
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"after":1,"case":"c1","form":"chengxu-act-1","kind":"case.note","mandate":"m-li","organ":"organ","person":"li",` +
		`"practice":true,"principal":"office","title":"生活垃圾分类工作方案","with":{"text":"<甲> & \"乙\"\n丙"}}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	signature := casefile.Sign(key, []byte(want))
	other := casefile.Sign(key, []byte(want+"\n"))
	act.Signature = &other
	if _, refusal := w.d.Plan(&w.c, act, nil, w.today); refusal == nil || refusal.Code != casefile.RefusedSignature || refusal.Act != act.Kind {
		t.Errorf("a signature over another text: %v", refusal)
	}
	act.Signature = &signature
	if plan, refusal = w.d.Plan(&w.c, act, nil, w.today); refusal != nil {
		t.Fatal(refusal)
	}
	// The entry is read back from its JSON form, as a verifier reads it, and holds again.
	e := w.record(plan)
	before := w.c
	before.Sequence--
	if _, refusal := w.d.Plan(&before, *e.Act, nil, w.today); refusal != nil {
		t.Errorf("the recorded signature: %v", refusal)
	}
	if _, refusal := w.d.Plan(&w.c, *e.Act, nil, w.today); refusal == nil || refusal.Code != casefile.RefusedSignature {
		t.Errorf("the same signature behind another entry: %v", refusal)
	}
}
