-- The second part of the schema: where IMVUs run, who reports, and what was used. Versions are as in the first part.

CREATE TABLE host_versions (
    id TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    operator TEXT,
    jurisdiction TEXT,
    status TEXT,
    cpu_millis INTEGER,
    memory_bytes INTEGER,
    storage_bytes INTEGER,
    bandwidth_bits INTEGER,
    pids INTEGER,
    io_bytes INTEGER,
    dns_answers INTEGER,
    mail_messages INTEGER,
    mail_bytes INTEGER,
    guaranteed_cpu_millis INTEGER,
    guaranteed_memory_bytes INTEGER,
    guaranteed_storage_bytes INTEGER,
    guaranteed_bandwidth_bits INTEGER,
    guaranteed_pids INTEGER,
    guaranteed_io_bytes INTEGER,
    guaranteed_dns_answers INTEGER,
    guaranteed_mail_messages INTEGER,
    guaranteed_mail_bytes INTEGER,
    enforcement TEXT,
    isolation TEXT,
    counters_cannot_be_reset INTEGER,
    attested INTEGER,
    usable_from INTEGER,
    registered INTEGER,
    placements INTEGER,
    next_slot INTEGER,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX host_versions_by_key ON host_versions (id, height, first_height, first_position);
CREATE INDEX host_versions_in_order ON host_versions (first_height, first_position) WHERE height = first_height;

CREATE TABLE agent_versions (
    id TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    host TEXT,
    kind TEXT,
    registered INTEGER,
    usable_from INTEGER,
    sequence INTEGER,
    last_height INTEGER,
    last_time INTEGER,
    through INTEGER,
    silent INTEGER,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX agent_versions_by_key ON agent_versions (id, height, first_height, first_position);
CREATE INDEX agent_versions_in_order ON agent_versions (first_height, first_position) WHERE height = first_height;

CREATE TABLE meter_versions (
    id TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    host TEXT,
    kind TEXT,
    scope TEXT,
    keys TEXT,
    threshold INTEGER,
    test INTEGER,
    registered INTEGER,
    usable_from INTEGER,
    retired INTEGER,
    sequence INTEGER,
    last_record TEXT,
    window_end INTEGER,
    boots INTEGER,
    gap_ms INTEGER,
    gap_end INTEGER,
    last_time INTEGER,
    silent INTEGER,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX meter_versions_by_key ON meter_versions (id, height, first_height, first_position);
CREATE INDEX meter_versions_in_order ON meter_versions (first_height, first_position) WHERE height = first_height;

CREATE TABLE placement_versions (
    imvu TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    host TEXT,
    slot INTEGER,
    jurisdiction TEXT,
    generation INTEGER,
    since INTEGER,
    phase TEXT,
    next_host TEXT,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX placement_versions_by_key ON placement_versions (imvu, height, first_height, first_position);

CREATE TABLE usage_lines (
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    event INTEGER NOT NULL,
    time INTEGER NOT NULL,
    imvu TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    owner TEXT NOT NULL,
    host TEXT NOT NULL,
    placement INTEGER NOT NULL,
    resource TEXT NOT NULL,
    meter TEXT NOT NULL,
    read INTEGER NOT NULL,
    billed INTEGER NOT NULL,
    dropped INTEGER NOT NULL,
    windows INTEGER NOT NULL,
    flags TEXT NOT NULL,
    PRIMARY KEY (height, position)
) STRICT;
-- The last two columns are for the filters alone: rows that do not fit are passed over without being read.
CREATE INDEX usage_lines_by_imvu ON usage_lines (imvu, height, position, hour, resource);

CREATE TABLE drifts (
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    audit INTEGER NOT NULL,
    time INTEGER NOT NULL,
    agent TEXT NOT NULL,
    host TEXT,
    imvu TEXT,
    kind TEXT NOT NULL,
    expected TEXT NOT NULL,
    found TEXT NOT NULL,
    process TEXT NOT NULL,
    pid INTEGER NOT NULL,
    detected INTEGER NOT NULL,
    reverted INTEGER,
    PRIMARY KEY (height, position)
) STRICT;
CREATE INDEX drifts_by_imvu ON drifts (imvu, height, position) WHERE imvu IS NOT NULL;
CREATE INDEX drifts_by_host ON drifts (host, height, position) WHERE host IS NOT NULL;

CREATE VIEW hosts AS
    SELECT id, operator, jurisdiction, status, cpu_millis, memory_bytes, storage_bytes, bandwidth_bits, pids,
           io_bytes, dns_answers, mail_messages, mail_bytes, guaranteed_cpu_millis, guaranteed_memory_bytes,
           guaranteed_storage_bytes, guaranteed_bandwidth_bits, guaranteed_pids, guaranteed_io_bytes,
           guaranteed_dns_answers, guaranteed_mail_messages, guaranteed_mail_bytes, enforcement, isolation,
           counters_cannot_be_reset, attested, usable_from, registered, placements, next_slot, height AS changed
    FROM host_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM host_versions WHERE id = v.id);

CREATE VIEW agents AS
    SELECT id, host, kind, registered, usable_from, sequence, last_height, last_time, through, silent,
           height AS changed
    FROM agent_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM agent_versions WHERE id = v.id);

CREATE VIEW meters AS
    SELECT id, host, kind, scope, keys, threshold, test, registered, usable_from, retired, sequence, last_record,
           window_end, boots, gap_ms, gap_end, last_time, silent, height AS changed
    FROM meter_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM meter_versions WHERE id = v.id);

CREATE VIEW placements AS
    SELECT imvu, host, slot, jurisdiction, generation, since, phase, next_host, height AS changed
    FROM placement_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM placement_versions WHERE imvu = v.imvu);

CREATE VIEW usage_hours AS
    SELECT imvu, hour, resource, sum(read) AS read, sum(billed) AS billed, sum(dropped) AS dropped,
           max(instr(' ' || flags || ' ', ' test ') > 0) AS test
    FROM usage_lines
    GROUP BY imvu, hour, resource;
