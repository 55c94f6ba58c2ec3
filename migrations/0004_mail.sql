-- Mail: what is to be sent, and the links in it. One text for SQLite and PostgreSQL. Times are microseconds
-- since 1970; 0 means "never".

-- In which language somebody is written to.
ALTER TABLE users ADD COLUMN language TEXT NOT NULL DEFAULT 'en';
-- Until when a one-time password that an administrator set may be used.
ALTER TABLE users ADD COLUMN password_expires_at BIGINT NOT NULL DEFAULT 0;
-- When somebody last unlocked the account: failed sign-ins before that no longer count.
ALTER TABLE users ADD COLUMN unlocked_at BIGINT NOT NULL DEFAULT 0;

-- Mail that waits to be delivered. Written in the transaction that causes it; gone once it is delivered.
CREATE TABLE outbox (
    id            UUID   NOT NULL PRIMARY KEY,
    recipient     TEXT   NOT NULL,
    language      TEXT   NOT NULL,
    user_id       UUID,
    notice        TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    -- When it is tried next; while somebody delivers it, until when nobody else does.
    due_at        BIGINT NOT NULL,
    attempts      BIGINT NOT NULL DEFAULT 0,
    -- When it was given up.
    failed_at     BIGINT NOT NULL DEFAULT 0,
    error         TEXT
);
CREATE INDEX outbox_due_idx ON outbox (failed_at, due_at, id);
CREATE INDEX outbox_created_idx ON outbox (created_at, id);

-- Links that were mailed: one for each purpose and subject, the newest. What stands in the mail is this id and
-- a keyed hash of it under the master key, so that nobody makes a link from what is read here.
CREATE TABLE mail_tokens (
    id         UUID   NOT NULL PRIMARY KEY,
    purpose    TEXT   NOT NULL CHECK (purpose IN ('verify_email', 'reset_password')),
    subject    UUID   NOT NULL,
    email_key  TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    UNIQUE (purpose, subject)
);
CREATE INDEX mail_tokens_expires_idx ON mail_tokens (expires_at);
