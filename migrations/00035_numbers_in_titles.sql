-- +goose Up

-- Cases are found by the whole numbers of their titles too: all are listed anew when
-- the database is opened.
UPDATE cases SET listed = 0;
