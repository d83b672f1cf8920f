package access

import (
	"context"
	"time"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/register"
)

// NormativeDocuments gives the documents of the register that are known on a day. They
// are public, as what they say is.
func (g *Guard) NormativeDocuments(ctx context.Context, f register.Filter) ([]register.Listed, string, error) {
	if g.o.Public.Register == nil {
		return nil, "", nil
	}
	f.Practice = false
	return register.List(ctx, g.o.Public.Register, f)
}

// PracticeDocuments gives the documents that practice cases (演练) of the caller's organ
// have entered into a register of their own; an auditor may name an organ below. The public
// never sees them.
func (g *Guard) PracticeDocuments(ctx context.Context, p auth.Principal, f register.Filter) ([]register.Listed, string, error) {
	if err := Permit(p, ReadCase); err != nil {
		return nil, "", err
	}
	if g.o.Public.Register == nil {
		return nil, "", nil
	}
	if f.Organ == "" || !g.belongs(p, f.Organ, true) {
		f.Organ = p.Organ
	}
	f.Practice = true
	return register.List(ctx, g.o.Public.Register, f)
}

// OrganName gives what an organ is called: its id where the directory does not know it.
func (g *Guard) OrganName(ctx context.Context, organ casefile.OrganID) (string, error) {
	if g.o.Directory == nil {
		return string(organ), nil
	}
	name, err := g.o.Directory.OrganName(ctx, organ, time.Now())
	if name == "" {
		name = string(organ)
	}
	return name, err
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
