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

-- +goose StatementBegin
CREATE TRIGGER reviews_refuse_update BEFORE UPDATE ON reviews
BEGIN SELECT RAISE(ABORT, 'reviews are append-only'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER reviews_refuse_delete BEFORE DELETE ON reviews
BEGIN SELECT RAISE(ABORT, 'reviews are append-only'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER reviews_refuse_replace BEFORE INSERT ON reviews
WHEN EXISTS (SELECT 1 FROM reviews WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'reviews are append-only'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER review_versions_refuse_update BEFORE UPDATE ON review_versions
BEGIN SELECT RAISE(ABORT, 'reviews are append-only'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER review_versions_refuse_delete BEFORE DELETE ON review_versions
BEGIN SELECT RAISE(ABORT, 'reviews are append-only'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER review_versions_refuse_replace BEFORE INSERT ON review_versions
WHEN EXISTS (SELECT 1 FROM review_versions WHERE review = NEW.review AND (number = NEW.number OR finished = 1))
BEGIN SELECT RAISE(ABORT, 'reviews are append-only'); END;
-- +goose StatementEnd
