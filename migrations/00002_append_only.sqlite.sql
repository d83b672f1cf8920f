-- +goose Up
-- The record only grows, whoever writes to the database.

-- +goose StatementBegin
CREATE TRIGGER entries_refuse_update BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER entries_refuse_delete BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
-- +goose StatementEnd
-- INSERT OR REPLACE deletes the old row without firing its delete trigger.
-- +goose StatementBegin
CREATE TRIGGER entries_refuse_replace BEFORE INSERT ON entries
WHEN EXISTS (SELECT 1 FROM entries WHERE case_id = NEW.case_id AND sequence = NEW.sequence)
  OR EXISTS (SELECT 1 FROM entries WHERE organ = NEW.organ AND log_index = NEW.log_index)
BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER log_hashes_refuse_update BEFORE UPDATE ON log_hashes
BEGIN SELECT RAISE(ABORT, 'log hashes are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_hashes_refuse_delete BEFORE DELETE ON log_hashes
BEGIN SELECT RAISE(ABORT, 'log hashes are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_hashes_refuse_replace BEFORE INSERT ON log_hashes
WHEN EXISTS (SELECT 1 FROM log_hashes WHERE organ = NEW.organ AND position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'log hashes are append-only'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER checkpoints_refuse_update BEFORE UPDATE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checkpoints_refuse_delete BEFORE DELETE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checkpoints_refuse_replace BEFORE INSERT ON checkpoints
WHEN EXISTS (SELECT 1 FROM checkpoints WHERE organ = NEW.organ AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
-- +goose StatementEnd

-- A log grows by one entry at a time and is never taken away.
-- +goose StatementBegin
CREATE TRIGGER logs_grow_by_one BEFORE UPDATE ON logs
WHEN NEW.organ <> OLD.organ OR NEW.size <> OLD.size + 1
BEGIN SELECT RAISE(ABORT, 'a log grows by one entry at a time'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER logs_refuse_delete BEFORE DELETE ON logs
BEGIN SELECT RAISE(ABORT, 'logs are append-only'); END;
-- +goose StatementEnd
-- The recorder inserts with ON CONFLICT, so this one looks at what came of it.
-- +goose StatementBegin
CREATE TRIGGER logs_refuse_replace AFTER INSERT ON logs
WHEN NEW.size <> 1 OR EXISTS (SELECT 1 FROM entries WHERE organ = NEW.organ)
BEGIN SELECT RAISE(ABORT, 'a log grows by one entry at a time'); END;
-- +goose StatementEnd

-- An opening may be removed, as the law of personal data asks, never altered.
-- +goose StatementBegin
CREATE TRIGGER openings_refuse_update BEFORE UPDATE ON openings
BEGIN SELECT RAISE(ABORT, 'openings are removed or kept, never altered'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER openings_refuse_replace BEFORE INSERT ON openings
WHEN EXISTS (SELECT 1 FROM openings
             WHERE case_id = NEW.case_id AND sequence = NEW.sequence AND field = NEW.field)
BEGIN SELECT RAISE(ABORT, 'openings are removed or kept, never altered'); END;
-- +goose StatementEnd

-- What has judged a case stays as it was.
-- +goose StatementBegin
CREATE TRIGGER contents_refuse_update BEFORE UPDATE ON contents
BEGIN SELECT RAISE(ABORT, 'contents are immutable'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER contents_refuse_delete BEFORE DELETE ON contents
BEGIN SELECT RAISE(ABORT, 'contents are immutable'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER contents_refuse_replace BEFORE INSERT ON contents
WHEN EXISTS (SELECT 1 FROM contents WHERE digest = NEW.digest AND bytes <> NEW.bytes)
BEGIN SELECT RAISE(ABORT, 'contents are immutable'); END;
-- +goose StatementEnd
