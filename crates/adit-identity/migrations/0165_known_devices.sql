-- Browsers in which somebody has signed in before: their attempts are counted apart from all others.
CREATE TABLE known_devices (
    lookup TEXT {{bytewise}} PRIMARY KEY,
    digest {{blob}} NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    made_us BIGINT NOT NULL
);
CREATE INDEX known_devices_of ON known_devices (user_id, made_us);
