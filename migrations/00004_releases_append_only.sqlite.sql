-- +goose Up
-- Who put which rules into use is part of the record: it only grows.

-- +goose StatementBegin
CREATE TRIGGER releases_refuse_update BEFORE UPDATE ON releases
BEGIN SELECT RAISE(ABORT, 'releases are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER releases_refuse_delete BEFORE DELETE ON releases
BEGIN SELECT RAISE(ABORT, 'releases are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER releases_refuse_replace BEFORE INSERT ON releases
WHEN EXISTS (SELECT 1 FROM releases WHERE digest = NEW.digest)
  OR EXISTS (SELECT 1 FROM releases WHERE pack = NEW.pack AND revision = NEW.revision)
BEGIN SELECT RAISE(ABORT, 'releases are append-only'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER activations_refuse_update BEFORE UPDATE ON activations
BEGIN SELECT RAISE(ABORT, 'activations are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER activations_refuse_delete BEFORE DELETE ON activations
BEGIN SELECT RAISE(ABORT, 'activations are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER activations_refuse_replace BEFORE INSERT ON activations
WHEN EXISTS (SELECT 1 FROM activations WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'activations are append-only'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER approvals_refuse_update BEFORE UPDATE ON approvals
BEGIN SELECT RAISE(ABORT, 'approvals are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER approvals_refuse_delete BEFORE DELETE ON approvals
BEGIN SELECT RAISE(ABORT, 'approvals are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER approvals_refuse_replace BEFORE INSERT ON approvals
WHEN EXISTS (SELECT 1 FROM approvals WHERE activation = NEW.activation)
  OR EXISTS (SELECT 1 FROM approvals WHERE approved_at = NEW.approved_at)
BEGIN SELECT RAISE(ABORT, 'approvals are append-only'); END;
-- +goose StatementEnd
