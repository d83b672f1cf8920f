-- +goose Up

-- What open cases await, one row for each role, or person in it, and running step.
-- Computed from the case; due_on of a task without a due date is the last day of all.
CREATE TABLE tasks (
    id          TEXT   NOT NULL PRIMARY KEY,
    organ       TEXT   NOT NULL,
    case_id     TEXT   NOT NULL,
    step        TEXT   NOT NULL,
    round       BIGINT NOT NULL,
    role        TEXT   NOT NULL,
    person      TEXT   NOT NULL,
    unit        TEXT   NOT NULL,
    title       TEXT   NOT NULL,
    step_zh     TEXT   NOT NULL,
    step_en     TEXT   NOT NULL,
    since_on    TEXT   NOT NULL,
    due_on      TEXT   NOT NULL,
    provisional BIGINT NOT NULL CHECK (provisional IN (0, 1)),
    deadline    TEXT   NOT NULL,
    breached    BIGINT NOT NULL CHECK (breached IN (0, 1)),
    practice    BIGINT NOT NULL CHECK (practice IN (0, 1)),
    clock       TEXT   NOT NULL,
    definition  TEXT   NOT NULL,
    calendar    TEXT   NOT NULL
);

CREATE INDEX tasks_by_case ON tasks (case_id);
CREATE INDEX tasks_by_due ON tasks (organ, practice, due_on, since_on, id, role, person, unit);
CREATE INDEX tasks_by_desk ON tasks (organ, practice, role, person, due_on, since_on, id);
CREATE INDEX tasks_by_unit ON tasks (organ, practice, role, person, unit, due_on, since_on, id);

-- Who was told of what, by which channel, and what became of it. An empty outcome:
-- still to be sent.
CREATE TABLE notices (
    id         TEXT   NOT NULL PRIMARY KEY,
    organ      TEXT   NOT NULL,
    case_id    TEXT   NOT NULL,
    step       TEXT   NOT NULL,
    role       TEXT   NOT NULL,
    person     TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    deadline   TEXT   NOT NULL,
    due_on     TEXT   NOT NULL,
    practice   BIGINT NOT NULL CHECK (practice IN (0, 1)),
    channel    TEXT   NOT NULL,
    outcome    TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at    BIGINT
);

CREATE INDEX notices_by_case ON notices (case_id, kind, deadline);
CREATE INDEX notices_by_organ ON notices (organ, channel, created_at, id);
CREATE INDEX notices_to_send ON notices (channel, outcome, created_at, id);

-- Which version of its computation filled a list.
CREATE TABLE derivations (
    list    TEXT   NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL
);

-- Addresses under which a person's deadlines are read without signing in. The
-- secret itself is stored nowhere.
CREATE TABLE feeds (
    id         TEXT   NOT NULL PRIMARY KEY,
    hash       TEXT   NOT NULL UNIQUE,
    organ      TEXT   NOT NULL,
    person     TEXT   NOT NULL,
    token      TEXT   NOT NULL,
    title      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE INDEX feeds_by_person ON feeds (organ, person, created_at);
