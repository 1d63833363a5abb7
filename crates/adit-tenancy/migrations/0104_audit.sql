-- What was done and refused, by whom, in words that still make sense when its subjects are gone. Rows are only added.
CREATE TABLE audit_events (
    seq {{identity}},
    event_id BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    event_type TEXT {{bytewise}} NOT NULL,
    at_us BIGINT NOT NULL,
    actor_user_id BIGINT NOT NULL,
    actor_tenant_id BIGINT NOT NULL,
    subjects TEXT NOT NULL,
    details TEXT NOT NULL
);
CREATE INDEX audit_events_by_time ON audit_events (tenant_id, at_us, seq);
