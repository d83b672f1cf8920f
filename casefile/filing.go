package casefile

import "github.com/zhengdang/chengxu/legaltime"

// Filing (报送备案) is what an organ has filed with the organ that reviews it: the papers
// that it sends, and nothing else of its case.
type Filing struct {
	Document string // the number of the document
	Title    string
	Body     string // with which it is filed, as the act names it
	On       legaltime.Date
	Pack     []string // kinds of papers
	Papers   []Paper  // that stand in the case; none that is restricted
}
