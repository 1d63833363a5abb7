-- Work that is done later, and events that leave a transaction with it.
-- A ready job is unique by its key: asking twice for the same work is asking once.
CREATE TABLE jobs (
    id {{identity}},
    name TEXT NOT NULL,
    key TEXT {{bytewise}} NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    run_at_us BIGINT NOT NULL,
    enqueued_us BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until_us BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    progress DOUBLE PRECISION NOT NULL,
    error TEXT
);
CREATE UNIQUE INDEX jobs_one_ready_per_key ON jobs (key) WHERE state = 'ready';
CREATE INDEX jobs_by_time ON jobs (state, run_at_us);
CREATE INDEX jobs_by_key ON jobs (key);
CREATE TABLE outbox (
    id {{identity}},
    topic TEXT NOT NULL,
    payload TEXT NOT NULL,
    emitted_us BIGINT NOT NULL
);
