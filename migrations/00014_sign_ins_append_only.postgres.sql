-- +goose Up
-- Who signed in, or tried to, only grows.

CREATE TRIGGER sign_ins_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON sign_ins
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE sign_ins ENABLE ALWAYS TRIGGER sign_ins_refuse_change;
