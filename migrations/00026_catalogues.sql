-- +goose Up

-- What was published: a decision, or "catalogue", an annual catalogue of decisions, whose
-- number is its year.
ALTER TABLE publications ADD COLUMN kind TEXT NOT NULL DEFAULT '';
