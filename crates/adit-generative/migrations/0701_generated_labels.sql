-- What a language model says about comments of datasets that lack examples. Derived: it may be emptied at any time.
CREATE TABLE generated_labels (
    dataset_id BIGINT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    comment_seq BIGINT NOT NULL REFERENCES comments (seq) ON DELETE CASCADE,
    text_hash TEXT NOT NULL,
    taxonomy TEXT NOT NULL,
    labels TEXT NOT NULL,
    PRIMARY KEY (dataset_id, comment_seq)
);
CREATE INDEX generated_labels_by_comment ON generated_labels (comment_seq);
