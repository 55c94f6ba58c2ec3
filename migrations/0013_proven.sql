-- What accounts may be linked by, and what people took back. One text for SQLite and PostgreSQL. Times are microseconds
-- since 1970.

-- Whether the account's owner, or a provider, has shown that the address is theirs. One that an administrator typed is
-- none, though it is told to upstreams. What local accounts showed before this column was there is not known any more:
-- a new password by mail shows it again.
ALTER TABLE users ADD COLUMN email_proven BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE users SET email_proven = TRUE WHERE source = 'sso';

-- Identities that were taken from an account and are not linked to it by the address again: a keyed hash each.
CREATE TABLE unlinked_identities (
    user_id     UUID   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash        TEXT   NOT NULL,
    unlinked_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, hash)
);

-- When it was last written to the audit log what of somebody's claims could not be followed.
CREATE TABLE sync_warnings (
    user_id    UUID   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider   TEXT   NOT NULL,
    warning    TEXT   NOT NULL,
    about      TEXT   NOT NULL,
    written_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, provider, warning, about)
);
