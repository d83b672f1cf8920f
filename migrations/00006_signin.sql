-- +goose Up

-- Local accounts. Only a hash of the password is kept.
CREATE TABLE accounts (
    login       TEXT   NOT NULL PRIMARY KEY,
    organ       TEXT   NOT NULL,
    person      TEXT   NOT NULL,
    hash        TEXT   NOT NULL,
    must_change BIGINT NOT NULL CHECK (must_change IN (0, 1)),
    created_at  BIGINT NOT NULL,
    UNIQUE (organ, person)
);

-- Attempts to sign in by name since the last that succeeded, also by names that
-- nobody has. The name is kept as a hash.
CREATE TABLE sign_in_failures (
    name_hash    TEXT   NOT NULL PRIMARY KEY,
    failures     BIGINT NOT NULL,
    failed_at    BIGINT NOT NULL,
    locked_until BIGINT NOT NULL
);

CREATE INDEX sign_in_failures_by_age ON sign_in_failures (failed_at);

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
    id       TEXT   NOT NULL PRIMARY KEY,
    issuer   TEXT   NOT NULL,
    subject  TEXT   NOT NULL,
    organ    TEXT   NOT NULL,
    person   TEXT   NOT NULL,
    bound_by TEXT   NOT NULL,
    bound_at BIGINT NOT NULL,
    UNIQUE (issuer, subject)
);

CREATE INDEX identities_by_organ ON identities (organ, id);

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

-- One-time links for an administrator: of the organ, or of a first one that is made
-- then. The secret itself is stored nowhere.
CREATE TABLE first_links (
    hash       TEXT   NOT NULL PRIMARY KEY,
    organ      TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);

ALTER TABLE tokens ADD COLUMN scopes TEXT NOT NULL DEFAULT '';
