-- The fourth part of the schema: what the rules over the ledger look at, and what they found.

CREATE TABLE chain_versions (
    one INTEGER NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    chain_id TEXT,
    genesis_hash TEXT,
    recovery_epoch INTEGER,
    period_hours INTEGER,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX chain_versions_by_key ON chain_versions (one, height, first_height, first_position);

CREATE TABLE meter_records (
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    transaction_position INTEGER NOT NULL,
    meter TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (height, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX meter_records_by_meter ON meter_records (meter, sequence);

CREATE TABLE anomalies (
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    time INTEGER NOT NULL,
    rule TEXT NOT NULL,
    imvu TEXT,
    actor TEXT,
    host TEXT,
    meter TEXT,
    observed TEXT NOT NULL,
    expected TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (height, position)
) STRICT;
CREATE INDEX anomalies_by_rule ON anomalies (rule, height, position);
CREATE INDEX anomalies_by_imvu ON anomalies (imvu, height, position) WHERE imvu IS NOT NULL;

-- The hours before one: what a rule compares it with.
CREATE INDEX usage_lines_by_hour ON usage_lines (imvu, hour, resource, read, flags);
