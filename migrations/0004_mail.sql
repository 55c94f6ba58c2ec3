-- Mail: what is to be sent, and the links in it. One text for SQLite and PostgreSQL. Times are microseconds
-- since 1970; 0 means "never".

-- In which language somebody is written to.
ALTER TABLE users ADD COLUMN language TEXT NOT NULL DEFAULT 'en';
-- Until when a one-time password that an administrator set may be used.
ALTER TABLE users ADD COLUMN password_expires_at BIGINT NOT NULL DEFAULT 0;
-- Those from before lapse as well: a day after they were set.
UPDATE users SET password_expires_at = password_changed_at + 86400000000 WHERE must_change_password;
-- When somebody last unlocked the account: failed sign-ins before that no longer count.
ALTER TABLE users ADD COLUMN unlocked_at BIGINT NOT NULL DEFAULT 0;

-- Mail that is to be delivered, or was. Written in the transaction that causes it; what was sent stays for a
-- week, what was given up for a month.
CREATE TABLE outbox (
    id            UUID   NOT NULL PRIMARY KEY,
    recipient     TEXT   NOT NULL,
    language      TEXT   NOT NULL,
    user_id       UUID,
    notice        TEXT   NOT NULL,
    -- Somebody waits for it, and its link has an end: it goes before all others.
    urgent        BOOLEAN NOT NULL,
    created_at    BIGINT NOT NULL,
    -- Since when it is tried; two days later it is given up.
    tried_since   BIGINT NOT NULL,
    -- When it is tried next.
    due_at        BIGINT NOT NULL,
    -- Until when one instance delivers it and no other does.
    taken_until   BIGINT NOT NULL DEFAULT 0,
    attempts      BIGINT NOT NULL DEFAULT 0,
    sent_at       BIGINT NOT NULL DEFAULT 0,
    -- When it was given up.
    failed_at     BIGINT NOT NULL DEFAULT 0,
    error         TEXT
);
CREATE INDEX outbox_due_idx ON outbox (sent_at, failed_at, urgent, due_at, id);
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
