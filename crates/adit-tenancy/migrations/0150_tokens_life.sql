-- A token may end by itself, and tells when it was last used.
ALTER TABLE tokens ADD COLUMN expires_us BIGINT;
ALTER TABLE tokens ADD COLUMN last_used_us BIGINT;
