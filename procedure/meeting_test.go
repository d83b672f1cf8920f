package procedure_test

import (
	"fmt"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
)

func open(change v) v {
	out := v{"kind": "executive", "draft": digest(1), "members_total": 5, "present": []string{"张", "李", "王", "区长"}, "chief": "区长"}
	for name, value := range change {
		out[name] = value
	}
	return out
}

func speeches(w *walk, views ...string) {
	for i := 0; i < len(views); i += 2 {
		w.do("secretary", "deliberation.speak", v{"member": views[i], "view": views[i+1]})
	}
}

func TestAnAttendanceThatMakesNoSenseIsRefused(t *testing.T) {
	w := newWalk(t, decision(t), passing(casefile.Block), "2024-03-01")
	toMeeting(w)
	for name, tt := range map[string]struct {
		change v
		want   casefile.RefusalCode
	}{
		"somebody twice":                    {v{"present": []string{"张", "张", "区长"}}, casefile.RefusedBadValue},
		"more than there are":               {v{"members_total": 3}, casefile.RefusedBadValue},
		"the chief is away":                 {v{"present": []string{"张", "李"}}, casefile.RefusedBadValue},
		"a deputy without authorisation":    {v{"present": []string{"张", "李"}, "presiding": "张"}, casefile.RefusedMissingField},
		"a deputy who is away":              {v{"present": []string{"李"}, "presiding": "张", "authorisation": "委托书"}, casefile.RefusedBadValue},
		"the draft of an earlier version":   {v{"draft": digest(2)}, casefile.RefusedStaleDigest},
		"a form of meeting that is unknown": {v{"kind": "teahouse"}, casefile.RefusedBadValue},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.refused(by("secretary"), "deliberation.open", open(tt.change), tt.want)
		})
	}
}

func TestADeputyWhoPresidesSpeaksLast(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	toMeeting(w)
	w.do("secretary", "deliberation.open", open(v{"present": []string{"张", "李", "王"}, "presiding": "张", "authorisation": "委托书〔2024〕1号"}))
	w.fact("chief", "张")
	speeches(w, "张", "approve", "李", "approve", "王", "approve")
	w.blocked("chief", "deliberation.decide", v{"draft": digest(1), "decision": "approve"}, "mad-chief-speaks-last")
}

func TestAChiefWhoSpokeFirstMakesTheMeetingDeliberateAgain(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	toMeeting(w)
	w.do("secretary", "deliberation.open", open(nil))
	speeches(w, "区长", "approve", "张", "approve", "李", "approve", "王", "approve", "区长", "approve")
	w.fact("speaker_order", []string{"区长", "张", "李", "王", "区长"})
	w.blocked("chief", "deliberation.decide", v{"draft": digest(1), "decision": "approve"}, "mad-chief-speaks-last")
	w.do("secretary", "deliberation.redeliberate", v{"reason": "行政首长先发表了意见"})
	w.do("secretary", "deliberation.open", open(nil))
	w.fact("speaker_order", []string{})
	speeches(w, "张", "approve", "李", "approve", "区长", "approve")
	decided := v{"draft": digest(1), "decision": "approve"}
	w.blocked("chief", "deliberation.decide", decided, "mad-members-voiced")
	w.because("chief", "deliberation.decide", decided, map[string]string{"mad-members-voiced": "王因公提前离会"})
	if o := w.c.Opinions[len(w.c.Opinions)-1]; o.Conclusion != "approve" || o.Version != 1 || o.Round != 2 {
		t.Errorf("the decision is bound to %+v", o)
	}
	w.refused(by("secretary"), "deliberation.speak", v{"member": "王", "view": "reject"}, casefile.RefusedNotPossible)
}

func TestADecisionAgainstTheMajorityIsReasoned(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	toMeeting(w)
	w.refused(by("secretary"), "deliberation.speak", v{"member": "张", "view": "approve"}, casefile.RefusedNotPossible)
	w.do("secretary", "deliberation.open", open(nil))
	w.refused(by("secretary"), "deliberation.speak", v{"member": "赵", "view": "approve"}, casefile.RefusedBadValue)
	speeches(w, "张", "approve", "张", "reject", "李", "reject", "王", "approve", "区长", "approve")
	w.fact("majority_view", "reject")
	w.blocked("chief", "deliberation.decide", v{"draft": digest(1), "decision": "approve"}, "mad-chief-deviation-reason")
	w.do("chief", "deliberation.decide", v{"draft": digest(1), "decision": "approve", "reason_given": true, "reason": "整治期限已到"})
	w.fact("dissenters", []string{"张", "李"})
}

func TestWhatTheMeetingAmendedIsFiledBeforeTheMinutes(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	toMeeting(w)
	meeting(w, digest(1))
	w.refused(by("chief"), "deliberation.decide", v{"draft": digest(1), "decision": "amend"}, casefile.RefusedBadValue)
	w.blocked("chief", "deliberation.decide", v{"draft": digest(1), "decision": "amend", "amendments": []string{"第二条改为…"}}, "mad-chief-deviation-reason")
	w.do("chief", "deliberation.decide", v{"draft": digest(1), "decision": "amend", "amendments": []string{"第二条改为…"},
		"reason_given": true, "reason": "文字更准确"})
	w.fact("decided_on", "2024-03-01")
	minutes := v{"summary": "记录", "dissents": []string{"张", "李", "王"}, "signed_by": []string{"区长"}, "signature": "electronic"}
	w.refused(by("secretary"), "deliberation.minutes", minutes, casefile.RefusedNotPossible)
	w.do("drafter", "deliberation.file_amended", v{"draft": digest(5), "title": "方案", "comparison": "逐条一致"})
	w.blocked("secretary", "deliberation.minutes", minutes, "?exclusive", "?sole_control", "?tamper_evident")
	minutes["signature"] = "ink"
	e := w.do("secretary", "deliberation.minutes", minutes)
	if e.Outcome != "amended" {
		t.Errorf("outcome %s", e.Outcome)
	}
	if draft, _ := w.c.CurrentDraft(); string(draft.Digest) != digest(5) || draft.Version != 2 {
		t.Errorf("what is issued is %+v", draft)
	}
	for _, d := range w.c.Deadlines {
		if d.ID == "mad-publish-timely" && (d.Due.String() != "2024-03-29" || d.State != casefile.DeadlineOpen || d.Step != "deliberation") {
			t.Errorf("the duty to publish is %+v", d)
		}
	}
	w.on("2024-03-30")
	if last := w.entries[len(w.entries)-1]; last.Kind != casefile.EntryBreach || last.Deadlines[0].ID != "mad-publish-timely" || last.On.String() != "2024-03-30" {
		t.Errorf("the breach was not recorded: %+v", last)
	}
	w.refused(by("office"), "case.terminate", v{"reason": "x", "decided_by": "区政府"}, casefile.RefusedNotPossible)
}

func TestThePartyCommitteeMaySendTheDraftBackOrSayNo(t *testing.T) {
	for _, tt := range []struct {
		kind string
		with v
		at   string
		end  string
	}{
		{"party_report.return", v{"to": "to-drafting", "reason": "修改第二条"}, "drafting", ""},
		{"party_report.return", v{"to": "to-deliberation", "reason": "重新讨论"}, "deliberation", ""},
		{"party_report.not_agree", v{"reason": "时机不成熟"}, "archive", "not_agreed"},
	} {
		t.Run(fmt.Sprint(tt.kind, tt.with["to"]), func(t *testing.T) {
			w := newWalk(t, decision(t), lawful(t), "2024-03-01")
			toMeeting(w)
			meeting(w, digest(1))
			w.do("chief", "deliberation.decide", v{"draft": digest(1), "decision": "approve"})
			w.do("secretary", "deliberation.minutes", v{"summary": "记录", "dissents": []string{}, "signed_by": []string{"区长"}, "signature": "ink"})
			w.do("office", "party_report.report", v{"reported_on": "2024-03-01"})
			w.do("office", tt.kind, tt.with)
			w.at(tt.at)
			w.fact("decided_on", "")
			if w.c.End != tt.end {
				t.Errorf("end %q, want %q", w.c.End, tt.end)
			}
			for _, d := range w.c.Deadlines {
				if d.State != casefile.DeadlineDropped {
					t.Errorf("duty %s is %s although there is no decision any more", d.ID, d.State)
				}
			}
		})
	}
}

func TestADeferredMatterIsSubmittedAgain(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	toMeeting(w)
	w.do("secretary", "deliberation.open", open(nil))
	speeches(w, "张", "defer", "李", "defer", "王", "approve", "区长", "defer")
	w.do("chief", "deliberation.decide", v{"draft": digest(1), "decision": "defer"})
	w.do("secretary", "deliberation.minutes", v{"summary": "记录", "dissents": []string{"王"}, "signed_by": []string{"区长"}, "signature": "ink"})
	w.at("submission_check")
}

// Acts with a gate of their own are told before they are possible, and not any more once
// they are done.
func TestGuardedActsAreToldUntilTheyAreDone(t *testing.T) {
	w := newWalk(t, decision(t), passing(casefile.Block), "2024-03-01")
	toMeeting(w)
	guarded := func() string {
		out := ""
		for _, a := range w.d.Guarded(&w.c, "deliberation") {
			out += fmt.Sprintf("%s %v %t;", a.Kind, a.Gates, a.Waits == nil)
		}
		return out
	}
	wants := func(want string) {
		t.Helper()
		if got := guarded(); got != want {
			t.Errorf("guarded: %s, want %s", got, want)
		}
	}
	wants("deliberation.open [cn.713/open_deliberation] true;deliberation.decide [cn.713/decide] false;deliberation.minutes [cn.713/sign] false;")
	w.do("secretary", "deliberation.open", open(nil))
	speeches(w, "张", "approve", "区长", "approve")
	wants("deliberation.decide [cn.713/decide] true;deliberation.minutes [cn.713/sign] false;")
	w.do("chief", "deliberation.decide", v{"draft": digest(1), "decision": "approve"})
	wants("deliberation.minutes [cn.713/sign] true;")
	if len(w.d.Guarded(&w.c, "archive")) > 0 {
		t.Error("a step that is not running has acts")
	}
}
