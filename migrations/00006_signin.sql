-- +goose Up

-- Local accounts. Only a hash of the password is kept.
CREATE TABLE accounts (
    login        TEXT   NOT NULL PRIMARY KEY,
    organ        TEXT   NOT NULL,
    person       TEXT   NOT NULL,
    hash         TEXT   NOT NULL,
    must_change  BIGINT NOT NULL CHECK (must_change IN (0, 1)),
    failures     BIGINT NOT NULL,
    locked_until BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    UNIQUE (organ, person)
);

-- Who has signed in. The key is a hash of what the cookie holds.
CREATE TABLE sessions (
    hash       TEXT   NOT NULL PRIMARY KEY,
    id         TEXT   NOT NULL,
    organ      TEXT   NOT NULL,
    person     TEXT   NOT NULL,
    data       BYTEA  NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX sessions_by_person ON sessions (organ, person, expires_at);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- Subjects of identity providers, bound to people by an administrator.
CREATE TABLE identities (
    issuer   TEXT   NOT NULL,
    subject  TEXT   NOT NULL,
    organ    TEXT   NOT NULL,
    person   TEXT   NOT NULL,
    bound_by TEXT   NOT NULL,
    bound_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);

-- Who signed in, or tried to. Addresses are shortened to their network.
CREATE TABLE sign_ins (
    number  BIGINT NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL,
    organ   TEXT   NOT NULL,
    person  TEXT   NOT NULL,
    method  TEXT   NOT NULL,
    outcome TEXT   NOT NULL,
    network TEXT   NOT NULL,
    detail  TEXT   NOT NULL
);

CREATE INDEX sign_ins_by_organ ON sign_ins (organ, number);

-- One-time links for the first administrator. The secret itself is stored nowhere.
CREATE TABLE first_links (
    hash       TEXT   NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);

ALTER TABLE tokens ADD COLUMN scopes TEXT NOT NULL DEFAULT '';
