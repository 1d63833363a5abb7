-- Keys that sign access tokens; external applications and the secrets they prove themselves with.
CREATE TABLE signing_keys (
    id BIGINT PRIMARY KEY,
    sealed {{blob}} NOT NULL,
    public_key {{blob}} NOT NULL,
    created_us BIGINT NOT NULL
);
CREATE TABLE applications (
    user_id BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    tenant_id BIGINT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    client_id TEXT {{bytewise}} NOT NULL UNIQUE,
    scopes TEXT NOT NULL
);
CREATE TABLE application_secrets (
    id BIGINT PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES applications (user_id) ON DELETE CASCADE,
    digest {{blob}} NOT NULL,
    created_us BIGINT NOT NULL,
    expires_us BIGINT,
    last_used_us BIGINT
);
CREATE INDEX application_secrets_of ON application_secrets (user_id);
