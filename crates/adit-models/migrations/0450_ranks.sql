-- Derived: in which order people should look at comments. Lower always comes first.
CREATE TABLE predicted_ranks (
    dataset_id BIGINT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    comment_seq BIGINT NOT NULL REFERENCES comments (seq) ON DELETE CASCADE,
    sureness DOUBLE PRECISION NOT NULL,
    coverage DOUBLE PRECISION NOT NULL,
    balance DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (dataset_id, comment_seq)
);
CREATE INDEX predicted_ranks_by_sureness ON predicted_ranks (dataset_id, sureness, comment_seq);
CREATE INDEX predicted_ranks_by_coverage ON predicted_ranks (dataset_id, coverage, comment_seq);
CREATE INDEX predicted_ranks_by_balance ON predicted_ranks (dataset_id, balance, comment_seq);
CREATE INDEX predicted_ranks_by_comment ON predicted_ranks (comment_seq);
-- Derived: for each decision about a label how little a model that did not see it believes it. Decisions that are
-- believed anyway, absent labels above all, are left out.
CREATE TABLE reviewed_doubts (
    dataset_id BIGINT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    comment_seq BIGINT NOT NULL REFERENCES comments (seq) ON DELETE CASCADE,
    label_id BIGINT NOT NULL,
    is_assigned BIGINT NOT NULL,
    belief DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (dataset_id, comment_seq, label_id)
);
CREATE INDEX reviewed_doubts_by_label ON reviewed_doubts (dataset_id, is_assigned, label_id, belief, comment_seq);
CREATE INDEX reviewed_doubts_by_comment ON reviewed_doubts (comment_seq);
