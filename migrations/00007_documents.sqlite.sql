-- +goose Up

-- Documents whose bytes stand in a storage have no content here. A document that
-- is in quarantine may not be named in an act yet.
ALTER TABLE documents ADD COLUMN level TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN state TEXT NOT NULL DEFAULT 'clean';
ALTER TABLE documents ADD COLUMN reason TEXT NOT NULL DEFAULT '';

CREATE INDEX documents_in_quarantine ON documents (stored_at) WHERE state = 'quarantined';

-- Who stored a document, and under which title.
CREATE TABLE document_uploads (
    organ       TEXT   NOT NULL,
    digest      TEXT   NOT NULL,
    person      TEXT   NOT NULL,
    title       TEXT   NOT NULL,
    uploaded_at BIGINT NOT NULL,
    PRIMARY KEY (organ, digest, person)
);

-- Bytes that are to be removed from the storage: those of documents that were
-- purged, and those that were expected and perhaps never added.
CREATE TABLE document_removals (
    organ    TEXT   NOT NULL,
    digest   TEXT   NOT NULL,
    expected BIGINT NOT NULL CHECK (expected IN (0, 1)),
    since    BIGINT NOT NULL,
    PRIMARY KEY (organ, digest, expected)
);

-- Which case files a document.
CREATE TABLE case_documents (
    organ    TEXT   NOT NULL,
    digest   TEXT   NOT NULL,
    case_id  TEXT   NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (organ, digest, case_id)
);
