package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/casefile"
)

// Refused is an act that was refused before it entered the record: who tried
// what, and why not. The payload is not kept.
type Refused struct {
	At      time.Time
	Organ   casefile.OrganID
	Case    casefile.ID
	Person  casefile.PersonID
	ActID   string
	Act     string // kind of the act
	Code    casefile.RefusalCode
	Field   string
	Message casefile.Text
}

type refusalRow struct {
	ID        string               `db:"id"`
	RefusedAt int64                `db:"refused_at"`
	Organ     casefile.OrganID     `db:"organ"`
	CaseID    casefile.ID          `db:"case_id"`
	Person    casefile.PersonID    `db:"person"`
	ActID     string               `db:"act_id"`
	Act       string               `db:"act"`
	Code      casefile.RefusalCode `db:"code"`
	Field     string               `db:"field"`
	MessageZH string               `db:"message_zh"`
	MessageEN string               `db:"message_en"`
}

const insertRefusal = `
INSERT INTO refusals (id,  refused_at,  organ,  case_id,  person,  act_id,  act,  code,  field,  message_zh,  message_en)
VALUES               (:id, :refused_at, :organ, :case_id, :person, :act_id, :act, :code, :field, :message_zh, :message_en)`

// LogRefusal keeps a refused attempt. What the caller sent is cut to a size, as
// it can be anything.
func (s *Store) LogRefusal(ctx context.Context, r Refused) error {
	var id [16]byte
	if _, err := io.ReadFull(s.random, id[:]); err != nil {
		return fmt.Errorf("name refusal: %w", err)
	}
	row := refusalRow{
		ID: hex.EncodeToString(id[:]), RefusedAt: r.At.UnixMilli(),
		Organ: cut(r.Organ), CaseID: cut(r.Case), Person: cut(r.Person),
		ActID: cut(r.ActID), Act: cut(r.Act), Code: cut(r.Code), Field: cut(r.Field),
		MessageZH: cut(r.Message.ZH), MessageEN: cut(r.Message.EN),
	}
	if _, err := s.write.NamedExecContext(ctx, insertRefusal, row); err != nil {
		return fmt.Errorf("log refusal: %w", err)
	}
	return nil
}

// cut makes any bytes a text that every database takes, of at most 500 bytes.
func cut[T ~string](s T) T {
	const most = 500
	clean := strings.ReplaceAll(string(s), "\x00", "")
	if len(clean) > most {
		end := most
		for end > most-utf8.UTFMax && !utf8.RuneStart(clean[end]) {
			end--
		}
		clean = clean[:end]
	}
	return T(strings.ToValidUTF8(clean, "\uFFFD"))
}

const selectRefusals = `
SELECT   id, refused_at, organ, case_id, person, act_id, act, code, field, message_zh, message_en
FROM     refusals
WHERE    organ = ? AND (? = '' OR case_id = ?)
ORDER BY refused_at DESC, id DESC
LIMIT    ?`

// Refusals gives the last refused attempts at an organ, the newest first, of one
// case or, when id is empty, of all. Limit is 1 to 200.
func (s *Store) Refusals(ctx context.Context, organ casefile.OrganID, id casefile.ID, limit int) ([]Refused, error) {
	if limit < 1 || limit > maxPage {
		return nil, fmt.Errorf("list refusals: limit %d: want 1 to %d: %w", limit, maxPage, casefile.ErrInvalid)
	}
	var rows []refusalRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(selectRefusals), organ, id, id, limit); err != nil {
		return nil, fmt.Errorf("list refusals: %w", err)
	}
	out := make([]Refused, len(rows))
	for i, r := range rows {
		out[i] = Refused{
			At: time.UnixMilli(r.RefusedAt).UTC(), Organ: r.Organ, Case: r.CaseID, Person: r.Person,
			ActID: r.ActID, Act: r.Act, Code: r.Code, Field: r.Field,
			Message: casefile.Text{ZH: r.MessageZH, EN: r.MessageEN},
		}
	}
	return out, nil
}
