-- +goose Up
-- Who hid or showed a comment of the public, and why, only grows.

-- +goose StatementBegin
CREATE TRIGGER moderation_log_refuse_update BEFORE UPDATE ON moderation_log
BEGIN SELECT RAISE(ABORT, 'the log of moderation is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER moderation_log_refuse_delete BEFORE DELETE ON moderation_log
BEGIN SELECT RAISE(ABORT, 'the log of moderation is append-only'); END;
-- +goose StatementEnd
-- What somebody said is neither changed nor taken away.
-- +goose StatementBegin
CREATE TRIGGER comments_refuse_change BEFORE UPDATE OF text, anchor, digest, salt, chain, received_at, number, consultation, receipt_hash ON comments
BEGIN SELECT RAISE(ABORT, 'what was said is not changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER comments_refuse_delete BEFORE DELETE ON comments
BEGIN SELECT RAISE(ABORT, 'comments are not deleted'); END;
-- +goose StatementEnd
