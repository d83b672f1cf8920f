-- +goose Up

-- Figures of the annual report as they were frozen. Each restates the one before.
CREATE TABLE annual_reports (
    organ      TEXT   NOT NULL,
    year       BIGINT NOT NULL,
    practice   BIGINT NOT NULL CHECK (practice IN (0, 1)),
    version    BIGINT NOT NULL CHECK (version >= 1),
    size       BIGINT NOT NULL,
    root       TEXT   NOT NULL,
    note       BYTEA  NOT NULL,
    digest     TEXT   NOT NULL,
    content    BYTEA  NOT NULL,
    by_organ   TEXT   NOT NULL,
    by_person  TEXT   NOT NULL,
    by_name    TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (organ, year, practice, version)
);

-- +goose StatementBegin
CREATE TRIGGER annual_reports_refuse_update BEFORE UPDATE ON annual_reports
BEGIN SELECT RAISE(ABORT, 'frozen figures are append-only'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER annual_reports_refuse_delete BEFORE DELETE ON annual_reports
BEGIN SELECT RAISE(ABORT, 'frozen figures are append-only'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER annual_reports_refuse_replace BEFORE INSERT ON annual_reports
WHEN EXISTS (SELECT 1 FROM annual_reports WHERE organ = NEW.organ AND year = NEW.year AND practice = NEW.practice AND version = NEW.version)
BEGIN SELECT RAISE(ABORT, 'frozen figures are append-only'); END;
-- +goose StatementEnd
