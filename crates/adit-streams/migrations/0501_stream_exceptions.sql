-- What a consumer noted about a comment it could not handle: one type per stream and comment.
CREATE TABLE stream_exceptions (
    stream_id BIGINT NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
    comment_seq BIGINT NOT NULL REFERENCES comments (seq) ON DELETE CASCADE,
    type TEXT NOT NULL,
    updated_us BIGINT NOT NULL,
    PRIMARY KEY (stream_id, comment_seq)
);
CREATE INDEX stream_exceptions_by_comment ON stream_exceptions (comment_seq);
