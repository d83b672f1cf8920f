-- +goose Up

-- What somebody typed into the form of an act and has not done yet. It is the
-- person's own, and no part of the record.
CREATE TABLE form_drafts (
    organ    TEXT   NOT NULL,
    person   TEXT   NOT NULL,
    case_id  TEXT   NOT NULL,
    act      TEXT   NOT NULL,
    content  TEXT   NOT NULL,
    saved_at BIGINT NOT NULL,
    PRIMARY KEY (organ, person, case_id, act)
);
