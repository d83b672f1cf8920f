package web

import (
	"context"

	"github.com/zhengdang/chengxu/casefile"
)

// organNames gives a function that says what organs are called, for one page: each is looked
// up once. Where that fails the id stands for the name.
func (h *handler) organNames(ctx context.Context) func(organ casefile.OrganID) string {
	known := map[casefile.OrganID]string{}
	return func(organ casefile.OrganID) string {
		if name, ok := known[organ]; ok {
			return name
		}
		name, err := h.o.Guard.OrganName(ctx, organ)
		if err != nil {
			h.o.Log.Error("name of an organ not read", "organ", organ, "error", err)
			name = string(organ)
		}
		known[organ] = name
		return name
	}
}
