-- What generative features cost a tenant, and the answers they need not pay for twice.
CREATE TABLE llm_usage (
    tenant_id BIGINT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    day BIGINT NOT NULL,
    tokens BIGINT NOT NULL,
    n_questions BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, day)
);
-- An answer goes with the dataset, and with the one comment, that it is about.
CREATE TABLE llm_answers (
    tenant_id BIGINT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    digest TEXT {{bytewise}} NOT NULL,
    dataset_id BIGINT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    comment_seq BIGINT REFERENCES comments (seq) ON DELETE CASCADE,
    answer TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, digest)
);
CREATE INDEX llm_answers_by_dataset ON llm_answers (dataset_id);
CREATE INDEX llm_answers_by_comment ON llm_answers (comment_seq);
CREATE INDEX llm_answers_by_age ON llm_answers (created_us);
