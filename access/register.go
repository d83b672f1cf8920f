package access

import (
	"context"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/register"
)

// NormativeDocuments gives the documents of the register that are known on a day. They
// are public, as what they say is.
func (g *Guard) NormativeDocuments(ctx context.Context, f register.Filter) ([]register.Listed, string, error) {
	if g.o.Public.Register == nil {
		return nil, "", nil
	}
	return register.List(ctx, g.o.Public.Register, f)
}

// NormativeDocument gives a document of the register.
func (g *Guard) NormativeDocument(ctx context.Context, organ casefile.OrganID, number string) (register.Document, error) {
	if g.o.Public.Register == nil || number == "" || len(number) > 400 || len(organ) > 200 {
		return register.Document{}, notFound("document", organ)
	}
	return g.o.Public.Register.Document(ctx, organ, number)
}

// DocumentOrgans gives the organs that have documents in the register.
func (g *Guard) DocumentOrgans(ctx context.Context) ([]casefile.OrganID, error) {
	if g.o.Public.Register == nil {
		return nil, nil
	}
	return g.o.Public.Register.DocumentOrgans(ctx)
}
