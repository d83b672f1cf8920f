-- +goose Up
-- Who signed in, or tried to, only grows.

-- +goose StatementBegin
CREATE TRIGGER sign_ins_refuse_update BEFORE UPDATE ON sign_ins
BEGIN SELECT RAISE(ABORT, 'the log of sign-ins is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sign_ins_refuse_delete BEFORE DELETE ON sign_ins
BEGIN SELECT RAISE(ABORT, 'the log of sign-ins is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sign_ins_refuse_replace BEFORE INSERT ON sign_ins
WHEN EXISTS (SELECT 1 FROM sign_ins WHERE number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'the log of sign-ins is append-only'); END;
-- +goose StatementEnd
