-- Derived: groups of unreviewed comments. `start` are the centers the computation began with, `centroids` those it
-- ended with: the next one begins there, and a rebuild at `start`, so that it comes to the same themes.
CREATE TABLE theme_sets (
    dataset_id BIGINT PRIMARY KEY REFERENCES datasets (id) ON DELETE CASCADE,
    computed_us BIGINT NOT NULL,
    n_reviewed BIGINT NOT NULL,
    n_comments BIGINT NOT NULL,
    encoder TEXT NOT NULL,
    start {{blob}} NOT NULL,
    centroids {{blob}} NOT NULL,
    themes TEXT NOT NULL
);
