-- +goose Up

-- What is attached to comments of the public. The bytes are documents on a shelf of
-- the consultation; the name can say who commented, and goes when the comment is
-- withdrawn.
CREATE TABLE comment_attachments (
    consultation TEXT   NOT NULL,
    number       BIGINT NOT NULL,
    place        BIGINT NOT NULL,
    digest       TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    media_type   TEXT   NOT NULL,
    size         BIGINT NOT NULL,
    PRIMARY KEY (consultation, number, place),
    FOREIGN KEY (consultation, number) REFERENCES comments (consultation, number)
);

CREATE INDEX comment_attachments_by_digest ON comment_attachments (consultation, digest);

-- What was attached is neither changed nor taken away; that its bytes are gone is
-- said elsewhere.
CREATE TRIGGER comment_attachments_refuse_change BEFORE UPDATE OF consultation, number, place, digest, media_type, size ON comment_attachments
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE comment_attachments ENABLE ALWAYS TRIGGER comment_attachments_refuse_change;

CREATE TRIGGER comment_attachments_refuse_delete BEFORE DELETE OR TRUNCATE ON comment_attachments
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE comment_attachments ENABLE ALWAYS TRIGGER comment_attachments_refuse_delete;
