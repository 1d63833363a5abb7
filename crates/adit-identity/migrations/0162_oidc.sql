-- Which user an identity provider means by which subject.
CREATE TABLE oidc_identities (
    tenant_id BIGINT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    issuer TEXT {{bytewise}} NOT NULL,
    subject TEXT {{bytewise}} NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (tenant_id, issuer, subject)
);
