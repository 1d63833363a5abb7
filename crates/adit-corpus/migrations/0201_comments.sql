-- One row: the last ingestion position given out, and the newest time a comment was created at.
CREATE TABLE comment_positions (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL,
    created_us BIGINT NOT NULL
);
INSERT INTO comment_positions (name, value, created_us) VALUES ('comments', 0, 0);
CREATE TABLE comments (
    seq {{identity}},
    source_id BIGINT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    comment_id TEXT {{bytewise}} NOT NULL,
    timestamp_us BIGINT NOT NULL,
    created_us BIGINT NOT NULL,
    modified_us BIGINT NOT NULL,
    version BIGINT NOT NULL,
    thread_id TEXT {{bytewise}},
    content TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    messages_hash TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    n_reviewed_in BIGINT NOT NULL DEFAULT 0,
    UNIQUE (source_id, comment_id)
);
CREATE INDEX comments_by_time ON comments (source_id, timestamp_us, seq);
CREATE INDEX comments_by_seq ON comments (source_id, seq);
CREATE INDEX comments_by_thread ON comments (source_id, thread_id) WHERE thread_id IS NOT NULL;
