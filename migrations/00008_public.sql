-- +goose Up

-- Calls for comments, as the record leaves them, and the count and running hash of
-- what came in. Comments stand outside the histories of cases.
CREATE TABLE consultations (
    id           TEXT   NOT NULL PRIMARY KEY,
    organ        TEXT   NOT NULL,
    case_id      TEXT   NOT NULL,
    step         TEXT   NOT NULL,
    round        BIGINT NOT NULL,
    title        TEXT   NOT NULL,
    title_folded TEXT   NOT NULL,
    opens_on     TEXT   NOT NULL,
    closes_on    TEXT   NOT NULL,
    opens_at     BIGINT NOT NULL,
    closes_at    BIGINT NOT NULL,
    channels     TEXT   NOT NULL,
    papers       TEXT   NOT NULL,
    open         BIGINT NOT NULL CHECK (open IN (0, 1)),
    shown        BIGINT NOT NULL CHECK (shown IN (0, 1)),
    adoption     BIGINT NOT NULL CHECK (adoption IN (0, 1)),
    received     BIGINT NOT NULL,
    chain        TEXT   NOT NULL,
    UNIQUE (case_id, step, round)
);

CREATE INDEX consultations_by_end ON consultations (closes_at, id);

-- Comments. A receipt is known by its hash alone. A comment that is withdrawn or
-- hidden stays counted.
CREATE TABLE comments (
    consultation TEXT   NOT NULL REFERENCES consultations (id),
    number       BIGINT NOT NULL,
    receipt_hash TEXT   NOT NULL UNIQUE,
    received_at  BIGINT NOT NULL,
    text         TEXT   NOT NULL,
    anchor       TEXT   NOT NULL,
    digest       TEXT   NOT NULL,
    salt         TEXT   NOT NULL,
    chain        TEXT   NOT NULL,
    withdrawn    BIGINT NOT NULL CHECK (withdrawn IN (0, 1)),
    visibility   TEXT   NOT NULL CHECK (visibility IN ('pending', 'published', 'hidden')),
    why          TEXT   NOT NULL,
    disposition  TEXT   NOT NULL,
    reason       TEXT   NOT NULL,
    PRIMARY KEY (consultation, number)
);

-- Personal data of those who commented, apart from what they said.
CREATE TABLE commenters (
    consultation TEXT   NOT NULL,
    number       BIGINT NOT NULL,
    name         TEXT   NOT NULL,
    contact      TEXT   NOT NULL,
    PRIMARY KEY (consultation, number)
);

-- Who moderated what, and why.
CREATE TABLE moderation_log (
    number       BIGINT NOT NULL PRIMARY KEY,
    at           BIGINT NOT NULL,
    organ        TEXT   NOT NULL,
    consultation TEXT   NOT NULL,
    comment      BIGINT NOT NULL,
    person       TEXT   NOT NULL,
    action       TEXT   NOT NULL,
    reason       TEXT   NOT NULL
);

CREATE INDEX moderation_by_consultation ON moderation_log (consultation, number);

-- Published decisions.
CREATE TABLE publications (
    case_id      TEXT   NOT NULL PRIMARY KEY,
    organ        TEXT   NOT NULL,
    title        TEXT   NOT NULL,
    title_folded TEXT   NOT NULL,
    number       TEXT   NOT NULL,
    published_on TEXT   NOT NULL,
    published_at BIGINT NOT NULL,
    papers       TEXT   NOT NULL,
    shown        BIGINT NOT NULL CHECK (shown IN (0, 1))
);

CREATE INDEX publications_by_date ON publications (published_at, case_id);
