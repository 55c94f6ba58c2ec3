-- One text for SQLite and PostgreSQL. Times are microseconds since 1970; 0 means "not yet".

CREATE TABLE users (
    id                 UUID    NOT NULL PRIMARY KEY,
    number             BIGINT  NOT NULL UNIQUE,
    username           TEXT    NOT NULL,
    username_skeleton  TEXT    NOT NULL UNIQUE,
    email              TEXT    NOT NULL,
    email_key          TEXT    NOT NULL UNIQUE,
    email_trusted      BOOLEAN NOT NULL,
    display_name       TEXT    NOT NULL,
    search_text        TEXT    NOT NULL,
    status             TEXT    NOT NULL CHECK (status IN ('pending', 'active', 'inactive')),
    tier               TEXT    NOT NULL CHECK (tier IN ('standard', 'superuser')),
    source             TEXT    NOT NULL CHECK (source IN ('local', 'sso')),
    password_hash      TEXT,
    reason             TEXT,
    session_epoch      BIGINT  NOT NULL DEFAULT 0,
    version            BIGINT  NOT NULL DEFAULT 0,
    last_login_at      BIGINT  NOT NULL DEFAULT 0,
    last_login_address TEXT,
    registered_at      BIGINT  NOT NULL
);
CREATE UNIQUE INDEX users_username_idx ON users (username);
CREATE INDEX users_status_idx ON users (status, number);
CREATE INDEX users_totals_idx ON users (status, source);
CREATE INDEX users_tier_idx ON users (tier, number);
CREATE INDEX users_superusers_idx ON users (tier, status);
CREATE INDEX users_source_idx ON users (source, number);
CREATE INDEX users_registered_idx ON users (registered_at, number);
CREATE INDEX users_last_login_idx ON users (last_login_at, number);
CREATE INDEX users_last_address_idx ON users (COALESCE(last_login_address, ''), number);
CREATE INDEX users_display_name_idx ON users (display_name, number);

CREATE TABLE identities (
    issuer    TEXT   NOT NULL,
    subject   TEXT   NOT NULL,
    user_id   UUID   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider  TEXT   NOT NULL,
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_user_idx ON identities (user_id);

-- Identities that may not come back after their account was deleted: keyed hashes of (issuer, subject).
CREATE TABLE barred_identities (
    hash      TEXT   NOT NULL PRIMARY KEY,
    barred_at BIGINT NOT NULL
);

-- Sessions that ended before their time; a row may go when its time has come.
CREATE TABLE revocations (
    key   TEXT   NOT NULL PRIMARY KEY,
    until BIGINT NOT NULL
);
CREATE INDEX revocations_until_idx ON revocations (until);

CREATE TABLE counters (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('user_number', 0);

-- Facts about the installation: the setup id, whether setup is done, the sealed constant.
CREATE TABLE facts (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE audit_events (
    id        UUID   NOT NULL PRIMARY KEY,
    at        BIGINT NOT NULL,
    event     TEXT   NOT NULL,
    actor_id  UUID,
    target_id UUID,
    entry     TEXT   NOT NULL
);
CREATE INDEX audit_events_at_idx ON audit_events (at, id);
CREATE INDEX audit_events_actor_idx ON audit_events (actor_id, at);
CREATE INDEX audit_events_target_idx ON audit_events (target_id, at);
