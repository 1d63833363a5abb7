-- How many comments a source has, kept with every write: quotas are held against it without counting.
ALTER TABLE sources ADD COLUMN n_comments BIGINT NOT NULL DEFAULT 0;
UPDATE sources SET n_comments = (SELECT COUNT(*) FROM comments WHERE comments.source_id = sources.id);
