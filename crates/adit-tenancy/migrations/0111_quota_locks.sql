-- A row for who counts and creates: two that do it at the same time for the same quota come one after the other.
CREATE TABLE quota_locks (
    tenant_id BIGINT NOT NULL,
    kind TEXT {{bytewise}} NOT NULL,
    PRIMARY KEY (tenant_id, kind)
);
