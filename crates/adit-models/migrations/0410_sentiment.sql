-- What a version learnt about sentiment; no blob where it knows no more than the program does.
CREATE TABLE model_sentiments (
    dataset_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    fingerprint TEXT NOT NULL,
    blob TEXT,
    PRIMARY KEY (dataset_id, version),
    FOREIGN KEY (dataset_id, version) REFERENCES models (dataset_id, version) ON DELETE CASCADE
);
CREATE INDEX model_sentiments_by_blob ON model_sentiments (blob);
-- Derived: how well a comment speaks of a predicted label; none in datasets without sentiment.
ALTER TABLE predicted_labels ADD COLUMN sentiment DOUBLE PRECISION;
-- Derived: what the newest version makes of a comment as a whole. `net` is what the text alone says, from -1 to 1;
-- the label properties also hold what the labels add, from -10 to 10.
CREATE TABLE predicted_scores (
    dataset_id BIGINT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    comment_seq BIGINT NOT NULL REFERENCES comments (seq) ON DELETE CASCADE,
    net DOUBLE PRECISION NOT NULL,
    sentiment DOUBLE PRECISION,
    tone DOUBLE PRECISION NOT NULL,
    quality_of_service DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (dataset_id, comment_seq)
);
CREATE INDEX predicted_scores_by_tone ON predicted_scores (dataset_id, tone, comment_seq);
CREATE INDEX predicted_scores_by_quality ON predicted_scores (dataset_id, quality_of_service, comment_seq);
CREATE INDEX predicted_scores_by_comment ON predicted_scores (comment_seq);
-- Derived: with which impacts of labels the scores of a dataset were computed.
CREATE TABLE scored_datasets (
    dataset_id BIGINT PRIMARY KEY REFERENCES datasets (id) ON DELETE CASCADE,
    impacts TEXT NOT NULL
);
