-- By what people are known again who have signed in: browsers (a hash of the id in their cookie) and networks (as
-- text). One text for SQLite and PostgreSQL. Times are microseconds since 1970.
CREATE TABLE known_places (
    user_id    UUID   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind       TEXT   NOT NULL CHECK (kind IN ('device', 'network')),
    place      TEXT   NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    PRIMARY KEY (user_id, kind, place)
);
CREATE INDEX known_places_last_seen_idx ON known_places (last_seen);
