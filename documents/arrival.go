package documents

import (
	"context"
	"errors"
	"fmt"

	"github.com/zhengdang/chengxu/casefile"
)

// Arrival is a document that has come in and was looked at, and that nobody keeps
// yet.
type Arrival struct {
	Document casefile.StoredDocument
	in       *Received
}

// Close forgets what came in; what was stored of it stays.
func (a *Arrival) Close() error { return a.in.Close() }

// Receive reads a document, at most limit bytes, and looks at it. What is not taken
// is a [*Refused]. Nothing is stored; whoever is given an arrival closes it.
func (k *Keeper) Receive(ctx context.Context, up Upload, limit int64) (*Arrival, error) {
	title, err := checkTitle(up.Title)
	if err != nil {
		return nil, err
	}
	if !up.Level.Valid() {
		return nil, refused(CodeLevel, "没有这一密级。", "there is no such level")
	}
	what, err := declared(up.MediaType)
	if err != nil {
		return nil, err
	}
	in, err := k.receive(ctx, up, what, limit)
	if err != nil {
		return nil, err
	}
	doc := casefile.StoredDocument{Document: casefile.Document{
		Digest: in.Digest, Title: title, MediaType: what.stored(), Size: in.Size, Level: up.Level}, State: casefile.DocumentQuarantined}
	if k.o.Examiner == nil {
		doc.State = casefile.DocumentClean
	}
	return &Arrival{Document: doc, in: in}, nil
}

// receive reads the bytes and looks at them.
func (k *Keeper) receive(ctx context.Context, up Upload, what declaration, limit int64) (in *Received, err error) {
	in, err = k.o.Storage.Receive(ctx, up.Content, limit)
	switch {
	case errors.Is(err, ErrTooLarge):
		return nil, refused(CodeTooLarge, fmt.Sprintf("文件不得超过 %d 字节。", limit), fmt.Sprintf("a document must not exceed %d bytes", limit))
	case errors.Is(err, ErrUnreadable) && ctx.Err() == nil:
		return nil, refused(CodeUnread, "文件未能读完。", "the document could not be read to its end")
	case err != nil:
		return nil, err
	case in.Size == 0:
		err = refused(CodeEmpty, "文件内容为空。", "the document is empty")
	case up.Digest != "" && up.Digest != in.Digest:
		err = refused(CodeDigest, "收到的内容与所给的摘要不符：传输中可能有损坏。", "the content received does not have the digest given")
	default:
		err = what.agree(in)
	}
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return in, nil
}

// Stage stores the bytes of a document whose record is about to be added, by
// whoever adds it with something else in one transaction. After that comes
// [Keeper.Confirm], or [Keeper.Unstage] where it came to nothing. If the process
// dies before either, the bytes are removed later unless the record is there.
func (k *Keeper) Stage(ctx context.Context, organ casefile.OrganID, a *Arrival) error {
	if err := k.o.Records.ExpectDocument(ctx, organ, a.Document.Digest); err != nil {
		return err
	}
	return k.o.Storage.Put(ctx, organ, a.in)
}

// restore puts bytes back that somebody removed while their record was added.
// Whoever was removing an earlier copy has ended before the record was there, and
// nobody removes it from now on.
func (k *Keeper) restore(ctx context.Context, organ casefile.OrganID, a *Arrival) error {
	has, err := k.o.Storage.Has(ctx, organ, a.Document.Digest)
	if err == nil && !has {
		err = k.o.Storage.Put(ctx, organ, a.in)
	}
	return err
}

// Confirm completes a staged document whose record was added, has it examined and
// gives its state. What fails is logged: the record is there, and an examination
// that could not be made is tried again.
func (k *Keeper) Confirm(ctx context.Context, organ casefile.OrganID, a *Arrival) casefile.DocumentState {
	digest := a.Document.Digest
	if err := k.restore(context.WithoutCancel(ctx), organ, a); err != nil {
		k.o.Log.ErrorContext(ctx, "bytes of a recorded document not stored", "digest", digest, "error", err)
	}
	doc, err := k.o.Records.StoredDocument(ctx, organ, digest)
	if err == nil {
		doc, err = k.examine(ctx, organ, doc)
	}
	var harmful *Refused
	switch {
	case errors.As(err, &harmful), doc.State == casefile.DocumentRefused: // now, or by whoever stored the same
		return casefile.DocumentRefused
	case err != nil:
		k.o.Log.ErrorContext(ctx, "recorded document not examined", "digest", digest, "error", err)
		return casefile.DocumentQuarantined
	}
	return doc.State
}

// Unstage removes staged bytes whose record was not added. Those of a document that
// somebody else added stay. What cannot be removed now is removed later.
func (k *Keeper) Unstage(ctx context.Context, organ casefile.OrganID, a *Arrival) {
	digest := a.Document.Digest
	if err := k.removeExpected(context.WithoutCancel(ctx), organ, digest, k.o.Now().Add(expectedFor)); err != nil {
		k.o.Log.WarnContext(ctx, "staged document not removed yet", "digest", digest, "error", err)
	}
}
