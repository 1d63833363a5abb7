-- A stream is a named cursor over the comments of a dataset, in the order in which they were taken in.
-- The cursor is shared by all its consumers: everything with a `seq` up to `position_seq` is consumed.
CREATE TABLE streams (
    id BIGINT PRIMARY KEY,
    dataset_id BIGINT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    name TEXT {{bytewise}} NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    -- JSON exactly as it was sent; NULL when none was.
    comment_filter TEXT,
    model_version BIGINT,
    -- JSON list of name and threshold.
    label_thresholds TEXT NOT NULL,
    position_seq BIGINT NOT NULL,
    position_us BIGINT NOT NULL,
    created_us BIGINT NOT NULL,
    updated_us BIGINT NOT NULL,
    UNIQUE (dataset_id, name)
);
