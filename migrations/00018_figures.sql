-- +goose Up

-- What entries tell of that figures count. Computed from the record.
CREATE TABLE happenings (
    case_id   TEXT   NOT NULL,
    sequence  BIGINT NOT NULL,
    number    BIGINT NOT NULL,
    organ     TEXT   NOT NULL,
    practice  BIGINT NOT NULL CHECK (practice IN (0, 1)),
    procedure TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    on_date   TEXT   NOT NULL,
    subject   TEXT   NOT NULL,
    other     TEXT   NOT NULL,
    PRIMARY KEY (case_id, sequence, number)
);

CREATE INDEX happenings_by_kind ON happenings (organ, practice, kind, on_date, procedure, subject, other);
CREATE INDEX cases_by_figure ON cases (organ, practice, status, opened_on, updated_on, procedure, steps);
CREATE INDEX consultations_by_organ ON consultations (organ, opens_on, id);
CREATE INDEX comments_by_disposition ON comments (consultation, disposition, withdrawn);
