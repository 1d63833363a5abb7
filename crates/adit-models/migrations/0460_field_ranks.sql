-- In which order people should look at the fields of comments; derived, next to the predicted fields.
CREATE TABLE field_ranks (
    dataset_id BIGINT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    comment_seq BIGINT NOT NULL REFERENCES comments (seq) ON DELETE CASCADE,
    question TEXT {{bytewise}} NOT NULL,
    type_id TEXT {{bytewise}} NOT NULL,
    sureness DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (dataset_id, question, type_id, comment_seq)
);
CREATE INDEX field_ranks_by_comment ON field_ranks (comment_seq);
