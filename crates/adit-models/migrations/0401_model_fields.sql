-- What a version knows about fields: its definitions, its weights and its validation.
CREATE TABLE model_fields (
    dataset_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    fingerprint TEXT NOT NULL,
    definition TEXT NOT NULL,
    report TEXT NOT NULL,
    blob TEXT,
    PRIMARY KEY (dataset_id, version),
    FOREIGN KEY (dataset_id, version) REFERENCES models (dataset_id, version) ON DELETE CASCADE
);
CREATE INDEX model_fields_by_blob ON model_fields (blob);
-- Which fields the newest version found in a comment; derived, next to the predicted labels.
CREATE TABLE predicted_fields (
    dataset_id BIGINT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    comment_seq BIGINT NOT NULL REFERENCES comments (seq) ON DELETE CASCADE,
    field_id TEXT {{bytewise}} NOT NULL,
    PRIMARY KEY (dataset_id, comment_seq, field_id)
);
CREATE INDEX predicted_fields_by_comment ON predicted_fields (comment_seq);
