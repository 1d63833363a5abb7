-- What is known about a tenant beyond its name, and whom it lets in.
ALTER TABLE tenants ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN updated_us BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tenants ADD COLUMN is_enabled BIGINT NOT NULL DEFAULT 1;
ALTER TABLE tenants ADD COLUMN deleted_us BIGINT;
ALTER TABLE tenants ADD COLUMN account_uuid TEXT {{bytewise}};
ALTER TABLE tenants ADD COLUMN tenant_uuid TEXT {{bytewise}};
ALTER TABLE tenants ADD COLUMN environment TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN service_type TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN support_id TEXT;
ALTER TABLE tenants ADD COLUMN client_subnets TEXT NOT NULL DEFAULT '[]';
ALTER TABLE tenants ADD COLUMN default_permissions TEXT;
ALTER TABLE tenants ADD COLUMN entity_def_ids TEXT NOT NULL DEFAULT '[]';
UPDATE tenants SET updated_us = created_us;
CREATE UNIQUE INDEX tenants_by_uuid ON tenants (tenant_uuid);
CREATE TABLE tenant_domains (
    domain TEXT {{bytewise}} PRIMARY KEY,
    tenant_id BIGINT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    ordinal BIGINT NOT NULL
);
CREATE INDEX tenant_domains_by_tenant ON tenant_domains (tenant_id, ordinal);
