-- The index of committed blocks; docs/index-schema.md explains every column.
-- A test compares that document with this schema, column by column.

CREATE TABLE cursor (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    first_height INTEGER NOT NULL,
    height INTEGER NOT NULL
) STRICT;
INSERT INTO cursor (one, first_height, height) VALUES (1, 0, -1);

CREATE TABLE blocks (
    height INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    hash TEXT NOT NULL,
    app_hash TEXT NOT NULL,
    proposer TEXT NOT NULL,
    transactions INTEGER NOT NULL,
    applied INTEGER NOT NULL,
    denied INTEGER NOT NULL,
    events INTEGER NOT NULL
) STRICT;

CREATE TABLE transactions (
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    time INTEGER NOT NULL,
    hash TEXT NOT NULL,
    id TEXT,
    signer TEXT,
    action TEXT,
    code INTEGER NOT NULL,
    gate INTEGER,
    reason TEXT,
    subject TEXT,
    imvu TEXT,
    gate_set INTEGER,
    first_decision INTEGER,
    bytes BLOB NOT NULL,
    verdict BLOB,
    PRIMARY KEY (height, position)
) STRICT;
CREATE INDEX transactions_by_hash ON transactions (hash);
CREATE INDEX transactions_by_id ON transactions (id) WHERE id IS NOT NULL;
CREATE INDEX transactions_by_imvu ON transactions (imvu, height, position) WHERE imvu IS NOT NULL;
CREATE INDEX transactions_by_signer ON transactions (signer, height, position);
CREATE INDEX transactions_by_action ON transactions (action, height, position);
CREATE INDEX transactions_by_gates ON transactions (gate_set, height, first_decision) WHERE gate_set IS NOT NULL;

CREATE TABLE gate_sets (
    number INTEGER NOT NULL,
    nth INTEGER NOT NULL,
    gate INTEGER NOT NULL,
    height INTEGER NOT NULL,
    PRIMARY KEY (number, nth)
) STRICT, WITHOUT ROWID;

CREATE TABLE gate_refusals (
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    transaction_position INTEGER NOT NULL,
    gate INTEGER NOT NULL,
    reason TEXT NOT NULL,
    imvu TEXT,
    PRIMARY KEY (height, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX gate_refusals_by_gate ON gate_refusals (gate, height, position);
CREATE INDEX gate_refusals_by_imvu ON gate_refusals (imvu, height, position) WHERE imvu IS NOT NULL;

CREATE TABLE gate_counts (
    gate INTEGER NOT NULL,
    height INTEGER NOT NULL,
    passed INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    PRIMARY KEY (gate, height)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    time INTEGER NOT NULL,
    kind TEXT NOT NULL,
    audit INTEGER,
    tx TEXT,
    imvu TEXT,
    actor TEXT,
    action TEXT,
    code INTEGER,
    gate INTEGER,
    proposal TEXT,
    validator TEXT,
    host TEXT,
    meter TEXT,
    subject TEXT,
    reason TEXT,
    before TEXT,
    after TEXT,
    data BLOB NOT NULL,
    PRIMARY KEY (height, position)
) STRICT;
CREATE INDEX events_by_kind ON events (kind, height, position);
CREATE INDEX events_by_imvu ON events (imvu, height, position) WHERE imvu IS NOT NULL;
CREATE INDEX events_by_actor ON events (actor, height, position) WHERE actor IS NOT NULL;
CREATE UNIQUE INDEX events_by_sequence ON events (audit) WHERE before IS NOT NULL;
-- An IMVU has an event each hour for its usage; its audit entries are few and must not be looked for among them.
CREATE INDEX audit_by_imvu ON events (imvu, height, position) WHERE before IS NOT NULL AND imvu IS NOT NULL;

CREATE TABLE violations (
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    audit INTEGER NOT NULL,
    time INTEGER NOT NULL,
    tx TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    imvu TEXT,
    code INTEGER NOT NULL,
    PRIMARY KEY (height, position)
) STRICT;
CREATE INDEX violations_by_imvu ON violations (imvu, height, position) WHERE imvu IS NOT NULL;
CREATE INDEX violations_by_actor_index ON violations (actor, height, position);

CREATE TABLE violation_gates (
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    gate INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (height, position, gate)
) STRICT, WITHOUT ROWID;

CREATE TABLE notices (
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    audit INTEGER NOT NULL,
    time INTEGER NOT NULL,
    imvu TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    code INTEGER NOT NULL,
    proposal TEXT,
    PRIMARY KEY (height, position)
) STRICT;
CREATE INDEX notices_by_imvu ON notices (imvu, height, position);

-- Versions: the index by key also says where an object first appeared, so that the next version finds it without its row;
-- the order of a list is that of the first versions alone.

CREATE TABLE identity_versions (
    id TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    key TEXT,
    generation INTEGER,
    status TEXT,
    attester TEXT,
    evidence TEXT,
    registered INTEGER,
    public_name TEXT,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX identity_versions_by_key ON identity_versions (id, height, first_height, first_position);

CREATE TABLE imvu_versions (
    id TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    owner TEXT,
    status TEXT,
    jurisdiction TEXT,
    cpu_millis INTEGER,
    memory_bytes INTEGER,
    storage_bytes INTEGER,
    bandwidth_bits INTEGER,
    pids INTEGER,
    io_bytes INTEGER,
    dns_answers INTEGER,
    mail_messages INTEGER,
    mail_bytes INTEGER,
    description TEXT,
    created INTEGER,
    domains INTEGER,
    routes INTEGER,
    open_proposals INTEGER,
    state_keys INTEGER,
    placements INTEGER,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX imvu_versions_by_key ON imvu_versions (id, height, first_height, first_position);
CREATE INDEX imvu_versions_in_order ON imvu_versions (first_height, first_position) WHERE height = first_height;
CREATE INDEX imvu_versions_by_owner ON imvu_versions (owner, first_height, first_position);

CREATE TABLE path_policy_versions (
    imvu TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    next_hops TEXT,
    transit TEXT,
    egress_open INTEGER,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX path_policy_versions_by_key ON path_policy_versions (imvu, height, first_height, first_position);

CREATE TABLE route_versions (
    imvu TEXT NOT NULL,
    prefix TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    next_hop TEXT,
    version INTEGER,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX route_versions_by_key ON route_versions (imvu, prefix, height, first_height, first_position);

CREATE TABLE domain_versions (
    name TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    imvu TEXT,
    jurisdiction TEXT,
    since INTEGER,
    locked_until INTEGER,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX domain_versions_by_key ON domain_versions (name, height, first_height, first_position);
CREATE INDEX domain_versions_in_order ON domain_versions (first_height, first_position) WHERE height = first_height;
CREATE INDEX domain_versions_by_imvu ON domain_versions (imvu, first_height, first_position);

CREATE TABLE zone_versions (
    apex TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    imvu TEXT,
    serial INTEGER,
    sets INTEGER,
    root TEXT,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX zone_versions_by_key ON zone_versions (apex, height, first_height, first_position);

CREATE TABLE rrset_versions (
    zone TEXT NOT NULL,
    owner TEXT NOT NULL,
    type TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    ttl INTEGER,
    records INTEGER,
    addresses TEXT,
    targets TEXT,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX rrset_versions_by_key ON rrset_versions (zone, owner, type, height, first_height, first_position);

CREATE TABLE proposal_versions (
    id TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    imvu TEXT,
    change TEXT,
    proposer TEXT,
    opened INTEGER,
    expires INTEGER,
    status TEXT,
    applied_at INTEGER,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX proposal_versions_by_key ON proposal_versions (id, height, first_height, first_position);
CREATE INDEX proposal_versions_in_order ON proposal_versions (first_height, first_position) WHERE height = first_height;
CREATE INDEX proposal_versions_by_imvu ON proposal_versions (imvu, first_height, first_position);

CREATE TABLE approval_versions (
    id TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    imvu TEXT,
    fate TEXT,
    at INTEGER,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX approval_versions_by_key ON approval_versions (id, height, first_height, first_position);
CREATE INDEX approval_versions_in_order ON approval_versions (first_height, first_position) WHERE height = first_height;
CREATE INDEX approval_versions_by_imvu ON approval_versions (imvu, first_height, first_position);

CREATE TABLE seat_versions (
    key TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    name TEXT,
    power INTEGER,
    platform INTEGER,
    operator TEXT,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX seat_versions_by_key ON seat_versions (key, height, first_height, first_position);

-- Only entries of the audit log have states to compare. Said so, and not by the kind, it leaves the choice of an index to
-- the other conditions.
CREATE VIEW audit_log AS
    SELECT audit AS sequence, height, position, time, tx, actor, action, subject, imvu, code, gate, reason, before, after
    FROM events
    WHERE before IS NOT NULL;

CREATE VIEW gate_decisions AS
    SELECT t.height, t.first_decision + s.nth AS position, t.time, t.position AS transaction_position, t.id AS tx, s.gate,
           'passed' AS outcome, NULL AS reason, t.imvu, t.signer AS actor, t.action
    FROM transactions AS t JOIN gate_sets AS s ON s.number = t.gate_set
    WHERE NOT EXISTS (SELECT 1 FROM gate_refusals AS r
                      WHERE r.height = t.height AND r.position = t.first_decision + s.nth)
    UNION ALL
    SELECT r.height, r.position, t.time, r.transaction_position, t.id, r.gate,
           'refused', r.reason, r.imvu, t.signer, t.action
    FROM gate_refusals AS r JOIN transactions AS t
         ON t.height = r.height AND t.position = r.transaction_position;

CREATE VIEW identities AS
    SELECT id, public_name, status, key, generation, attester, evidence, registered, height AS changed
    FROM identity_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM identity_versions WHERE id = v.id);

CREATE VIEW imvus AS
    SELECT id, owner, status, jurisdiction, cpu_millis, memory_bytes, storage_bytes, bandwidth_bits,
           pids, io_bytes, dns_answers, mail_messages, mail_bytes, description, created, domains, routes,
           open_proposals, state_keys, placements, height AS changed
    FROM imvu_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM imvu_versions WHERE id = v.id);

CREATE VIEW path_policies AS
    SELECT imvu, next_hops, transit, egress_open, height AS changed
    FROM path_policy_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM path_policy_versions WHERE imvu = v.imvu);

CREATE VIEW routes AS
    SELECT imvu, prefix, next_hop, version, height AS changed
    FROM route_versions AS v
    WHERE removed = 0
      AND next_hop IS NOT NULL
      AND height = (SELECT max(height) FROM route_versions WHERE imvu = v.imvu AND prefix = v.prefix);

CREATE VIEW domains AS
    SELECT name, imvu, jurisdiction, since, locked_until, height AS changed
    FROM domain_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM domain_versions WHERE name = v.name);

CREATE VIEW zones AS
    SELECT apex, imvu, serial, sets, root, height AS changed
    FROM zone_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM zone_versions WHERE apex = v.apex);

CREATE VIEW rrsets AS
    SELECT zone, owner, type, ttl, records, addresses, targets, height AS changed
    FROM rrset_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM rrset_versions
                    WHERE zone = v.zone AND owner = v.owner AND type = v.type);

CREATE VIEW proposals AS
    SELECT id, imvu, change, proposer, opened, expires, status, applied_at, height AS changed
    FROM proposal_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM proposal_versions WHERE id = v.id);

CREATE VIEW open_proposals AS
    SELECT id, imvu, change, proposer, opened, expires
    FROM proposals
    WHERE status = 'open';

CREATE VIEW approvals AS
    SELECT id, imvu, fate, at, height AS changed
    FROM approval_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM approval_versions WHERE id = v.id);

CREATE VIEW validators AS
    SELECT key, name, power, platform, operator, height AS changed
    FROM seat_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM seat_versions WHERE key = v.key);

CREATE VIEW violations_by_actor AS
    SELECT actor, count(*) AS violations, min(height) AS first_height, max(height) AS last_height
    FROM violations
    GROUP BY actor;

CREATE VIEW gate_matrix AS
    SELECT gate, passed, refused
    FROM gate_counts AS t
    WHERE height = (SELECT max(l.height) FROM gate_counts AS l WHERE l.gate = t.gate);
