-- +goose Up

-- Organs, units, people, appointments and mandates. Nothing is deleted: a record
-- ends by what its body says. The version grows by one with each change.
CREATE TABLE directory (
    kind    TEXT   NOT NULL,
    id      TEXT   NOT NULL,
    organ   TEXT   NOT NULL,
    person  TEXT   NOT NULL,
    version BIGINT NOT NULL CHECK (version >= 1),
    body    TEXT   NOT NULL,
    PRIMARY KEY (kind, id)
);

CREATE INDEX directory_by_organ ON directory (organ, kind, id);
CREATE INDEX directory_by_person ON directory (person, kind, id);

-- Who changed what, before and after.
CREATE TABLE directory_log (
    number     BIGINT NOT NULL PRIMARY KEY,
    changed_at BIGINT NOT NULL,
    organ      TEXT   NOT NULL,
    by_person  TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    before     TEXT   NOT NULL,
    after      TEXT   NOT NULL,
    UNIQUE (kind, id, version)
);

CREATE INDEX directory_log_by_organ ON directory_log (organ, number);
