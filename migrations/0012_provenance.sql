-- Where a tier came from, and what providers leave unsaid. One text for SQLite and PostgreSQL. Times are microseconds
-- since 1970.

-- `manual`, or provider:<name>: a provider takes away only what it gave.
ALTER TABLE users ADD COLUMN tier_source TEXT NOT NULL DEFAULT 'manual';

-- What of a provider's claims could not be followed, by kind: for whoever looks after the provider.
CREATE TABLE provider_warnings (
    provider TEXT   NOT NULL,
    -- As in the audit log: groups_absent, groups_elsewhere, role_missing, last_superuser, email_skipped.
    warning  TEXT   NOT NULL,
    -- With what: the name of the claim or of the role.
    about    TEXT   NOT NULL,
    -- Whom it befell last, by username as it was.
    username TEXT   NOT NULL,
    first_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    PRIMARY KEY (provider, warning, about)
);
