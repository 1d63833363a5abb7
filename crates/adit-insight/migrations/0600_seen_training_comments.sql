-- Which comments of a training action a user has been through.
CREATE TABLE seen_training_comments (
    dataset_id BIGINT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL,
    action_id TEXT {{bytewise}} NOT NULL,
    comment_seq BIGINT NOT NULL REFERENCES comments (seq) ON DELETE CASCADE,
    is_annotated BIGINT NOT NULL,
    seen_us BIGINT NOT NULL,
    PRIMARY KEY (dataset_id, user_id, action_id, comment_seq)
);
CREATE INDEX seen_training_comments_by_comment ON seen_training_comments (comment_seq);
