-- Limits that differ from the defaults, and what a tenant used by month. No references: areas above are tested without tenants.
CREATE TABLE quotas (
    tenant_id BIGINT NOT NULL,
    kind TEXT {{bytewise}} NOT NULL,
    hard_limit BIGINT NOT NULL,
    auto_increase_up_to BIGINT,
    PRIMARY KEY (tenant_id, kind)
);
CREATE TABLE tenant_usage (
    tenant_id BIGINT NOT NULL,
    month TEXT {{bytewise}} NOT NULL,
    kind TEXT {{bytewise}} NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, month, kind)
);
