-- +goose Up

-- Packages of other installations: what was filed with an organ, and answers to what it
-- has filed. Their documents are stored as documents; parts is the rest of the package.
CREATE TABLE filing_packages (
    organ      TEXT   NOT NULL,
    digest     TEXT   NOT NULL,
    kind       TEXT   NOT NULL CHECK (kind IN ('filing', 'answer')),
    practice   BIGINT NOT NULL CHECK (practice IN (0, 1)),
    peer       TEXT   NOT NULL,
    peer_key   TEXT   NOT NULL,
    about      TEXT   NOT NULL,
    document   TEXT   NOT NULL,
    statement  BYTEA  NOT NULL,
    parts      BYTEA  NOT NULL,
    at         BIGINT NOT NULL,
    by_person  TEXT   NOT NULL,
    by_name    TEXT   NOT NULL,
    PRIMARY KEY (organ, digest)
);

-- What clean-ups have put into a plan, by the day on which it is to be done.
CREATE TABLE planned_documents (
    case_id  TEXT NOT NULL,
    document TEXT NOT NULL,
    organ    TEXT NOT NULL,
    due      TEXT NOT NULL,
    PRIMARY KEY (case_id, document)
);

CREATE INDEX planned_documents_by_due ON planned_documents (organ, due);

CREATE INDEX filing_packages_by_time ON filing_packages (organ, kind, at, digest);
CREATE INDEX filing_packages_by_case ON filing_packages (organ, kind, peer, about);

-- +goose StatementBegin
CREATE TRIGGER filing_packages_refuse_update BEFORE UPDATE ON filing_packages
BEGIN SELECT RAISE(ABORT, 'filing packages are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER filing_packages_refuse_delete BEFORE DELETE ON filing_packages
BEGIN SELECT RAISE(ABORT, 'filing packages are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER filing_packages_refuse_replace BEFORE INSERT ON filing_packages
WHEN EXISTS (SELECT 1 FROM filing_packages WHERE organ = NEW.organ AND digest = NEW.digest)
BEGIN SELECT RAISE(ABORT, 'filing packages are append-only'); END;
-- +goose StatementEnd
