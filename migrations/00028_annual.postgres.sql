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

CREATE TRIGGER annual_reports_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON annual_reports
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE annual_reports ENABLE ALWAYS TRIGGER annual_reports_refuse_change;
