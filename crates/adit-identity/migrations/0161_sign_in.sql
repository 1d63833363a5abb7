-- Sign-in of people: passwords, one-time links, sessions, second factors, and who failed how often from where.
CREATE TABLE passwords (
    user_id BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    changed_us BIGINT NOT NULL
);
CREATE TABLE one_time_links (
    lookup TEXT {{bytewise}} PRIMARY KEY,
    digest {{blob}} NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_us BIGINT NOT NULL
);
CREATE INDEX one_time_links_of ON one_time_links (user_id);
CREATE TABLE sessions (
    id BIGINT PRIMARY KEY,
    lookup TEXT {{bytewise}} NOT NULL UNIQUE,
    digest {{blob}} NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    is_host_bound BIGINT NOT NULL,
    created_us BIGINT NOT NULL,
    seen_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL
);
CREATE INDEX sessions_of ON sessions (user_id);
CREATE TABLE second_factors (
    user_id BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    sealed {{blob}} NOT NULL,
    is_confirmed BIGINT NOT NULL,
    last_step BIGINT NOT NULL
);
CREATE TABLE recovery_codes (
    user_id BIGINT NOT NULL REFERENCES second_factors (user_id) ON DELETE CASCADE,
    digest TEXT {{bytewise}} NOT NULL,
    PRIMARY KEY (user_id, digest)
);
CREATE TABLE sign_in_failures (
    account TEXT {{bytewise}} NOT NULL,
    address TEXT {{bytewise}} NOT NULL,
    failures BIGINT NOT NULL,
    last_us BIGINT NOT NULL,
    PRIMARY KEY (account, address)
);
CREATE INDEX sign_in_failures_by_age ON sign_in_failures (last_us);
