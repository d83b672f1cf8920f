-- +goose Up

-- When the last entry of a case was recorded, and whether its terms are written.
ALTER TABLE cases ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN listed BIGINT NOT NULL DEFAULT 0;

CREATE INDEX cases_by_update ON cases (organ, updated_at, id);
CREATE INDEX cases_by_opening_date ON cases (organ, opened_on);
CREATE INDEX cases_unlisted ON cases (id) WHERE listed = 0;

-- What lists are narrowed by, inverted: values of columns, running steps, and
-- the characters of titles alone, in pairs and in threes, each hashed with the
-- organ.
CREATE TABLE case_terms (
    term      BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    case_id   TEXT   NOT NULL,
    PRIMARY KEY (term, opened_at, case_id)
) WITHOUT ROWID;

-- Answers to writes that came with an idempotency key. An answer is null while
-- the write is under way, and stays so when it was broken off.
CREATE TABLE replies (
    caller      TEXT   NOT NULL,
    route       TEXT   NOT NULL,
    idem_key    TEXT   NOT NULL,
    fingerprint TEXT   NOT NULL,
    begun_at    BIGINT NOT NULL,
    answer      BYTEA,
    PRIMARY KEY (caller, route, idem_key)
);

CREATE INDEX replies_by_age ON replies (begun_at);
