-- +goose Up

-- A closed account keeps its login: nobody else gets it.
ALTER TABLE accounts ADD COLUMN closed_at BIGINT;

CREATE INDEX accounts_by_organ ON accounts (organ, login);

-- When they were used last, to a minute.
ALTER TABLE sessions ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tokens ADD COLUMN used_at BIGINT;

-- Who gave and took whom which way to sign in, and why.
CREATE TABLE account_log (
    number    BIGINT NOT NULL PRIMARY KEY,
    at        BIGINT NOT NULL,
    organ     TEXT   NOT NULL,
    person    TEXT   NOT NULL,
    by_person TEXT   NOT NULL,
    act       TEXT   NOT NULL,
    object    TEXT   NOT NULL,
    reason    TEXT   NOT NULL
);

CREATE INDEX account_log_by_organ ON account_log (organ, number);

-- How many attempts to sign in as nobody who is known there were in an hour: the one
-- of the last of them. What comes after the first so many is counted and not logged.
CREATE TABLE unknown_sign_ins (
    one      BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    hour     BIGINT NOT NULL,
    attempts BIGINT NOT NULL
);

CREATE TRIGGER account_log_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON account_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE account_log ENABLE ALWAYS TRIGGER account_log_refuse_change;

CREATE TRIGGER accounts_refuse_delete BEFORE DELETE OR TRUNCATE ON accounts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE accounts ENABLE ALWAYS TRIGGER accounts_refuse_delete;
