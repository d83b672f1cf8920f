package web

import (
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// styleRule is a rule of the stylesheet, and what surrounds it.
type styleRule struct {
	file, media, selector, body string
}

// styleRules reads the stylesheet: rules, and rules in one at-rule.
func styleRules(t *testing.T) []styleRule {
	t.Helper()
	names, err := fs.Glob(files, "assets/style/*.css")
	if err != nil || len(names) == 0 {
		t.Fatalf("no stylesheet: %v", err)
	}
	var out []styleRule
	for _, name := range names {
		b, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		media, rest := "", string(b)
		for {
			open, shut := strings.IndexByte(rest, '{'), strings.IndexByte(rest, '}')
			if shut < 0 {
				break
			}
			if open < 0 || shut < open { // an at-rule ends
				media, rest = "", rest[shut+1:]
				continue
			}
			selector := strings.TrimSpace(rest[:open])
			if strings.HasPrefix(selector, "@media") {
				media, rest = selector, rest[open+1:]
				continue
			}
			end := open + 1 // the closing brace of the rule, also of one that holds margin boxes
			for depth := 1; depth > 0; end++ {
				switch rest[end] {
				case '{':
					depth++
				case '}':
					depth--
				}
			}
			out = append(out, styleRule{name, media, selector, rest[open+1 : end-1]})
			rest = rest[end:]
		}
	}
	return out
}

var (
	cssColour   = regexp.MustCompile(`--([a-z-]+):\s*(#[0-9a-f]{3,6})`)
	cssInk      = regexp.MustCompile(`(?:^|[;\s])color:\s*var\(--([a-z-]+)\)`)
	cssGround   = regexp.MustCompile(`background:\s*var\(--([a-z-]+)\)`)
	cssFill     = regexp.MustCompile(`(?:^|[;\s])fill:\s*var\(--([a-z-]+)\)`)
	cssClass    = regexp.MustCompile(`^\.[a-z-]+$`)
	cssSurfaces = []string{"paper", "card", "soft"}
)

// tokens gives the colours of the light and of the dark.
func tokens(t *testing.T) map[string]map[string]string {
	t.Helper()
	out := map[string]map[string]string{"light": {}, "dark": {}}
	for _, r := range styleRules(t) {
		if r.selector != ":root" || strings.Contains(r.media, "print") {
			continue
		}
		for _, m := range cssColour.FindAllStringSubmatch(r.body, -1) {
			if out["dark"][m[1]] = m[2]; r.media == "" {
				out["light"][m[1]] = m[2]
			}
		}
	}
	return out
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(hex string) float64 {
	digits := strings.TrimPrefix(hex, "#")
	if len(digits) == 3 {
		digits = fmt.Sprintf("%[1]c%[1]c%[2]c%[2]c%[3]c%[3]c", digits[0], digits[1], digits[2])
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, _ := strconv.ParseUint(digits[2*i:2*i+2], 16, 8)
		c := float64(n) / 255
		if c <= 0.04045 {
			sum += weight * c / 12.92
		} else {
			sum += weight * math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return sum
}

func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Every colour of text is legible on what it stands on, in the light and in the dark:
// on the ground that its rule gives it, or else on every surface.
func TestTextIsLegibleInTheLightAndInTheDark(t *testing.T) {
	colours := tokens(t)
	type pair struct{ text, on string }
	pairs := map[pair]string{}
	for _, r := range styleRules(t) {
		if strings.Contains(r.media, "print") {
			continue
		}
		for _, pattern := range []*regexp.Regexp{cssInk, cssFill} {
			text, on := pattern.FindStringSubmatch(r.body), cssGround.FindStringSubmatch(r.body)
			switch {
			case text == nil, strings.HasPrefix(text[1], "on-stripe"), pattern.String() == cssFill.String() && !strings.Contains(r.selector, "text"):
			case on != nil:
				pairs[pair{text[1], on[1]}] = r.selector
			default:
				for _, surface := range cssSurfaces {
					pairs[pair{text[1], surface}] = r.selector
				}
			}
		}
	}
	for _, on := range []string{"stripe-a", "stripe-b"} {
		pairs[pair{"on-stripe", on}] = ".practice-strip"
	}
	pairs[pair{"on-fill", "fill-over"}] = "button:hover"
	if len(pairs) < 25 {
		t.Fatalf("only %d pairs of colours were found", len(pairs))
	}
	for p, where := range pairs {
		for mode, of := range colours {
			if of[p.text] == "" || of[p.on] == "" {
				t.Errorf("%s: --%s on --%s: one of them is no colour", where, p.text, p.on)
			} else if got := contrast(of[p.text], of[p.on]); got < 4.5 {
				t.Errorf("%s, %s: --%s on --%s has a contrast of %.2f, want 4.5", mode, where, p.text, p.on, got)
			}
		}
	}
}

// What shows where a field ends and where the focus is stands out from every surface.
func TestFieldsAndFocusStandOut(t *testing.T) {
	for mode, of := range tokens(t) {
		for _, mark := range []string{"edge", "info", "block", "pass", "warn"} {
			for _, surface := range cssSurfaces {
				if got := contrast(of[mark], of[surface]); got < 3 {
					t.Errorf("%s: --%s on --%s has a contrast of %.2f, want 3", mode, mark, surface, got)
				}
			}
		}
	}
	if black := contrast("#000", "#fff"); black < 20.9 || black > 21.1 {
		t.Errorf("black on white: %.2f", black)
	}
}

// Paper carries no navigation and no buttons, and ink on white also for who works in the dark.
func TestPaperCarriesNoChrome(t *testing.T) {
	hidden := map[string]bool{}
	root := ""
	for _, r := range styleRules(t) {
		switch {
		case r.selector == ":root" && strings.Contains(r.media, "dark") && !strings.Contains(r.media, "screen"):
			t.Errorf("%s: the dark reaches the paper", r.file)
		case !strings.Contains(r.media, "print"):
		case r.selector == ":root":
			root = r.body
		case strings.Contains(r.body, "display: none"):
			for s := range strings.SplitSeq(r.selector, ",") {
				hidden[strings.TrimSpace(s)] = true
			}
		}
	}
	for _, chrome := range []string{".top", ".skip", ".foot", ".back", ".take", ".filter", ".plan-form", ".moments", ".public-nav", ".admin-nav", ".no-print", "button", ".button"} {
		if !hidden[chrome] {
			t.Errorf("%s is printed", chrome)
		}
	}
	for _, want := range []string{"--paper: #fff", "--card: #fff", "--ink: #000"} {
		if !strings.Contains(root, want) {
			t.Errorf("on paper %s is not set", want)
		}
	}
}

// Every sheet of practice says so: in its margin, and across it where a browser has no
// boxes in margins.
func TestEverySheetOfPracticeSaysSo(t *testing.T) {
	margin, across, named := false, false, false
	for _, r := range styleRules(t) {
		switch {
		case strings.HasSuffix(r.selector, "@page practice"): // behind its comment
			margin = strings.Contains(r.body, "@top-center { content: \"演练") && strings.Contains(r.body, "PRACTICE")
		case r.selector == ".is-practice" && strings.Contains(r.media, "print"):
			named = strings.Contains(r.body, "page: practice")
		case r.selector == ".is-practice::after" && strings.Contains(r.media, "print"):
			across = strings.Contains(r.body, "content: \"演练 PRACTICE\"") && strings.Contains(r.body, "position: fixed")
		}
	}
	if !margin || !named || !across {
		t.Errorf("in the margin %t, of the pages of practice %t, across the sheet %t", margin, named, across)
	}
}

// A class alone is styled for one subject: where two mean different things by the same
// word, each names the element or what is around it.
func TestNoClassIsStyledForTwoSubjects(t *testing.T) {
	at := map[string][]string{}
	for _, r := range styleRules(t) {
		if r.media != "" {
			continue
		}
		for s := range strings.SplitSeq(r.selector, ",") {
			if s = strings.TrimSpace(s); cssClass.MatchString(s) && !slices.Contains(at[s], r.file) {
				at[s] = append(at[s], r.file)
			}
		}
	}
	for class, in := range at {
		if len(in) > 1 {
			t.Errorf("%s is styled in %s", class, strings.Join(in, " and "))
		}
	}
}
