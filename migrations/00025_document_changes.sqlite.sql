-- +goose Up

-- What entries have changed in the register of normative documents. How a document
-- stands at a date is computed from these rows and kept nowhere.
CREATE TABLE document_changes (
    case_id      TEXT   NOT NULL,
    sequence     BIGINT NOT NULL,
    position     BIGINT NOT NULL,
    organ        TEXT   NOT NULL,
    practice     BIGINT NOT NULL CHECK (practice IN (0, 1)),
    document     TEXT   NOT NULL,
    change       TEXT   NOT NULL,
    from_day     TEXT   NOT NULL,
    until_day    TEXT   NOT NULL,
    published_on TEXT   NOT NULL,
    title        TEXT   NOT NULL,
    folded       TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    clauses      TEXT   NOT NULL,
    brought_by   TEXT   NOT NULL,
    recorded_on  TEXT   NOT NULL,
    PRIMARY KEY (case_id, sequence, position)
);

CREATE INDEX document_changes_by_document ON document_changes (practice, organ, document);

-- What organs have filed with the organs that review it, with the papers that they sent.
CREATE TABLE filings (
    case_id  TEXT   NOT NULL,
    sequence BIGINT NOT NULL,
    organ    TEXT   NOT NULL,
    practice BIGINT NOT NULL CHECK (practice IN (0, 1)),
    document TEXT   NOT NULL,
    title    TEXT   NOT NULL,
    body     TEXT   NOT NULL,
    filed_on TEXT   NOT NULL,
    pack     TEXT   NOT NULL,
    papers   TEXT   NOT NULL,
    PRIMARY KEY (case_id, sequence)
);

CREATE INDEX filings_by_organ ON filings (organ, filed_on, case_id);

-- +goose StatementBegin
CREATE TRIGGER document_changes_refuse_update BEFORE UPDATE ON document_changes
BEGIN SELECT RAISE(ABORT, 'changes of the register are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER document_changes_refuse_delete BEFORE DELETE ON document_changes
BEGIN SELECT RAISE(ABORT, 'changes of the register are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER document_changes_refuse_replace BEFORE INSERT ON document_changes
WHEN EXISTS (SELECT 1 FROM document_changes WHERE case_id = NEW.case_id AND sequence = NEW.sequence AND position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'changes of the register are append-only'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER filings_refuse_update BEFORE UPDATE ON filings
BEGIN SELECT RAISE(ABORT, 'filings are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER filings_refuse_delete BEFORE DELETE ON filings
BEGIN SELECT RAISE(ABORT, 'filings are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER filings_refuse_replace BEFORE INSERT ON filings
WHEN EXISTS (SELECT 1 FROM filings WHERE case_id = NEW.case_id AND sequence = NEW.sequence)
BEGIN SELECT RAISE(ABORT, 'filings are append-only'); END;
-- +goose StatementEnd
