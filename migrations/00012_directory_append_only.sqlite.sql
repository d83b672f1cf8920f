-- +goose Up
-- Who was given what, and by whom, only grows.

-- +goose StatementBegin
CREATE TRIGGER directory_log_refuse_update BEFORE UPDATE ON directory_log
BEGIN SELECT RAISE(ABORT, 'the log of the directory is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER directory_log_refuse_delete BEFORE DELETE ON directory_log
BEGIN SELECT RAISE(ABORT, 'the log of the directory is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER directory_log_refuse_replace BEFORE INSERT ON directory_log
WHEN EXISTS (SELECT 1 FROM directory_log WHERE number = NEW.number)
  OR EXISTS (SELECT 1 FROM directory_log WHERE kind = NEW.kind AND id = NEW.id AND version = NEW.version)
BEGIN SELECT RAISE(ABORT, 'the log of the directory is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER directory_refuse_delete BEFORE DELETE ON directory
BEGIN SELECT RAISE(ABORT, 'records of the directory end, they are not deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER directory_refuse_replace BEFORE INSERT ON directory
WHEN EXISTS (SELECT 1 FROM directory WHERE kind = NEW.kind AND id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'records of the directory end, they are not replaced'); END;
-- +goose StatementEnd
-- A record stays what and whose it is, and goes from one version to the next.
-- +goose StatementBegin
CREATE TRIGGER directory_grows_by_one BEFORE UPDATE ON directory
WHEN NEW.version <> OLD.version + 1 OR NEW.kind <> OLD.kind OR NEW.id <> OLD.id OR NEW.organ <> OLD.organ OR NEW.person <> OLD.person
BEGIN SELECT RAISE(ABORT, 'a record of the directory goes from one version to the next'); END;
-- +goose StatementEnd
