-- Tenants, their projects and users, and one active token per user.
CREATE TABLE tenants (
    id BIGINT PRIMARY KEY,
    name TEXT {{bytewise}} NOT NULL UNIQUE,
    is_default BIGINT NOT NULL,
    created_us BIGINT NOT NULL
);
CREATE TABLE projects (
    tenant_id BIGINT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    name TEXT {{bytewise}} NOT NULL,
    id BIGINT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    user_auto_join BIGINT NOT NULL,
    created_us BIGINT NOT NULL,
    updated_us BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
CREATE TABLE users (
    id BIGINT PRIMARY KEY,
    tenant_id BIGINT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    username TEXT {{bytewise}} NOT NULL,
    email TEXT {{bytewise}} NOT NULL,
    global_permissions TEXT NOT NULL,
    is_disabled BIGINT NOT NULL,
    created_us BIGINT NOT NULL,
    last_login_us BIGINT,
    UNIQUE (tenant_id, username)
);
CREATE TABLE user_permissions (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    tenant_id BIGINT NOT NULL,
    project TEXT {{bytewise}} NOT NULL,
    permission TEXT {{bytewise}} NOT NULL,
    ordinal BIGINT NOT NULL,
    PRIMARY KEY (user_id, project, permission),
    FOREIGN KEY (tenant_id, project) REFERENCES projects (tenant_id, name) ON DELETE CASCADE
);
CREATE TABLE tokens (
    user_id BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    lookup TEXT {{bytewise}} NOT NULL UNIQUE,
    digest {{blob}} NOT NULL,
    created_us BIGINT NOT NULL
);
