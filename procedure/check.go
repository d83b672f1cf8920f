package procedure

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

var (
	procedureID = regexp.MustCompile(`^[a-z][a-z0-9.-]*$`)
	versionForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	packForm    = regexp.MustCompile(`^([a-z][a-z0-9.-]*)@[A-Za-z0-9][A-Za-z0-9._-]*$`)
	nameForm    = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	gateForm    = regexp.MustCompile(`^[a-z][a-z0-9.-]*/[a-z][a-z0-9_-]*$`)
)

// checker collects what is wrong with a definition.
type checker struct {
	d *Definition
	// kept says that the definition judges cases already. It was complete when it
	// was written; acts and outcomes that step types have gained since are not in
	// it, and its cases do not have them.
	kept bool
	errs []error
}

func (k *checker) problem(path, format string, args ...any) {
	k.errs = append(k.errs, fmt.Errorf("%s%s: %s", k.d.source.at(path), name(path), fmt.Sprintf(format, args...)))
}

// problems checks all that can be checked without the rule packs.
func (d *Definition) problems() []error { return (&checker{d: d}).all() }

func (k *checker) all() []error {
	d := k.d
	if k.tooLarge() {
		return k.errs
	}
	k.head()
	k.roles()
	k.separations()
	k.independences()
	k.opening()
	k.caseActs()
	k.ends()
	k.escalations()
	for i, s := range d.Steps {
		k.step(path("steps", i), s)
	}
	if len(k.errs) == 0 { // the graph makes sense only when its parts do
		k.graph()
	}
	return k.errs
}

func path(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }

func (k *checker) head() {
	d := k.d
	if !procedureID.MatchString(d.ID) {
		k.problem("id", "%q: want small letters, digits, dots and hyphens", d.ID)
	}
	if !versionForm.MatchString(d.Version) {
		k.problem("version", "%q: want letters, digits, dots and hyphens", d.Version)
	}
	k.titled("title", d.Title)
	k.present("basis", d.Basis)
	if d.Over != "" && (!packForm.MatchString(d.Over) || d.Over == d.Name()) {
		k.problem("over", "%q: want another definition, <procedure>@<version>", d.Over)
	}
	if len(d.Packs) == 0 {
		k.problem("packs", "at least one rule pack is needed")
	}
	for i, p := range d.Packs {
		if !packForm.MatchString(p) {
			k.problem(path("packs", i), "%q: want <pack>@<version>", p)
		}
		if slices.Index(d.Packs, p) != i {
			k.problem(path("packs", i), "%q is listed twice", p)
		}
	}
	for i, ref := range d.Duties {
		k.ref(path("duties", i), ref)
	}
	if d.Throughout != "" {
		k.ref("throughout", d.Throughout)
	}
	if len(d.Steps) == 0 {
		k.problem("steps", "there is no step")
	}
}

// maxParts bounds each list of a definition.
const maxParts = 200

func (k *checker) tooLarge() bool {
	count := func(path string, n int) {
		if n > maxParts {
			k.problem(path, "has %d items, more than %d", n, maxParts)
		}
	}
	d := k.d
	count("packs", len(d.Packs))
	count("roles", len(d.Roles))
	count("separate", len(d.Separate))
	count("independent", len(d.Independent))
	for i, x := range d.Independent {
		count(path("independent", i), max(len(x.From), len(x.With)))
	}
	count("always", len(d.Always))
	count("duties", len(d.Duties))
	count("steps", len(d.Steps))
	count("ends", len(d.Ends))
	count("escalate", len(d.Escalate))
	for i, s := range d.Steps {
		count(path("steps", i), max(len(s.Acts), len(s.Outcomes), len(s.Parallel)))
		if p := s.Panel; p != nil {
			count(path("steps", i)+".panel", max(len(p.Before), len(p.Agreed), len(p.Members), len(p.By)))
		}
	}
	return len(k.errs) > 0
}

func (k *checker) titled(path string, t casefile.Text) {
	if strings.TrimSpace(t.ZH) == "" || strings.TrimSpace(t.EN) == "" {
		k.problem(path, "needs zh and en")
	}
}

func (k *checker) present(path, value string) {
	if strings.TrimSpace(value) == "" {
		k.problem(path, "is missing")
	}
}

// ref checks the form of a gate's name and that its pack is one of the
// procedure's. Whether the gate exists is for [Check].
func (k *checker) ref(path string, ref rules.Ref) {
	if !gateForm.MatchString(string(ref)) {
		k.problem(path, "%q: want <pack>/<gate>", ref)
		return
	}
	if !slices.ContainsFunc(k.d.Packs, func(p string) bool { return strings.HasPrefix(p, ref.Pack()+"@") }) {
		k.problem(path, "%q: pack %s is not among the packs of the procedure", ref, ref.Pack())
	}
}

// gatedOrFree checks that something is gated or says why it is free, not both.
func (k *checker) gatedOrFree(path string, gate rules.Ref, free string) {
	switch {
	case gate == "" && strings.TrimSpace(free) == "":
		k.problem(path, "needs a gate, or says with free why there is none")
	case gate != "" && free != "":
		k.problem(path, "has a gate and says that it is free")
	case gate != "":
		k.ref(path+".gate", gate)
	}
}

func (k *checker) roles() {
	if len(k.d.Roles) == 0 {
		k.problem("roles", "there is no role")
	}
	used := k.usedRoles()
	for _, r := range casefile.SortedNames(k.d.Roles) {
		at := "roles." + string(r)
		if !nameForm.MatchString(string(r)) {
			k.problem(at, "want small letters, digits and underscores")
		}
		k.titled(at, k.d.Roles[r])
		if !slices.Contains(used, r) {
			k.problem(at, "no act names this role")
		}
	}
}

func (k *checker) usedRoles() []casefile.Role {
	used := slices.Clone(k.d.Open.Roles)
	for _, a := range k.d.Always {
		used = append(used, a.Roles...)
	}
	for _, s := range k.d.Steps {
		for _, a := range s.Rules() {
			used = append(used, a.Roles...)
		}
	}
	return used
}

// rolesExist checks a list of roles that may do something.
func (k *checker) rolesExist(path string, list []casefile.Role) {
	if len(list) == 0 {
		k.problem(path, "names no role: nobody could do it")
	}
	for i, r := range list {
		if _, ok := k.d.Roles[r]; !ok {
			k.problem(path, "role %q does not exist", r)
		}
		if slices.Index(list, r) != i {
			k.problem(path, "role %q is named twice", r)
		}
	}
}

// separations refuses sets that could never be kept, or never be broken.
func (k *checker) separations() {
	used := k.usedRoles()
	for i, s := range k.d.Separate {
		at := path("separate", i)
		k.present(at+".basis", s.Basis)
		k.rolesExist(at+".roles", s.Roles)
		if len(s.Roles) < 2 {
			k.problem(at+".roles", "a separation needs two roles at least")
		}
		for j, r := range s.Roles {
			if slices.Index(s.Roles, r) != j {
				k.problem(at+".roles", "can never be satisfied: role %q would exclude itself", r)
			}
			if _, exists := k.d.Roles[r]; exists && !slices.Contains(used, r) {
				k.problem(at+".roles", "no act names role %q: the separation is empty", r)
			}
		}
	}
}

func (k *checker) opening() {
	if len(k.d.Cleared) > 0 {
		k.rolesExist("cleared", k.d.Cleared)
	}
	k.rolesExist("open.roles", k.d.Open.Roles)
	k.gatedOrFree("open", k.d.Open.Gate, k.d.Open.Free)
	for i, p := range k.d.Open.Follows {
		at := path("open.follows", i)
		if !procedureID.MatchString(p.Procedure) {
			k.problem(at+".procedure", "%q: want the id of a procedure, without version", p.Procedure)
		}
		if slices.IndexFunc(k.d.Open.Follows, func(x Previous) bool { return x.Procedure == p.Procedure }) != i {
			k.problem(at+".procedure", "%q is listed twice", p.Procedure)
		}
		for j, end := range p.As { // ends of another procedure: only their form can be checked
			if !nameForm.MatchString(end) || slices.Index(p.As, end) != j {
				k.problem(at+".as", "%q: want an end, in small letters, digits and underscores, and each once", end)
			}
		}
	}
}

func (k *checker) caseActs() {
	k.verbs("always", k.d.Always, CaseActs(), "the case")
	for i, a := range k.d.Always {
		at := path("always", i)
		k.gatedOrFree(at, a.Gate, a.Free)
		spec, ok := caseAct(a.Verb)
		if ok && spec.Moves && a.Gate != "" {
			k.problem(at+".gate", "%s asks no gate: it changes what would answer", a.Verb)
		}
		if ok && !spec.Leaves && (a.To != "" || a.As != "") {
			k.problem(at, "%s leads nowhere: to and as do not belong here", a.Verb)
		}
		if ok && spec.Leaves {
			k.target(at, a.To, a.As, "")
		}
	}
}

// verbs checks that there is one rule for each act, and no other.
func (k *checker) verbs(at string, list []ActRule, specs []ActSpec, of string) {
	for i, a := range list {
		here := path(at, i)
		k.rolesExist(here+".roles", a.Roles)
		if _, ok := findAct(specs, a.Verb); !ok {
			k.problem(here, "%s has no act %q", of, a.Verb)
		}
		if slices.IndexFunc(list, func(x ActRule) bool { return x.Verb == a.Verb }) != i {
			k.problem(here, "act %q has two rules", a.Verb)
		}
	}
	for _, spec := range specs {
		if !k.kept && !slices.ContainsFunc(list, func(a ActRule) bool { return a.Verb == spec.Verb }) {
			k.problem(at, "nobody may do %q: it has no rule", spec.Verb)
		}
	}
}

func (k *checker) ends() {
	if len(k.d.Ends) == 0 {
		k.problem("ends", "there is no end")
	}
	for i, e := range k.d.Ends {
		at := path("ends", i)
		if !nameForm.MatchString(e.ID) || e.ID == Join {
			k.problem(at+".id", "%q: want small letters, digits and underscores", e.ID)
		}
		k.titled(at+".title", e.Title)
		if slices.IndexFunc(k.d.Ends, func(x End) bool { return x.ID == e.ID }) != i {
			k.problem(at+".id", "end %q comes twice", e.ID)
		}
		if _, isStep := k.d.Step(e.ID); isStep {
			k.problem(at+".id", "%q is a step and an end", e.ID)
		}
	}
}
