-- Mails wait here until they are sent; without a mail server an administrator reads them here.
CREATE TABLE mails (
    id BIGINT PRIMARY KEY,
    tenant_id BIGINT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    queued_us BIGINT NOT NULL,
    sent_us BIGINT,
    n_tries BIGINT NOT NULL DEFAULT 0,
    last_error TEXT
);
CREATE INDEX mails_waiting ON mails (sent_us, queued_us);
