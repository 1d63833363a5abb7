-- Buckets: named stores of raw items in a project; sources are attached to them.
CREATE TABLE buckets (
    id BIGINT PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    owner TEXT {{bytewise}} NOT NULL,
    name TEXT {{bytewise}} NOT NULL,
    title TEXT NOT NULL,
    updated_by TEXT,
    created_us BIGINT NOT NULL,
    updated_us BIGINT NOT NULL,
    UNIQUE (tenant_id, owner, name),
    FOREIGN KEY (tenant_id, owner) REFERENCES projects (tenant_id, name) ON DELETE CASCADE
);
CREATE INDEX sources_by_bucket ON sources (bucket_id);
