-- Applications on record, sign-ups whose address is not verified yet, addresses that may not apply. One text for
-- SQLite and PostgreSQL. Times are microseconds since 1970; 0 means "never".

-- Every application that reached the queue, whatever became of it. While it is open there is an account that
-- waits under `user_id`; afterwards the account may be gone.
CREATE TABLE applications (
    id           UUID   NOT NULL PRIMARY KEY,
    user_id      UUID   NOT NULL,
    number       BIGINT NOT NULL,
    email        TEXT   NOT NULL,
    email_key    TEXT   NOT NULL,
    username     TEXT   NOT NULL,
    display_name TEXT   NOT NULL,
    search_text  TEXT   NOT NULL,
    reason       TEXT,
    applied_at   BIGINT NOT NULL,
    -- From which address, and of which network that is.
    address      TEXT   NOT NULL,
    network      TEXT   NOT NULL,
    state        TEXT   NOT NULL
        CHECK (state IN ('open', 'approved', 'rejected', 'withdrawn', 'expired', 'superseded')),
    decided_at   BIGINT NOT NULL DEFAULT 0,
    -- Who decided; nobody where the applicant did, or narthex itself.
    decided_by   TEXT,
    message      TEXT,
    -- When those who decide were told of it.
    told_at      BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX applications_open_idx ON applications (user_id) WHERE state = 'open';
CREATE INDEX applications_waiting_idx ON applications (state, applied_at, id);
CREATE INDEX applications_untold_idx ON applications (state, told_at);
CREATE INDEX applications_network_idx ON applications (network, state);
CREATE INDEX applications_email_idx ON applications (email_key, state, decided_at);
CREATE INDEX applications_decided_idx ON applications (decided_at, id);
CREATE INDEX applications_outcome_idx ON applications (state, decided_at, id);

INSERT INTO applications (id, user_id, number, email, email_key, username, display_name, search_text, reason,
    applied_at, address, network, state, told_at)
SELECT id, id, number, email, email_key, username, display_name, search_text, reason, registered_at, '', '', 'open',
    registered_at
FROM users WHERE status = 'pending';

-- Nobody who has waited for long already is to be turned away by the first look at the clock after an upgrade:
-- where somebody waits, applications expire only once a superuser sets a time for it.
INSERT INTO settings (name, value, changed_at, changed_by)
SELECT 'signup.expire_days', '0', 0, 'upgrade' WHERE EXISTS (SELECT 1 FROM users WHERE status = 'pending');

-- Sign-ups that wait for a click on the link that was mailed. Several for one address stand side by side: the
-- password is that of the one whose link was clicked.
CREATE TABLE signups (
    id            UUID   NOT NULL PRIMARY KEY,
    email         TEXT   NOT NULL,
    email_key     TEXT   NOT NULL,
    display_name  TEXT   NOT NULL,
    username      TEXT,
    password_hash TEXT   NOT NULL,
    reason        TEXT,
    language      TEXT   NOT NULL,
    address       TEXT   NOT NULL,
    network       TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL
);
CREATE INDEX signups_email_idx ON signups (email_key);
CREATE INDEX signups_network_idx ON signups (network, expires_at);
CREATE INDEX signups_expires_idx ON signups (expires_at);

-- Addresses that may not apply any more.
CREATE TABLE blocked_emails (
    email_key  TEXT   NOT NULL PRIMARY KEY,
    email      TEXT   NOT NULL,
    blocked_at BIGINT NOT NULL,
    blocked_by TEXT   NOT NULL
);
CREATE INDEX blocked_emails_at_idx ON blocked_emails (blocked_at, email_key);

-- Sign-ups one after the other, so that no limit is overrun; and when those who decide were last told.
INSERT INTO counters (name, value) VALUES ('signups', 0), ('approvers_told', 0);
