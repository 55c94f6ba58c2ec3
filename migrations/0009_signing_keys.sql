-- Keys that sign what applications are told of people. One text for SQLite and PostgreSQL. Times are microseconds since
-- 1970.
CREATE TABLE signing_keys (
    -- In the order in which they sign.
    number     BIGINT NOT NULL PRIMARY KEY,
    -- By what tokens name it: the thumbprint of its public part.
    kid        TEXT   NOT NULL UNIQUE,
    -- The private part, sealed under the master key; the public part is computed from it, so that nobody who only writes to
    -- the database can have another published.
    sealed     TEXT   NOT NULL,
    made_at    BIGINT NOT NULL,
    signs_from BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('signing_keys', 0);
