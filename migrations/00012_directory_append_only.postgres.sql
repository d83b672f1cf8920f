-- +goose Up
-- Who was given what, and by whom, only grows.

CREATE TRIGGER directory_log_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON directory_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE directory_log ENABLE ALWAYS TRIGGER directory_log_refuse_change;

CREATE TRIGGER directory_refuse_delete BEFORE DELETE OR TRUNCATE ON directory
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE directory ENABLE ALWAYS TRIGGER directory_refuse_delete;
