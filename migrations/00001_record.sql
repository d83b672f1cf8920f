-- +goose Up

-- One log an organ. The row is what serialises the recorders of the organ.
CREATE TABLE logs (
    organ TEXT   NOT NULL PRIMARY KEY,
    size  BIGINT NOT NULL CHECK (size >= 0)
);

-- The hashes of the Merkle tree of a log, in the order of stored hashes.
CREATE TABLE log_hashes (
    organ    TEXT   NOT NULL,
    position BIGINT NOT NULL CHECK (position >= 0),
    hash     BYTEA  NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (organ, position)
);

-- Signed heads of a log.
CREATE TABLE checkpoints (
    organ     TEXT   NOT NULL,
    tree_size BIGINT NOT NULL CHECK (tree_size >= 0),
    number    BIGINT NOT NULL,
    note      BYTEA  NOT NULL,
    PRIMARY KEY (organ, number)
);

-- The record. The leaf holds commitments only; what they commit to is in
-- openings, which can be removed one by one while the leaf still proves itself.
CREATE TABLE entries (
    case_id   TEXT   NOT NULL,
    sequence  BIGINT NOT NULL CHECK (sequence >= 1),
    organ     TEXT   NOT NULL,
    log_index BIGINT NOT NULL CHECK (log_index >= 0),
    prev      BYTEA  NOT NULL CHECK (length(prev) = 32),
    leaf      BYTEA  NOT NULL,
    PRIMARY KEY (case_id, sequence),
    UNIQUE (organ, log_index)
);

CREATE TABLE openings (
    case_id  TEXT   NOT NULL,
    sequence BIGINT NOT NULL,
    field    TEXT   NOT NULL,
    salt     BYTEA  NOT NULL,
    value    BYTEA  NOT NULL,
    PRIMARY KEY (case_id, sequence, field),
    FOREIGN KEY (case_id, sequence) REFERENCES entries (case_id, sequence)
);

-- The read model: a case as its entries have left it, and the columns to list
-- cases by.
CREATE TABLE cases (
    id           TEXT   NOT NULL PRIMARY KEY,
    organ        TEXT   NOT NULL,
    procedure    TEXT   NOT NULL,
    title        TEXT   NOT NULL,
    title_folded TEXT   NOT NULL,
    category     TEXT   NOT NULL,
    status       TEXT   NOT NULL,
    reached_end  TEXT   NOT NULL,
    practice     BIGINT NOT NULL CHECK (practice IN (0, 1)),
    opened_on    TEXT   NOT NULL,
    updated_on   TEXT   NOT NULL,
    opened_at    BIGINT NOT NULL,
    sequence     BIGINT NOT NULL,
    steps        TEXT   NOT NULL,
    state        TEXT   NOT NULL
);

CREATE INDEX cases_by_opening ON cases (organ, opened_at, id);

-- Definitions, rule packs and calendars that judge cases.
CREATE TABLE contents (
    digest TEXT  NOT NULL PRIMARY KEY,
    kind   TEXT  NOT NULL,
    bytes  BYTEA NOT NULL
);

-- Documents of the files of an organ. The content is null once it was removed.
CREATE TABLE documents (
    organ      TEXT   NOT NULL,
    digest     TEXT   NOT NULL,
    title      TEXT   NOT NULL,
    media_type TEXT   NOT NULL,
    size       BIGINT NOT NULL,
    content    BYTEA,
    stored_at  BIGINT NOT NULL,
    purged_at  BIGINT,
    PRIMARY KEY (organ, digest)
);

-- Bearer tokens. The secret itself is stored nowhere.
CREATE TABLE tokens (
    id         TEXT   NOT NULL PRIMARY KEY,
    hash       TEXT   NOT NULL UNIQUE,
    organ      TEXT   NOT NULL,
    holder     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE INDEX tokens_by_organ ON tokens (organ, created_at);

-- Acts that were refused before they entered the record of a case.
CREATE TABLE refusals (
    id         TEXT   NOT NULL PRIMARY KEY,
    refused_at BIGINT NOT NULL,
    organ      TEXT   NOT NULL,
    case_id    TEXT   NOT NULL,
    person     TEXT   NOT NULL,
    act_id     TEXT   NOT NULL,
    act        TEXT   NOT NULL,
    code       TEXT   NOT NULL,
    field      TEXT   NOT NULL,
    message_zh TEXT   NOT NULL,
    message_en TEXT   NOT NULL
);

CREATE INDEX refusals_by_organ ON refusals (organ, refused_at, id);

-- Histories of the workflow runs of a case, kept past the engine's retention.
CREATE TABLE histories (
    case_id TEXT   NOT NULL,
    run_id  TEXT   NOT NULL,
    number  BIGINT NOT NULL,
    history BYTEA  NOT NULL,
    PRIMARY KEY (case_id, run_id),
    UNIQUE (case_id, number)
);
