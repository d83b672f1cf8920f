-- +goose Up

-- When a head of a log was signed, in milliseconds; 0: before this was noted.
ALTER TABLE checkpoints ADD COLUMN signed_at BIGINT NOT NULL DEFAULT 0;

-- What is overdue in real cases is counted here, over all organs.
CREATE INDEX tasks_overdue ON tasks (due_on, case_id, deadline) WHERE practice = 0;

-- Due dates that touch a year whose calendar is not announced are counted here.
CREATE INDEX tasks_provisional ON tasks (case_id, deadline) WHERE provisional = 1 AND practice = 0;
