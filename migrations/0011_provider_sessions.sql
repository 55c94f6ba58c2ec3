-- What single sign-on left for a session: how its provider is asked about the person again, and told of a sign-out. One
-- text for SQLite and PostgreSQL. Times are microseconds since 1970; 0 means "never".
CREATE TABLE provider_sessions (
    -- By what the session is revoked: `s:` and its handle.
    session  TEXT   NOT NULL PRIMARY KEY,
    user_id  UUID   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    epoch    BIGINT NOT NULL,
    provider TEXT   NOT NULL,
    -- The provider's own name for its session.
    sid      TEXT,
    -- The ID token, sealed under the master key; nothing when it is too long to be shown at sign-out.
    id_token TEXT,
    -- The refresh token, and what a refreshed ID token has to say, sealed under the master key.
    renewal  TEXT,
    began_at BIGINT NOT NULL,
    -- From when on the provider has to be asked again.
    ask_at   BIGINT NOT NULL DEFAULT 0,
    -- From when on the session counts no longer unless the provider has answered.
    ends_at  BIGINT NOT NULL DEFAULT 0,
    -- How often it was asked: only whoever asked last may write what came of it.
    asked    BIGINT NOT NULL DEFAULT 0,
    -- Kept until then, for the page after signing out; until then the row goes with its session.
    until    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX provider_sessions_sid_idx ON provider_sessions (provider, sid);
CREATE INDEX provider_sessions_user_idx ON provider_sessions (user_id, provider);
CREATE INDEX provider_sessions_began_idx ON provider_sessions (began_at);
CREATE INDEX provider_sessions_ends_idx ON provider_sessions (ends_at);
