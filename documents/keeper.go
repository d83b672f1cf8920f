package documents

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

// MaxSize is the largest document taken, in bytes. A dossier has room for it, and
// is held in memory when it is exported.
const MaxSize = 64 << 20

// Records keep what is known of documents beside their bytes.
type Records interface {
	// ExpectDocument notes that bytes are about to be stored. Unless they are
	// added, they are removed later.
	ExpectDocument(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) error
	// AddDocument notes a document whose bytes are stored, and who stored it. One
	// that is there keeps its title, type and state; the stricter level counts. One
	// that was removed is there again.
	AddDocument(ctx context.Context, organ casefile.OrganID, doc casefile.StoredDocument, by casefile.PersonID) (casefile.StoredDocument, error)
	// StoredDocument gives a document, or [casefile.ErrNotFound]. For one that was
	// removed the error comes with what is still known of it.
	StoredDocument(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) (casefile.StoredDocument, error)
	// InlineContent gives the bytes of a document that stands in the table.
	InlineContent(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) ([]byte, error)
	// SettleDocument ends the quarantine of a document, or removes one that was
	// refused. One that is not in quarantine stays as it is.
	SettleDocument(ctx context.Context, organ casefile.OrganID, digest casefile.Digest, state casefile.DocumentState, reason string) error
	// QuarantinedDocuments gives documents that wait for their examination, the
	// oldest first.
	QuarantinedDocuments(ctx context.Context, limit int) ([]Ref, error)
	// RemovableDocuments gives documents whose bytes are to be removed: those that
	// were purged or refused, and those that were expected before and never added.
	RemovableDocuments(ctx context.Context, expectedBefore time.Time, limit int) ([]Ref, error)
	// RemoveDocument calls remove for bytes that are still to be removed, while
	// nobody can add them, and then forgets about it.
	RemoveDocument(ctx context.Context, organ casefile.OrganID, digest casefile.Digest, expectedBefore time.Time, remove func(ctx context.Context) error) error
	// CasesWithDocument gives the cases that file a document, at most limit.
	CasesWithDocument(ctx context.Context, organ casefile.OrganID, digest casefile.Digest, limit int) ([]casefile.ID, error)
}

// Ref names a document of an organ. It is an alias, so that a store can name the
// same type without importing this package.
type Ref = struct {
	Organ  casefile.OrganID `db:"organ"`
	Digest casefile.Digest  `db:"digest"`
}

// Upload is a document on its way in. The digest is computed here; Digest is what
// the sender believes it to be, or empty.
type Upload struct {
	Organ     casefile.OrganID
	By        casefile.PersonID // empty: nobody in particular, as in practice
	Title     string
	MediaType string
	Level     casefile.Level
	Digest    casefile.Digest
	Content   io.Reader
}

// Options make a [Keeper]. Storage and Records are required.
type Options struct {
	Storage  Storage
	Records  Records
	Examiner Examiner         // nil: everything that comes in is taken to be clean
	Now      func() time.Time // nil: the system's clock
	Log      *slog.Logger     // nil: silent
}

// Keeper takes documents in and gives them out. It asks nobody whether it may. It
// is safe for concurrent use.
type Keeper struct{ o Options }

// New returns a keeper.
func New(o Options) *Keeper {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Keeper{o: o}
}

// Put takes a document in. What is not taken is a [*Refused] and leaves nothing.
// The same bytes again are stored once. A document whose examination is not done
// yet comes back in quarantine.
func (k *Keeper) Put(ctx context.Context, up Upload) (casefile.StoredDocument, error) {
	a, err := k.Receive(ctx, up, MaxSize)
	if err != nil {
		return casefile.StoredDocument{}, err
	}
	defer a.Close()
	stored, err := k.store(ctx, up, a)
	if err != nil {
		return casefile.StoredDocument{}, fmt.Errorf("store document %s: %w", a.Document.Digest, err)
	}
	if stored, err = k.examine(ctx, up.Organ, stored); err != nil {
		return casefile.StoredDocument{}, err
	}
	return stored.For(up.By), nil
}

// Check looks at a document as [Keeper.Put] would, and stores nothing. What would not be
// taken is a [*Refused]; a program that examines what comes in is not asked.
func (k *Keeper) Check(ctx context.Context, up Upload) error {
	a, err := k.Receive(ctx, up, MaxSize)
	if err != nil {
		return err
	}
	return a.Close()
}

// store stores bytes and record. If the process dies in between, the bytes are
// removed later, because they were expected and never added.
func (k *Keeper) store(ctx context.Context, up Upload, a *Arrival) (casefile.StoredDocument, error) {
	if err := k.Stage(ctx, up.Organ, a); err != nil {
		return a.Document, err
	}
	stored, err := k.o.Records.AddDocument(ctx, up.Organ, a.Document, up.By)
	if err != nil {
		return a.Document, err
	}
	return stored, k.restore(ctx, up.Organ, a)
}

// examine has a document in quarantine examined.
func (k *Keeper) examine(ctx context.Context, organ casefile.OrganID, doc casefile.StoredDocument) (casefile.StoredDocument, error) {
	if doc.State != casefile.DocumentQuarantined {
		return doc, nil
	}
	result, reason := Clean, ""
	if k.o.Examiner != nil {
		content, err := k.open(ctx, organ, doc)
		if err != nil {
			return doc, fmt.Errorf("examine document %s: %w", doc.Digest, err)
		}
		defer content.Close()
		if result, reason, err = k.o.Examiner.Examine(ctx, doc, content); err != nil {
			k.o.Log.WarnContext(ctx, "document not examined", "digest", doc.Digest, "error", err)
			return doc, nil
		}
	}
	switch result {
	case Clean:
		doc.State = casefile.DocumentClean
		return doc, k.o.Records.SettleDocument(ctx, organ, doc.Digest, doc.State, "")
	case Harmful:
		if err := k.o.Records.SettleDocument(ctx, organ, doc.Digest, casefile.DocumentRefused, reason); err != nil {
			return doc, err
		}
		if err := k.remove(ctx, organ, doc.Digest); err != nil {
			k.o.Log.WarnContext(ctx, "refused document not removed yet", "digest", doc.Digest, "error", err)
		}
		return doc, refused(CodeContent, "文件未通过安全检查。"+reason, "the document did not pass its examination. "+reason)
	case Later:
	}
	return doc, nil
}

// Find gives what is known of a document, or [casefile.ErrNotFound]. For one that
// was removed the error comes with what is still known of it.
func (k *Keeper) Find(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) (casefile.StoredDocument, error) {
	return k.o.Records.StoredDocument(ctx, organ, digest)
}

// Open gives the bytes of a document; see [Storage.Open].
func (k *Keeper) Open(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) (io.ReadCloser, error) {
	doc, err := k.o.Records.StoredDocument(ctx, organ, digest)
	if err != nil {
		return nil, err
	}
	return k.open(ctx, organ, doc)
}

func (k *Keeper) open(ctx context.Context, organ casefile.OrganID, doc casefile.StoredDocument) (io.ReadCloser, error) {
	if !doc.Inline {
		content, err := k.o.Storage.Open(ctx, organ, doc.Digest)
		if errors.Is(err, casefile.ErrNotFound) {
			return nil, fmt.Errorf("document %s is recorded and its bytes are gone: %w", doc.Digest, ErrDamaged)
		}
		return content, err
	}
	content, err := k.o.Records.InlineContent(ctx, organ, doc.Digest)
	if err != nil {
		return nil, err
	}
	return Verified(io.NopCloser(bytes.NewReader(content)), doc.Digest), nil
}

// CasesWith gives the cases that file a document.
func (k *Keeper) CasesWith(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) ([]casefile.ID, error) {
	return k.o.Records.CasesWithDocument(ctx, organ, digest, maxCases)
}

// maxCases bounds how many cases are looked at to find out who may read a document.
const maxCases = 200
