-- Rights belong to a tenant, because a support user holds rights in more than one; roles are a tenant's own.
CREATE TABLE user_permissions_by_tenant (
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    project TEXT {{bytewise}} NOT NULL,
    permission TEXT {{bytewise}} NOT NULL,
    ordinal BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id, project, permission),
    FOREIGN KEY (tenant_id, project) REFERENCES projects (tenant_id, name) ON DELETE CASCADE
);
INSERT INTO user_permissions_by_tenant (tenant_id, user_id, project, permission, ordinal)
    SELECT tenant_id, user_id, project, permission, ordinal FROM user_permissions;
DROP TABLE user_permissions;
ALTER TABLE user_permissions_by_tenant RENAME TO user_permissions;
CREATE INDEX user_permissions_by_project ON user_permissions (tenant_id, project);
CREATE TABLE support_users (
    tenant_id BIGINT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    global_permissions TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);
CREATE TABLE roles (
    tenant_id BIGINT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    name TEXT {{bytewise}} NOT NULL,
    is_global BIGINT NOT NULL,
    permissions TEXT NOT NULL,
    updated_us BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
