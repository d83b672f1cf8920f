-- +goose Up
-- The record only grows, whoever writes to the database. The triggers are
-- ALWAYS enabled, so that session_replication_role does not silence them.

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: it is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
-- +goose StatementEnd

CREATE TRIGGER entries_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_refuse_change;

CREATE TRIGGER log_hashes_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON log_hashes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE log_hashes ENABLE ALWAYS TRIGGER log_hashes_refuse_change;

CREATE TRIGGER checkpoints_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE checkpoints ENABLE ALWAYS TRIGGER checkpoints_refuse_change;

CREATE TRIGGER logs_refuse_delete BEFORE DELETE OR TRUNCATE ON logs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE logs ENABLE ALWAYS TRIGGER logs_refuse_delete;

-- A log grows by one entry at a time.
CREATE TRIGGER logs_grow_by_one BEFORE UPDATE ON logs
    FOR EACH ROW WHEN (NEW.organ <> OLD.organ OR NEW.size <> OLD.size + 1)
    EXECUTE FUNCTION refuse_change();
ALTER TABLE logs ENABLE ALWAYS TRIGGER logs_grow_by_one;

-- An opening may be removed, as the law of personal data asks, never altered.
CREATE TRIGGER openings_refuse_change BEFORE UPDATE OR TRUNCATE ON openings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE openings ENABLE ALWAYS TRIGGER openings_refuse_change;

-- What has judged a case stays as it was.
CREATE TRIGGER contents_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON contents
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE contents ENABLE ALWAYS TRIGGER contents_refuse_change;
