-- +goose Up
-- Who put which rules into use is part of the record: it only grows.

CREATE TRIGGER releases_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON releases
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE releases ENABLE ALWAYS TRIGGER releases_refuse_change;

CREATE TRIGGER activations_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON activations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE activations ENABLE ALWAYS TRIGGER activations_refuse_change;

CREATE TRIGGER approvals_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON approvals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE approvals ENABLE ALWAYS TRIGGER approvals_refuse_change;
