-- Digests of API tokens that were revoked, replaced or deleted with their user: who goes on using one can be named.
CREATE TABLE ended_tokens (
    lookup TEXT {{bytewise}} PRIMARY KEY,
    digest {{blob}} NOT NULL,
    tenant_id BIGINT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL,
    username TEXT NOT NULL,
    email TEXT NOT NULL,
    ended_us BIGINT NOT NULL
);
CREATE INDEX ended_tokens_by_age ON ended_tokens (ended_us);
