-- +goose Up

-- What others are told of each entry, written with it. The number is the place
-- of the entry in the organ's log, plus one: it rises without a gap, and nobody
-- sees a number before all smaller ones.
CREATE TABLE outbox (
    organ    TEXT   NOT NULL,
    number   BIGINT NOT NULL CHECK (number >= 1),
    case_id  TEXT   NOT NULL,
    sequence BIGINT NOT NULL CHECK (sequence >= 1),
    kind     TEXT   NOT NULL,
    practice BIGINT NOT NULL CHECK (practice IN (0, 1)),
    event    TEXT   NOT NULL,
    PRIMARY KEY (organ, number),
    UNIQUE (case_id, sequence)
);

-- Who is told by HTTP. The secret itself is stored nowhere: it follows from a
-- key outside the database, the id and the version. Delivered is the number up
-- to which everything was accepted by the receiver, or is not for it.
CREATE TABLE webhooks (
    organ         TEXT   NOT NULL,
    id            TEXT   NOT NULL,
    url           TEXT   NOT NULL,
    description   TEXT   NOT NULL,
    kinds         TEXT   NOT NULL,
    case_id       TEXT   NOT NULL,
    practice      BIGINT NOT NULL CHECK (practice IN (0, 1)),
    state         TEXT   NOT NULL,
    version       BIGINT NOT NULL CHECK (version >= 1),
    rotated_at    BIGINT NOT NULL,
    delivered     BIGINT NOT NULL CHECK (delivered >= 0),
    attempts      BIGINT NOT NULL,
    failing_since BIGINT NOT NULL,
    next_at       BIGINT NOT NULL,
    last_error    TEXT   NOT NULL,
    created_by    TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (organ, id)
);

CREATE INDEX webhooks_by_turn ON webhooks (state, next_at);

-- Which process does what only one may do at a time, and until when.
CREATE TABLE leases (
    name       TEXT   NOT NULL PRIMARY KEY,
    holder     TEXT   NOT NULL,
    held_until BIGINT NOT NULL
);
