package papers

import (
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Face is a typeface of official papers (GB/T 9704-2012, 5.2.2).
type Face string

// The faces.
const (
	FangSong Face = "fangsong" // 仿宋, the body
	Title    Face = "title"    // 小标宋, titles and the mark of the issuing body
	Hei      Face = "hei"      // 黑体, heads of the first level
	Kai      Face = "kai"      // 楷体, heads of the second level
	Song     Face = "song"     // 宋体, page numbers
)

// Faces gives every face.
func Faces() []Face { return []Face{FangSong, Title, Hei, Kai, Song} }

// Kind says what a block is in a paper.
type Kind string

// The kinds of blocks, in the words of GB/T 9704-2012 where it has them.
const (
	KindRedHead   Kind = "redhead"   // 发文机关标志, over the red line
	KindNumber    Kind = "number"    // 发文字号
	KindTitle     Kind = "title"     // 标题
	KindUnder     Kind = "under"     // 题注, below the title
	KindTo        Kind = "to"        // 主送机关
	KindPart      Kind = "part"      // 章, 节: a centred head of a text
	KindHead      Kind = "head"      // 一、 head of the first level, numbered here
	KindSubhead   Kind = "subhead"   // （一） head of the second level, as it is written
	KindParagraph Kind = "p"         // 正文
	KindPlain     Kind = "plain"     // a line without indent
	KindTable     Kind = "table"     //
	KindAttached  Kind = "attached"  // 附件说明
	KindSigned    Kind = "signed"    // 发文机关署名
	KindDate      Kind = "date"      // 成文日期
	KindNote      Kind = "note"      // 附注
	KindCopy      Kind = "copy"      // 抄送机关, in the 版记
	KindPrinted   Kind = "printed"   // 印发机关和印发日期, in the 版记
	kindText      Kind = "text"      // the text of a filed document; templates only
	kindSignature Kind = "signature" // lines to sign on
)

// Run is text in one face. An empty face is that of the block.
type Run struct {
	Text string
	Face Face
}

// Block is a part of a paper.
type Block struct {
	Kind Kind
	Runs []Run
	Rows [][]string // of a table; the first is its head when Head is set
	Head bool
}

// Text gives the text of a block, whatever its faces.
func (b Block) Text() string {
	out := ""
	for _, r := range b.Runs {
		out += r.Text
	}
	return out
}

// Paper is a paper that has been made, before a writer gives it a format.
type Paper struct {
	Template *Template
	Case     casefile.ID
	Organ    string         // name
	Entry    int64          // the last entry that it is made from
	On       legaltime.Date // of that entry
	Practice bool           // 演练: it says so on every page
	Title    string
	Blocks   []Block
}
