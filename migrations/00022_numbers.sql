-- +goose Up

-- How the numbers of an organ's series are printed. The last row of a kind counts.
CREATE TABLE number_series (
    organ    TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    revision BIGINT NOT NULL,
    prefix   TEXT   NOT NULL,
    person   TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (organ, kind, revision)
);

-- The last number that was given. The row is the turn of whoever takes the next one.
CREATE TABLE number_turns (
    organ    TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    year     BIGINT NOT NULL,
    practice BIGINT NOT NULL CHECK (practice IN (0, 1)),
    last     BIGINT NOT NULL,
    PRIMARY KEY (organ, kind, year, practice)
);

-- Every number that was given, and the act that has it.
CREATE TABLE numbers (
    organ    TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    year     BIGINT NOT NULL,
    practice BIGINT NOT NULL CHECK (practice IN (0, 1)),
    serial   BIGINT NOT NULL,
    text     TEXT   NOT NULL,
    case_id  TEXT   NOT NULL,
    act_id   TEXT   NOT NULL,
    PRIMARY KEY (organ, kind, year, practice, serial),
    UNIQUE (case_id, act_id)
);
