-- +goose Up
-- Who hid or showed a comment of the public, and why, only grows.

CREATE TRIGGER moderation_log_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON moderation_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE moderation_log ENABLE ALWAYS TRIGGER moderation_log_refuse_change;

-- What somebody said is neither changed nor taken away.
CREATE TRIGGER comments_refuse_change BEFORE UPDATE OF text, anchor, digest, salt, chain, received_at, number, consultation, receipt_hash ON comments
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE comments ENABLE ALWAYS TRIGGER comments_refuse_change;

CREATE TRIGGER comments_refuse_delete BEFORE DELETE OR TRUNCATE ON comments
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE comments ENABLE ALWAYS TRIGGER comments_refuse_delete;
