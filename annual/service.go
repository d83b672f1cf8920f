package annual

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

// MaxAtOnce bounds the entries of a log that are counted while somebody waits. Longer
// logs are counted by "chengxu report annual"; what is frozen is shown as it is.
const MaxAtOnce = 30_000

// Logs gives and signs the logs of organs.
type Logs interface {
	TreeSize(ctx context.Context, organ casefile.OrganID) (int64, error)
	HashReader(ctx context.Context, organ casefile.OrganID) ledger.HashReader
	// SealLog signs the log as it stands: its checkpoint, and that as a signed note.
	SealLog(ctx context.Context, organ casefile.OrganID) (ledger.Checkpoint, []byte, error)
}

// Kept keeps frozen reports for ever.
type Kept interface {
	// AddFrozen keeps a report; a version that is taken is [casefile.ErrConflict].
	AddFrozen(ctx context.Context, f Frozen) error
	// FrozenOf gives the frozen reports of a year without their contents, the last first.
	FrozenOf(ctx context.Context, q Query) ([]Frozen, error)
	// Frozen gives one with its content, or [casefile.ErrNotFound].
	Frozen(ctx context.Context, q Query, version int64) (Frozen, error)
}

// Person is who freezes a report.
type Person struct {
	Organ  casefile.OrganID
	Person casefile.PersonID
	Name   string
}

// Options join a [Service] to the rest. All are required but Now.
type Options struct {
	Source Source
	Logs   Logs
	Kept   Kept
	Now    func() time.Time // nil: the system's clock
	// Unbounded counts logs of any length; otherwise [MaxAtOnce] holds.
	Unbounded bool
}

// Service counts, freezes and verifies. It is safe for concurrent use.
type Service struct {
	o     Options
	parse func(canonical []byte) (*procedure.Definition, error)
}

// New returns a service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o: o, parse: procedure.ParseCanonical}
}

// Current counts the figures of a year from the log as it stands. A year that has not
// begun, and a log that is too long to wait for, is a [*casefile.Refusal].
func (s *Service) Current(ctx context.Context, q Query) (Report, error) {
	if err := s.sound(q); err != nil {
		return Report{}, err
	}
	size, err := s.o.Logs.TreeSize(ctx, q.Organ)
	if err != nil {
		return Report{}, err
	}
	if err := s.bounded(size); err != nil {
		return Report{}, err
	}
	log := Log{Size: size}
	if size > 0 {
		if log.Root, err = s.root(ctx, q.Organ, size); err != nil {
			return Report{}, err
		}
	}
	return s.count(ctx, q, log, s.now(), nil)
}

func (s *Service) root(ctx context.Context, organ casefile.OrganID, size int64) (string, error) {
	root, err := ledger.TreeHead(size, s.o.Logs.HashReader(ctx, organ))
	if err != nil {
		return "", fmt.Errorf("root of the log of %s: %w", organ, err)
	}
	return hex.EncodeToString(root[:]), nil
}

// now is the instant with the precision in which everything is kept.
func (s *Service) now() time.Time { return s.o.Now().UTC().Truncate(time.Millisecond) }

func (s *Service) sound(q Query) error {
	this := legaltime.DateIn(s.o.Now(), legaltime.China).Year()
	if q.Year < 1990 || int(q.Year) > this && !q.Practice || q.Year > 9998 {
		return fmt.Errorf("figures of %d: %w", q.Year, refused(casefile.RefusedBadValue, "year", "年度须是四位数，且不晚于今年。", "the year has four digits and has begun"))
	}
	return nil
}

func (s *Service) bounded(size int64) error {
	if s.o.Unbounded || size <= MaxAtOnce {
		return nil
	}
	return fmt.Errorf("figures: %w", refused(casefile.RefusedNotPossible, "",
		"记录较多，页面不现算。请在服务器上用 chengxu report annual 计算并定稿，定稿后在此查看。",
		"the record is too long to be counted while you wait; count and freeze it on the server with chengxu report annual, and read it here"))
}

func refused(code casefile.RefusalCode, field, zh, en string) *casefile.Refusal {
	return &casefile.Refusal{Code: code, Field: field, Message: casefile.Text{ZH: zh, EN: en}}
}

// Versions gives the frozen reports of a year without their contents, the last first.
func (s *Service) Versions(ctx context.Context, q Query) ([]Frozen, error) {
	return s.o.Kept.FrozenOf(ctx, q)
}

// Version gives a frozen report; 0 is the last one. What is not there is
// [casefile.ErrNotFound].
func (s *Service) Version(ctx context.Context, q Query, version int64) (Frozen, error) {
	if version == 0 {
		all, err := s.o.Kept.FrozenOf(ctx, q)
		if err != nil {
			return Frozen{}, err
		}
		if len(all) == 0 {
			return Frozen{}, fmt.Errorf("frozen figures of %s %d: %w", q.Organ, q.Year, casefile.ErrNotFound)
		}
		version = all[0].Version
	}
	return s.o.Kept.Frozen(ctx, q, version)
}

// Freeze signs the log, counts it and keeps the figures. Figures that are those of the
// last version already are refused as a [*casefile.Refusal].
func (s *Service) Freeze(ctx context.Context, q Query, by Person) (Frozen, error) {
	if err := s.sound(q); err != nil {
		return Frozen{}, err
	}
	size, err := s.o.Logs.TreeSize(ctx, q.Organ)
	if err != nil {
		return Frozen{}, err
	}
	if size == 0 {
		return Frozen{}, fmt.Errorf("freeze: %w", refused(casefile.RefusedNotPossible, "", "该机关还没有记录。", "this organ has no record yet"))
	}
	if err := s.bounded(size); err != nil {
		return Frozen{}, err
	}
	checkpoint, note, err := s.o.Logs.SealLog(ctx, q.Organ)
	if err != nil {
		return Frozen{}, err
	}
	at := s.now()
	report, err := s.count(ctx, q, Log{Size: checkpoint.Size, Root: hex.EncodeToString(checkpoint.Root[:])}, at, nil)
	if err != nil {
		return Frozen{}, err
	}
	f := Frozen{Organ: q.Organ, Year: int(q.Year), Practice: q.Practice, Version: 1, Size: report.Log.Size, Root: report.Log.Root, Note: note,
		ByOrgan: by.Organ, ByPerson: by.Person, ByName: by.Name, At: at}
	if f.Version, err = s.next(ctx, q, report); err != nil {
		return Frozen{}, err
	}
	if f.Content, err = report.Canonical(); err != nil {
		return Frozen{}, err
	}
	f.Digest = Digest(f.Content)
	return f, s.o.Kept.AddFrozen(ctx, f)
}

// next gives the number of the next version, when the report says something new.
func (s *Service) next(ctx context.Context, q Query, report Report) (int64, error) {
	all, err := s.o.Kept.FrozenOf(ctx, q)
	if err != nil || len(all) == 0 {
		return 1, err
	}
	last, err := s.o.Kept.Frozen(ctx, q, all[0].Version)
	if err != nil {
		return 0, err
	}
	before, err := last.Report()
	if err != nil {
		return 0, err
	}
	if len(Compare(before, report)) == 0 {
		return 0, fmt.Errorf("freeze: %w", refused(casefile.RefusedNotPossible, "", "数字与上一次定稿相同，无须再次定稿。", "the figures are those of the last version"))
	}
	return last.Version + 1, nil
}

// Restated gives what the figures are now against the last frozen ones: nothing when
// none were frozen.
func (s *Service) Restated(ctx context.Context, q Query, is Report) ([]Restated, error) {
	all, err := s.o.Kept.FrozenOf(ctx, q)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return s.Against(ctx, q, all[0].Version, is)
}

// Against compares figures with those of a frozen version.
func (s *Service) Against(ctx context.Context, q Query, version int64, is Report) ([]Restated, error) {
	f, err := s.o.Kept.Frozen(ctx, q, version)
	if err != nil {
		return nil, err
	}
	was, err := f.Report()
	if err != nil {
		return nil, err
	}
	return Compare(was, is), nil
}

// Verify counts a frozen report again at its checkpoint, and proves every entry of the
// log up to there against the root. It gives what is not in order, and what kept it from
// looking; nothing is good.
func (s *Service) Verify(ctx context.Context, f Frozen) []string {
	was, err := f.Report()
	if err == nil {
		err = s.sameLog(ctx, f, was)
	}
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	is, err := s.count(ctx, Query{Organ: f.Organ, Year: was.Year, Practice: f.Practice}, was.Log, was.At, s.proving(ctx, f, &problems))
	if err != nil {
		return append(problems, err.Error())
	}
	again, err := is.Canonical()
	if err != nil {
		return append(problems, err.Error())
	}
	if bytes.Equal(again, f.Content) {
		return problems
	}
	for _, r := range Compare(was, is) {
		problems = append(problems, fmt.Sprintf("%s was frozen as %q and is %q when counted again", r.ID, r.Was, r.Is))
	}
	if len(problems) == 0 {
		problems = append(problems, "counted again the report is another one")
	}
	return problems
}

// sameLog says whether the content is of the report that it is kept as, and the log up
// to its size has the root that it says.
func (s *Service) sameLog(ctx context.Context, f Frozen, was Report) error {
	if was.Organ != f.Organ || int(was.Year) != f.Year || was.Practice != f.Practice || was.Log.Size != f.Size || was.Log.Root != f.Root || !was.At.Equal(f.At) {
		return fmt.Errorf("the content is of another report than it is kept as: %w", casefile.ErrInvalid)
	}
	root, err := s.root(ctx, f.Organ, f.Size)
	if err == nil && root != f.Root {
		err = fmt.Errorf("the log at %d has the root %s, and the report says %s: %w", f.Size, root, f.Root, casefile.ErrInvalid)
	}
	return err
}

// proving notes every entry that is not in the log that was frozen.
func (s *Service) proving(ctx context.Context, f Frozen, problems *[]string) func(Recorded) error {
	hashes, checkpoint := s.o.Logs.HashReader(ctx, f.Organ), ledger.Checkpoint{Size: f.Size}
	return func(r Recorded) error {
		if _, err := hex.Decode(checkpoint.Root[:], []byte(f.Root)); err != nil {
			return fmt.Errorf("root %q: %w", f.Root, err)
		}
		proof, err := ledger.ProveInclusion(f.Size, r.Index, hashes)
		if err == nil {
			err = ledger.VerifyInclusion(proof, checkpoint, r.Index, r.Leaf)
		}
		if err != nil {
			*problems = append(*problems, fmt.Sprintf("entry %d of case %s is not in the log: %v", r.Entry.Sequence, r.Entry.Case, err))
		}
		return nil
	}
}
