package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/zhengdang/chengxu/casefile"
)

// maxPicture is how many bytes a picture in the documentation may have.
const maxPicture = 80_000

// TestPicturesOfTheDesign takes the pictures of docs/explanation/design.md, into the
// directory that CHENGXU_DESIGN names (make screenshots). What they show is played
// from example cases, so that they change only when the pages do.
func TestPicturesOfTheDesign(t *testing.T) {
	dir := os.Getenv("CHENGXU_DESIGN")
	if dir == "" {
		t.Skip("CHENGXU_DESIGN names no directory for the pictures")
	}
	s := startTestStack(t, 0)
	review := playUntil(t, s, wholeCase, "legality_review.conclude", "review")
	room := playUntil(t, s, "../../examples/conduct/w17-approved-as-amended.yaml", "deliberation.decide", "room")
	handler, err := s.handler(outside{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	reviewer := newColleague(t, s, server.URL, review.Organ, "reviewer", "审核人", "legality_reviewer")
	office := newColleague(t, s, server.URL, room.Organ, "office", "办公室", "office")
	ctx := browserFor(t, 4*time.Minute)
	for _, p := range []struct {
		name       string
		who        colleague
		path       string
		wide, tall int64
		dark       bool
	}{
		{"work", reviewer, "/work?lang=zh", 1100, 560, false},
		{"desk", reviewer, "/cases/" + string(review.ID) + "/desk/legality_review?lang=zh", 1100, 900, false},
		{"case", reviewer, "/cases/" + string(review.ID) + "?lang=zh", 1100, 900, false},
		{"case-en", reviewer, "/cases/" + string(review.ID) + "?lang=en", 1100, 700, false},
		{"case-dark", reviewer, "/cases/" + string(review.ID) + "?lang=zh", 1100, 700, true},
		{"case-narrow", reviewer, "/cases/" + string(review.ID) + "?lang=zh", 390, 844, false},
		{"act", office, "/cases/" + string(room.ID) + "/acts/case.suspend?lang=zh", 1100, 760, false},
		{"room", office, "/cases/" + string(room.ID) + "/room?lang=zh", 1100, 900, false},
		{"law", office, "/law?lang=zh", 1100, 700, false},
	} {
		scheme := "light"
		if p.dark {
			scheme = "dark"
		}
		var shown []byte
		if err := chromedp.Run(ctx, inSession(signedIn(t, server.URL, p.who.token), server.URL), chromedp.EmulateViewport(p.wide, p.tall),
			emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
			chromedp.Navigate(server.URL+p.path), chromedp.WaitReady("h1", chromedp.ByQuery),
			chromedp.ActionFunc(func(ctx context.Context) error { return chromedp.CaptureScreenshot(&shown).Do(ctx) })); err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		small := fewColours(t, shown)
		if len(small) > maxPicture {
			t.Errorf("%s has %d bytes, want at most %d", p.name, len(small), maxPicture)
		}
		if err := os.WriteFile(filepath.Join(dir, p.name+".png"), small, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if review.Status != casefile.StatusRunning {
		t.Errorf("the case that is shown is %s", review.Status)
	}
}

// fewColours gives a picture in the sixty-four colours that it has most of.
func fewColours(t *testing.T, picture []byte) []byte {
	t.Helper()
	from, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	box, count := from.Bounds(), map[color.Color]int{}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			count[color.NRGBAModel.Convert(from.At(x, y))]++
		}
	}
	all := slices.SortedFunc(maps.Keys(count), func(a, b color.Color) int {
		return cmp.Or(count[b]-count[a], cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	palette, near := color.Palette(all[:min(64, len(all))]), map[color.Color]int{}
	to := image.NewPaletted(box, palette)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			c := color.NRGBAModel.Convert(from.At(x, y))
			if _, known := near[c]; !known {
				near[c] = palette.Index(c)
			}
			to.SetColorIndex(x, y, uint8(near[c])) //nolint:gosec // fewer than 256
		}
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, to); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
