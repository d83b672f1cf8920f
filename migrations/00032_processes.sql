-- +goose Up

-- Which keys the processes on this database work with, so that one that has others
-- is told so before it signs anything. A fingerprint tells nothing of its key.
CREATE TABLE installation_keys (
    name        TEXT   NOT NULL PRIMARY KEY,
    fingerprint TEXT   NOT NULL,
    noted_at    BIGINT NOT NULL
);

-- The last verification on the server that somebody asked for, also while it runs:
-- it may be asked after at another process.
CREATE TABLE verifications (
    organ    TEXT   NOT NULL,
    person   TEXT   NOT NULL,
    state    TEXT   NOT NULL,
    noted_at BIGINT NOT NULL,
    PRIMARY KEY (organ, person)
);
