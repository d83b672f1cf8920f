package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/webhook"
)

// receivers are the webhooks of an organ.
type receivers struct{ list []webhook.Subscription }

func (r *receivers) Create(_ context.Context, wish webhook.Wish) (webhook.Subscription, string, error) {
	if !strings.HasPrefix(wish.URL, "https://") {
		return webhook.Subscription{}, "", &webhook.InvalidError{Field: "url", Message: both("not an https address")}
	}
	w := webhook.Subscription{ID: "w1", Organ: wish.Organ, URL: wish.URL, Description: wish.Description, State: webhook.Active, CreatedBy: wish.By}
	r.list = append(r.list, w)
	return w, "secret-1", nil
}

func (r *receivers) List(context.Context, casefile.OrganID) ([]webhook.Subscription, error) {
	return r.list, nil
}

func (r *receivers) set(id, state string) (webhook.Subscription, error) {
	for i := range r.list {
		if r.list[i].ID == id {
			r.list[i].State = state
			return r.list[i], nil
		}
	}
	return webhook.Subscription{}, fmt.Errorf("webhook: %w", casefile.ErrNotFound)
}

func (r *receivers) Disable(_ context.Context, _ casefile.OrganID, id string) (webhook.Subscription, error) {
	return r.set(id, webhook.Disabled)
}

func (r *receivers) Resume(_ context.Context, _ casefile.OrganID, id string) (webhook.Subscription, error) {
	return r.set(id, webhook.Active)
}

func (r *receivers) Rotate(_ context.Context, _ casefile.OrganID, id string) (webhook.Subscription, string, error) {
	w, err := r.set(id, webhook.Active)
	return w, "secret-2", err
}

func TestReceiversOfEventsAreLookedAfter(t *testing.T) {
	b := newBureau(t)
	b.wants("/admin/webhooks", 200, "No receivers.")
	b.sends("/admin/webhooks", url.Values{"url": {"http://x"}, "description": {"mine"}}, http.StatusUnprocessableEntity, "not an https address", `value="http://x"`, `value="mine"`)
	b.sends("/admin/webhooks", url.Values{"url": {"https://x.example"}}, http.StatusOK, "secret-1", "on this page alone")
	if page := b.wants("/admin/webhooks", 200, "https://x.example", "/admin/webhooks/w1/disable"); strings.Contains(page, "secret-1") {
		t.Error("the secret is shown a second time")
	}
	b.sends("/admin/webhooks/w1/disable", nil, http.StatusSeeOther)
	b.wants("/admin/webhooks", 200, "Disabled", "/admin/webhooks/w1/resume")
	b.sends("/admin/webhooks/w1/resume", nil, http.StatusSeeOther)
	b.sends("/admin/webhooks/w1/rotate", nil, http.StatusOK, "secret-2")
	b.sends("/admin/webhooks/w1/steal", nil, http.StatusNotFound)
	b.sends("/admin/webhooks/w2/disable", nil, http.StatusNotFound)
	b.hooks.list[0].Attempts, b.hooks.list[0].LastError = 3, "refused <it>"
	b.wants("/health", 200, "7 behind", "3 failures in a row", "refused &lt;it&gt;")
	b.token = "sun"
	b.wants("/admin/webhooks", 403)
}

func TestWelcomeSaysWhatIsThereAndWhatIsNot(t *testing.T) {
	b := newBureau(t)
	b.fake.cases = map[casefile.ID]casefile.Case{}
	page := b.wants("/welcome", 200, "district", "Accounts: 1.", "Of 2 roles, 1 are held.", `href="/admin/invite?role=reviewer"`, "Mr drafter", "No practice case", "No real case", "Make me a trainer", "person=li&amp;role=trainer")
	if strings.Contains(page, `action="/welcome/practice"`) {
		t.Error("somebody who may open no case is offered one")
	}
	b.sends("/welcome/practice", nil, http.StatusForbidden)
	b.enter(auth.Person{ID: "wu", Organ: "district", Name: "Wu"}, auth.Appointment{ID: "a-wu", Organ: "district", Person: "wu", Roles: []casefile.Role{"reviewer"}, From: date("2024-01-01")},
		auth.Appointment{ID: "t", Organ: "district", Person: "li", Roles: []casefile.Role{auth.Trainer}, From: date("2024-01-01")})
	b.fake.def.Open.Roles = []casefile.Role{auth.Trainer}
	b.wants("/welcome", 200, "Of 2 roles, 2 are held.", `action="/welcome/practice"`)
	if rec := b.post("/welcome/practice", nil); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/cases/played" {
		t.Errorf("a practice case: %d to %q", rec.Code, rec.Header().Get("Location"))
	}
	b.wants("/welcome", 200, "There are practice cases", "No real case")
	b.token, b.lang = "drafter", "zh"
	b.wants("/welcome", 200, "开始使用")
	b.token = ""
	b.wants("/welcome", 303)
}

func TestHealthSaysWhatFails(t *testing.T) {
	b := newBureau(t)
	b.watch.health = access.Health{Parts: []access.HealthPart{{Name: "store"}, {Name: "engine", Err: errors.New("engine <lost>")}}, Data: "/srv/data"}
	b.wants("/health", 200, "Database", "Works", "engine &lt;lost&gt;", "key of district", "key of bureau", "2 to be signed", "No mail server", "No examiner", "/srv/data", "Serving acts")
	b.fake.err = errors.New("no worker")
	b.watch.health = access.Health{Mail: "mail.example:587", Pending: 3, Quarantined: 2, QuarantBy: errors.New("disk full"), Examined: true}
	b.wants("/health", 200, "no worker", "mail.example:587, 3 waiting", "disk full")
	b.lang = "zh"
	b.wants("/health", 200, "运行状况", "故障")
}
