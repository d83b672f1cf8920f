-- +goose Up

-- Reviews of whole files by auditors. They are no part of the record of a case.
CREATE TABLE reviews (
    id        TEXT   NOT NULL PRIMARY KEY,
    organ     TEXT   NOT NULL,
    case_id   TEXT   NOT NULL,
    practice  BIGINT NOT NULL CHECK (practice IN (0, 1)),
    checklist TEXT   NOT NULL,
    follows   TEXT   NOT NULL,
    by_organ  TEXT   NOT NULL,
    by_person TEXT   NOT NULL,
    by_name   TEXT   NOT NULL,
    at        BIGINT NOT NULL
);

CREATE INDEX reviews_by_organ ON reviews (organ, at, id);
CREATE INDEX reviews_by_case ON reviews (case_id, at, id);

-- Each time that one was kept; the last one counts.
CREATE TABLE review_versions (
    review   TEXT   NOT NULL REFERENCES reviews (id),
    number   BIGINT NOT NULL CHECK (number >= 1),
    finished BIGINT NOT NULL CHECK (finished IN (0, 1)),
    head     BIGINT NOT NULL,
    hash     TEXT   NOT NULL,
    score    BIGINT NOT NULL,
    grade    TEXT   NOT NULL,
    sheet    TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (review, number)
);

-- It is finished once.
CREATE UNIQUE INDEX reviews_finished_once ON review_versions (review) WHERE finished = 1;

CREATE TRIGGER reviews_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON reviews
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE reviews ENABLE ALWAYS TRIGGER reviews_refuse_change;

CREATE TRIGGER review_versions_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON review_versions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE review_versions ENABLE ALWAYS TRIGGER review_versions_refuse_change;
