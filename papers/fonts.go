package papers

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"github.com/zhengdang/chengxu/casefile"
)

// maxFont bounds a font file, in bytes.
const maxFont = 64 << 20

// knownFonts are the files that hold a face, those first that are preferred within one
// directory: the fonts that offices in China have bought, then the free Fandol fonts of
// Debian's package texlive-lang-chinese.
func knownFonts(face Face) []string {
	switch face {
	case FangSong:
		return []string{"仿宋_GB2312.ttf", "simfang.ttf", "FZFSK.TTF", "FandolFang-Regular.otf"}
	case Title:
		return []string{"方正小标宋简体.ttf", "方正小标宋_GBK.ttf", "FZXBSJW.TTF", "FZXBSK.TTF", "FandolSong-Bold.otf"}
	case Hei:
		return []string{"simhei.ttf", "FZHTK.TTF", "FandolHei-Regular.otf"}
	case Kai:
		return []string{"楷体_GB2312.ttf", "simkai.ttf", "FZKTK.TTF", "FandolKai-Regular.otf"}
	case Song:
		return []string{"simsun.ttf", "simsun.ttc", "FZSSK.TTF", "FandolSong-Regular.otf"}
	}
	return nil
}

// FontDirectories are where Debian and TeX Live put the free fonts.
func FontDirectories() []string {
	return []string{
		"/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol",
		"/usr/share/texmf/fonts/opentype/public/fandol",
		"/usr/local/share/fonts",
	}
}

// FaceFile is the file that a face is taken from.
type FaceFile struct {
	Face   Face
	Name   string // of the file
	Digest casefile.Digest
}

// Fonts are the font files that PDF is written with. It is safe for concurrent use.
type Fonts struct {
	dirs  []string
	load  sync.Once
	faces map[Face]*fontFile
	err   error
}

// fontFile is one face, read.
type fontFile struct {
	FaceFile
	sfnt       *sfnt.Font
	unitsPerEm int
	tables     tables
	cff        *cffFont // nil: its outlines are TrueType
}

// NewFonts looks for fonts in the directories, the first of them first, when they are
// first asked for.
func NewFonts(dirs ...string) *Fonts { return &Fonts{dirs: dirs} }

// FontsMissing says which faces were not found. It wraps [casefile.ErrConflict].
type FontsMissing struct{ Faces []Face }

func (m *FontsMissing) Error() string { return m.Message().EN }

// Unwrap gives the kind of the error.
func (m *FontsMissing) Unwrap() error { return casefile.ErrConflict }

// Message says what is missing, and how it is had.
func (m *FontsMissing) Message() casefile.Text {
	names := map[Face]string{FangSong: "仿宋", Title: "小标宋", Hei: "黑体", Kai: "楷体", Song: "宋体"}
	var zh, en []string
	for _, face := range m.Faces {
		zh, en = append(zh, names[face]), append(en, string(face)+" ("+strings.Join(knownFonts(face), ", ")+")")
	}
	return casefile.Text{
		ZH: "服务器缺少字体：" + strings.Join(zh, "、") + "，不能制作 PDF。请安装 Debian 软件包 texlive-lang-chinese（其中有 Fandol 字体），或者把字体文件放在一个目录里，用 --fonts 指明。HTML 和 DOCX 不需要字体。",
		EN: "fonts are missing for PDF: " + strings.Join(en, "; ") + ". Install Debian's package texlive-lang-chinese, which has the Fandol fonts, or name a directory of font files with --fonts. HTML and DOCX need none.",
	}
}

// Files gives the file of every face; those that are missing are [FontsMissing].
func (f *Fonts) Files() ([]FaceFile, error) {
	f.load.Do(func() { f.faces, f.err = f.find() })
	if f.err != nil {
		return nil, f.err
	}
	var out []FaceFile
	for _, face := range Faces() {
		out = append(out, f.faces[face].FaceFile)
	}
	return out, nil
}

func (f *Fonts) find() (map[Face]*fontFile, error) {
	faces := map[Face]*fontFile{}
	var missing []Face
	for _, face := range Faces() {
		file := f.fileOf(face)
		if file == "" {
			missing = append(missing, face)
			continue
		}
		read, err := readFont(file)
		if err != nil {
			return nil, err
		}
		read.Face = face
		faces[face] = read
	}
	if len(missing) > 0 {
		return nil, &FontsMissing{Faces: missing}
	}
	return faces, nil
}

// fileOf gives the file of a face; empty when there is none.
func (f *Fonts) fileOf(face Face) string {
	for _, dir := range f.dirs {
		entries, err := os.ReadDir(dir)
		if err != nil { // not there, or not to be read: as if it were empty
			continue
		}
		for _, known := range knownFonts(face) {
			for _, e := range entries {
				if strings.EqualFold(e.Name(), known) && e.Type()&fs.ModeDir == 0 {
					return filepath.Join(dir, e.Name())
				}
			}
		}
	}
	return ""
}

func readFont(file string) (*fontFile, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFont {
		return nil, fmt.Errorf("font %s: not a font file", file)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	f := &fontFile{}
	if f.tables, err = readTables(content); err != nil {
		return nil, fmt.Errorf("font %s: %w", file, err)
	}
	collection, err := sfnt.ParseCollection(content)
	if err == nil {
		f.sfnt, err = collection.Font(0)
	}
	if err == nil && f.tables["CFF "] != nil {
		f.cff, err = parseCFF(f.tables["CFF "])
	}
	if err != nil {
		return nil, fmt.Errorf("font %s: %w", file, err)
	}
	f.unitsPerEm = int(f.sfnt.UnitsPerEm())
	sum := sha256.Sum256(content)
	f.FaceFile = FaceFile{Name: filepath.Base(file), Digest: casefile.Digest(hex.EncodeToString(sum[:]))}
	return f, nil
}

// glyph gives the glyph of a character; 0 when there is none.
func (f *fontFile) glyph(r rune) uint16 {
	id, err := f.sfnt.GlyphIndex(nil, r)
	if err != nil {
		return 0
	}
	return uint16(id)
}

// advance gives the width of a glyph, in units of the font.
func (f *fontFile) advance(id uint16) int {
	w, err := f.sfnt.GlyphAdvance(nil, sfnt.GlyphIndex(id), fixed.I(f.unitsPerEm), font.HintingNone)
	if err != nil {
		return f.unitsPerEm
	}
	return w.Round()
}

// subset gives the font program with the characters alone, and the number of each in it.
func (f *fontFile) subset(runes []rune, used map[rune]uint16) ([]byte, map[rune]uint16, error) {
	ids := map[rune]uint16{}
	if f.cff == nil {
		glyphs := []uint16{0}
		for _, r := range runes {
			ids[r] = used[r]
			glyphs = append(glyphs, used[r])
		}
		program, err := f.tables.subsetTrueType(glyphs)
		return program, ids, err
	}
	glyphs, place := []uint16{0}, map[uint16]uint16{0: 0}
	for _, r := range runes {
		g := used[r]
		if _, ok := place[g]; !ok {
			place[g] = uint16(len(glyphs))
			glyphs = append(glyphs, g)
		}
		ids[r] = place[g]
	}
	program, err := f.cff.subset(glyphs)
	return program, ids, err
}
