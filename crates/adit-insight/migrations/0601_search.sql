-- Derived: which comments contain which words. The index itself is the engine's; beside it stands which version of
-- each comment it knows. No foreign key: the index cannot follow one, so a job takes out what was deleted.
{{search_index}};
CREATE TABLE searched_comments (
    comment_seq BIGINT PRIMARY KEY,
    version BIGINT NOT NULL
);
