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
BEGIN SELECT RAISE(ABORT, 'the log of the directory is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER directory_refuse_delete BEFORE DELETE ON directory
BEGIN SELECT RAISE(ABORT, 'records of the directory end, they are not deleted'); END;
-- +goose StatementEnd
