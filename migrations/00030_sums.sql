-- +goose Up

-- What happened, summed up by month: figures of years do not go through every entry.
CREATE TABLE happening_months (
    organ     TEXT   NOT NULL,
    practice  BIGINT NOT NULL CHECK (practice IN (0, 1)),
    kind      TEXT   NOT NULL,
    month     TEXT   NOT NULL,
    procedure TEXT   NOT NULL,
    subject   TEXT   NOT NULL,
    other     TEXT   NOT NULL,
    n         BIGINT NOT NULL,
    PRIMARY KEY (organ, practice, kind, month, procedure, subject, other)
);

INSERT INTO happening_months (organ, practice, kind, month, procedure, subject, other, n)
SELECT   organ, practice, kind, substr(on_date, 1, 7), procedure, subject, other, COUNT(*)
FROM     happenings
GROUP BY organ, practice, kind, substr(on_date, 1, 7), procedure, subject, other;

-- The years in which an organ asked the public or published a decision, with the
-- instant from which the public may know.
CREATE TABLE public_years (
    organ    TEXT   NOT NULL,
    year     BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    PRIMARY KEY (organ, year)
);

INSERT INTO public_years (organ, year, first_at)
SELECT   organ, CAST(substr(on_date, 1, 4) AS BIGINT), MIN(at)
FROM     (SELECT organ, opens_on AS on_date, opens_at AS at FROM consultations WHERE shown = 1
          UNION ALL
          SELECT organ, published_on, published_at FROM publications WHERE shown = 1) AS shown_ones
GROUP BY organ, substr(on_date, 1, 4);

-- The lists of the public are searched in the index: the rows hold papers.
DROP INDEX publications_by_date;
CREATE INDEX publications_by_date ON publications (published_at, case_id, shown, organ, published_on, title_folded);
DROP INDEX consultations_by_end;
CREATE INDEX consultations_by_end ON consultations (closes_at, id, shown, open, opens_at, organ, opens_on, title_folded);
