-- +goose Up

-- What auditors found in cases. It is no part of the record of a case.
CREATE TABLE findings (
    id        TEXT   NOT NULL PRIMARY KEY,
    organ     TEXT   NOT NULL,
    case_id   TEXT   NOT NULL,
    practice  BIGINT NOT NULL CHECK (practice IN (0, 1)),
    entry     BIGINT NOT NULL,
    kind      TEXT   NOT NULL,
    severity  TEXT   NOT NULL,
    text      TEXT   NOT NULL,
    remedy    TEXT   NOT NULL,
    due       TEXT   NOT NULL,
    by_organ  TEXT   NOT NULL,
    by_person TEXT   NOT NULL,
    by_name   TEXT   NOT NULL,
    at        BIGINT NOT NULL
);

CREATE INDEX findings_by_organ ON findings (organ, at, id);
CREATE INDEX findings_by_case ON findings (case_id, at, id);

-- What became of them.
CREATE TABLE finding_events (
    finding   TEXT   NOT NULL REFERENCES findings (id),
    number    BIGINT NOT NULL CHECK (number >= 1),
    move      TEXT   NOT NULL,
    result    TEXT   NOT NULL,
    text      TEXT   NOT NULL,
    by_organ  TEXT   NOT NULL,
    by_person TEXT   NOT NULL,
    by_name   TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (finding, number)
);

-- +goose StatementBegin
CREATE TRIGGER findings_refuse_update BEFORE UPDATE ON findings
BEGIN SELECT RAISE(ABORT, 'findings are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER findings_refuse_delete BEFORE DELETE ON findings
BEGIN SELECT RAISE(ABORT, 'findings are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER findings_refuse_replace BEFORE INSERT ON findings
WHEN EXISTS (SELECT 1 FROM findings WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'findings are append-only'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER finding_events_refuse_update BEFORE UPDATE ON finding_events
BEGIN SELECT RAISE(ABORT, 'what became of a finding is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER finding_events_refuse_delete BEFORE DELETE ON finding_events
BEGIN SELECT RAISE(ABORT, 'what became of a finding is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER finding_events_refuse_replace BEFORE INSERT ON finding_events
WHEN EXISTS (SELECT 1 FROM finding_events WHERE finding = NEW.finding AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'what became of a finding is append-only'); END;
-- +goose StatementEnd
