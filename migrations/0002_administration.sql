-- Roles, permissions, settings, dormant accounts. One text for SQLite and PostgreSQL. Times are microseconds
-- since 1970; 0 means "never".

ALTER TABLE users ADD COLUMN expires_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN password_changed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN must_change_password BOOLEAN NOT NULL DEFAULT FALSE;
-- From when on somebody counts as away: the last sign-in, or since when they could sign in.
ALTER TABLE users ADD COLUMN idle_since BIGINT NOT NULL DEFAULT 0;
-- Until then a dormant account has been looked at and kept.
ALTER TABLE users ADD COLUMN kept_until BIGINT NOT NULL DEFAULT 0;
UPDATE users SET
    idle_since = CASE WHEN last_login_at > registered_at THEN last_login_at ELSE registered_at END,
    password_changed_at = CASE WHEN password_hash IS NULL THEN 0 ELSE registered_at END;
CREATE INDEX users_dormant_idx ON users (status, idle_since, number, kept_until);

-- Hashes of passwords that somebody had before.
CREATE TABLE password_history (
    user_id    UUID   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash       TEXT   NOT NULL,
    retired_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, hash)
);

CREATE TABLE roles (
    name         TEXT   NOT NULL PRIMARY KEY,
    display_name TEXT   NOT NULL,
    description  TEXT   NOT NULL,
    version      BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE role_permissions (
    role       TEXT NOT NULL REFERENCES roles (name) ON DELETE CASCADE,
    permission TEXT NOT NULL,
    PRIMARY KEY (role, permission)
);

-- A role has the permissions of those that it supervises, too.
CREATE TABLE role_supervision (
    role       TEXT NOT NULL REFERENCES roles (name) ON DELETE CASCADE,
    supervised TEXT NOT NULL REFERENCES roles (name) ON DELETE CASCADE,
    PRIMARY KEY (role, supervised),
    CHECK (role <> supervised)
);
CREATE INDEX role_supervision_idx ON role_supervision (supervised);

-- `source`: manual, approval, or provider:<name>. A role that somebody holds cannot be deleted.
CREATE TABLE user_roles (
    user_id    UUID   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role       TEXT   NOT NULL REFERENCES roles (name),
    source     TEXT   NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, role, source)
);
CREATE INDEX user_roles_role_idx ON user_roles (role, user_id);

CREATE TABLE user_permissions (
    user_id    UUID    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    permission TEXT    NOT NULL,
    source     TEXT    NOT NULL,
    denied     BOOLEAN NOT NULL,
    granted_at BIGINT  NOT NULL,
    PRIMARY KEY (user_id, permission, source)
);

-- What administrators have changed; what is not here is at its default.
CREATE TABLE settings (
    name       TEXT   NOT NULL PRIMARY KEY,
    value      TEXT   NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT   NOT NULL
);

-- Versions of roles and of settings, so that what is remembered of them is known to be old; and when
-- dormant accounts were last gone through.
INSERT INTO counters (name, value) VALUES ('roles', 0), ('settings', 0), ('dormant_job', 0);
