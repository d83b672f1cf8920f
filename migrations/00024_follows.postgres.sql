-- +goose Up

-- The case before, as the opening of a case says, so that those that follow one are found.
ALTER TABLE cases ADD COLUMN follows TEXT NOT NULL DEFAULT '';

UPDATE cases
SET    follows = COALESCE(state::json -> 'matter' ->> 'follows', '');

CREATE INDEX cases_by_follows ON cases (follows, organ, opened_at, id) WHERE follows <> '';
