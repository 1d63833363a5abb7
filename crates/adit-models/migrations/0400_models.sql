-- Model versions, their tags, and everything derived from them: embeddings and predictions.
CREATE TABLE models (
    dataset_id BIGINT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    trained_us BIGINT NOT NULL,
    input_us BIGINT NOT NULL,
    training_ms BIGINT NOT NULL,
    fingerprint TEXT NOT NULL,
    seed BIGINT NOT NULL,
    encoder TEXT NOT NULL,
    blob TEXT,
    report TEXT NOT NULL,
    label_ids TEXT NOT NULL,
    n_reviewed BIGINT NOT NULL,
    is_pinned BIGINT NOT NULL,
    is_starred BIGINT NOT NULL,
    description TEXT NOT NULL,
    PRIMARY KEY (dataset_id, version)
);
CREATE INDEX models_by_blob ON models (blob);
CREATE TABLE model_tags (
    dataset_id BIGINT NOT NULL,
    tag TEXT {{bytewise}} NOT NULL,
    version BIGINT NOT NULL,
    updated_us BIGINT NOT NULL,
    PRIMARY KEY (dataset_id, tag),
    FOREIGN KEY (dataset_id, version) REFERENCES models (dataset_id, version) ON DELETE CASCADE
);
CREATE TABLE embeddings (
    comment_seq BIGINT NOT NULL REFERENCES comments (seq) ON DELETE CASCADE,
    encoder TEXT {{bytewise}} NOT NULL,
    text_hash TEXT NOT NULL,
    vector {{blob}} NOT NULL,
    PRIMARY KEY (comment_seq, encoder)
);
-- Which version last predicted a comment, on which text; what is missing here still has to be predicted.
CREATE TABLE predicted_comments (
    dataset_id BIGINT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    comment_seq BIGINT NOT NULL REFERENCES comments (seq) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    text_hash TEXT NOT NULL,
    PRIMARY KEY (dataset_id, comment_seq)
);
CREATE INDEX predicted_comments_by_comment ON predicted_comments (comment_seq);
-- Probabilities worth keeping; a label absent here is below the floor.
CREATE TABLE predicted_labels (
    dataset_id BIGINT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    comment_seq BIGINT NOT NULL REFERENCES comments (seq) ON DELETE CASCADE,
    label_id BIGINT NOT NULL,
    probability DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (dataset_id, comment_seq, label_id)
);
CREATE INDEX predicted_labels_by_label ON predicted_labels (dataset_id, label_id, probability, comment_seq);
CREATE INDEX predicted_labels_by_comment ON predicted_labels (comment_seq);
