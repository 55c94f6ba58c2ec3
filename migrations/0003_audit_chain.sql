-- The chain that binds each audit event to the one before it. One text for SQLite and PostgreSQL.

CREATE TABLE audit_chain (
    position BIGINT NOT NULL PRIMARY KEY,
    event_id UUID   NOT NULL UNIQUE,
    -- The mac of the row before, which this row's mac covers: so that each row can be judged by itself.
    previous BYTEA  NOT NULL CHECK (length(previous) = 32),
    mac      BYTEA  NOT NULL CHECK (length(mac) = 32)
);

-- Events that wait for their place in the chain, in the order in which they get it.
CREATE TABLE audit_unsealed (
    at       BIGINT NOT NULL,
    event_id UUID   NOT NULL,
    PRIMARY KEY (at, event_id)
);
INSERT INTO audit_unsealed (at, event_id) SELECT at, id FROM audit_events;

-- For filtered pages: each serves its filter and the order within it.
DROP INDEX audit_events_actor_idx;
DROP INDEX audit_events_target_idx;
CREATE INDEX audit_events_actor_idx ON audit_events (actor_id, at, id);
CREATE INDEX audit_events_target_idx ON audit_events (target_id, at, id);
CREATE INDEX audit_events_event_idx ON audit_events (event, at, id);
