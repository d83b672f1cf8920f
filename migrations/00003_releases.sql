-- +goose Up

-- Releases of rule packs. The archive is in contents under the same digest; the
-- note is the statement with the signatures of those who released it.
CREATE TABLE releases (
    digest        TEXT   NOT NULL PRIMARY KEY REFERENCES contents (digest),
    pack_id       TEXT   NOT NULL,
    pack          TEXT   NOT NULL,
    revision      BIGINT NOT NULL CHECK (revision >= 1),
    in_force_from TEXT   NOT NULL,
    in_force_to   TEXT   NOT NULL,
    note          BYTEA  NOT NULL,
    UNIQUE (pack, revision)
);

-- Who asked that a release be put into use for an organ, with the signature.
CREATE TABLE activations (
    id           TEXT   NOT NULL PRIMARY KEY,
    organ        TEXT   NOT NULL,
    digest       TEXT   NOT NULL REFERENCES releases (digest),
    requested_by TEXT   NOT NULL,
    request      TEXT   NOT NULL,
    requested_at BIGINT NOT NULL,
    UNIQUE (id, requested_by)
);

CREATE INDEX activations_by_organ ON activations (organ, digest);

-- Who else approved it. From then on it counts; what was approved later never
-- changes what was known before.
CREATE TABLE approvals (
    activation   TEXT   NOT NULL PRIMARY KEY,
    requested_by TEXT   NOT NULL,
    approved_by  TEXT   NOT NULL CHECK (approved_by <> requested_by),
    approval     TEXT   NOT NULL,
    approved_at  BIGINT NOT NULL UNIQUE,
    FOREIGN KEY (activation, requested_by) REFERENCES activations (id, requested_by)
);
