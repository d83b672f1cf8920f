package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// alertRule is a rule of deploy/prometheus/alerts.yaml.
type alertRule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func alertRules(t *testing.T, content []byte) []alertRule {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string      `yaml:"name"`
			Rules []alertRule `yaml:"rules"`
		} `yaml:"groups"`
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(content)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	var out []alertRule
	for _, g := range file.Groups {
		out = append(out, g.Rules...)
	}
	return out
}

// queriesIn gives every query of the dashboard or of the alert rules.
func queriesIn(t *testing.T, name string, content []byte) []string {
	t.Helper()
	var out []string
	if strings.HasSuffix(name, ".yaml") {
		for _, rule := range alertRules(t, content) {
			out = append(out, rule.Expr)
		}
		return out
	}
	var board struct {
		Panels []struct {
			Targets []struct {
				Expr string `json:"expr"`
			} `json:"targets"`
		} `json:"panels"`
	}
	if err := json.Unmarshal(content, &board); err != nil {
		t.Fatal(err)
	}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			out = append(out, target.Expr)
		}
	}
	return out
}

// Who is woken by an alert finds what it means and what to do.
func TestEveryAlertIsExplained(t *testing.T) {
	content, err := os.ReadFile("../../deploy/prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/how-to/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	rules := alertRules(t, content)
	if len(rules) < 5 {
		t.Fatalf("%d alert rules", len(rules))
	}
	for _, rule := range rules {
		want := "docs/how-to/operate.md#" + strings.ToLower(rule.Alert)
		if rule.Annotations["runbook"] != want || rule.Annotations["summary"] == "" || rule.Labels["severity"] == "" {
			t.Errorf("%s: %v %v, want a summary, a severity and the runbook %s", rule.Alert, rule.Annotations, rule.Labels, want)
		}
		if !strings.Contains(string(page), "### "+rule.Alert+"\n") {
			t.Errorf("docs/how-to/operate.md does not explain %s", rule.Alert)
		}
	}
}
