-- What people were told ahead of time, so that it is told once. One text for SQLite and PostgreSQL. Times are
-- microseconds since 1970; 0 means "never".

-- The expiry date that somebody was warned of.
ALTER TABLE users ADD COLUMN expiry_told BIGINT NOT NULL DEFAULT 0;
-- When somebody was warned that the account will be deactivated for lying unused.
ALTER TABLE users ADD COLUMN dormancy_told BIGINT NOT NULL DEFAULT 0;
CREATE INDEX users_expires_idx ON users (expires_at) WHERE expires_at > 0;
