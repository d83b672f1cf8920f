-- +goose Up
-- Who was given what, and by whom, only grows.

CREATE TRIGGER directory_log_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON directory_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE directory_log ENABLE ALWAYS TRIGGER directory_log_refuse_change;

CREATE TRIGGER directory_refuse_delete BEFORE DELETE OR TRUNCATE ON directory
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE directory ENABLE ALWAYS TRIGGER directory_refuse_delete;

-- A record stays what and whose it is, and goes from one version to the next.
CREATE TRIGGER directory_grows_by_one BEFORE UPDATE ON directory
    FOR EACH ROW WHEN (NEW.version <> OLD.version + 1 OR NEW.kind <> OLD.kind OR NEW.id <> OLD.id OR NEW.organ <> OLD.organ OR NEW.person <> OLD.person)
    EXECUTE FUNCTION refuse_change();
ALTER TABLE directory ENABLE ALWAYS TRIGGER directory_grows_by_one;
