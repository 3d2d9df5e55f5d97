-- The third part of the schema: money. Versions are as in the first part. Amounts in micro-credits fit an INTEGER: none is
-- larger than 2^63 − 1. Grains are twenty times as many, and decimal texts.

CREATE TABLE account_versions (
    kind TEXT NOT NULL,
    holder TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    debits TEXT,
    credits TEXT,
    balance TEXT,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX account_versions_by_key ON account_versions (kind, holder, height, first_height, first_position);
CREATE INDEX account_versions_in_order ON account_versions (first_height, first_position) WHERE height = first_height;
-- By first versions alone: an account has a version for every block that posted to it, and its holder never changes.
CREATE INDEX account_versions_by_holder ON account_versions (holder, first_height, first_position) WHERE height = first_height;

CREATE TABLE price_list_versions (
    version INTEGER NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    from_period INTEGER,
    cpu_micros INTEGER,
    cpu_per INTEGER,
    memory_micros INTEGER,
    memory_per INTEGER,
    io_micros INTEGER,
    io_per INTEGER,
    dns_micros INTEGER,
    dns_per INTEGER,
    mail_micros INTEGER,
    mail_per INTEGER,
    network_micros INTEGER,
    network_per INTEGER,
    mail_storage_micros INTEGER,
    mail_storage_per INTEGER,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX price_list_versions_by_key ON price_list_versions (version, height, first_height, first_position);

CREATE TABLE tax_rate_versions (
    region TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    rates TEXT,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX tax_rate_versions_by_key ON tax_rate_versions (region, height, first_height, first_position);

CREATE TABLE processor_versions (
    id TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    identity TEXT,
    registered INTEGER,
    usable_from INTEGER,
    reconciled INTEGER,
    statement TEXT,
    stated_in INTEGER,
    stated_out INTEGER,
    booked_in INTEGER,
    booked_out INTEGER,
    agrees INTEGER,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX processor_versions_by_key ON processor_versions (id, height, first_height, first_position);

CREATE TABLE processor_link_versions (
    imvu TEXT NOT NULL,
    processor TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX processor_link_versions_by_key ON processor_link_versions (imvu, processor, height, first_height, first_position);

CREATE TABLE payment_versions (
    processor TEXT NOT NULL,
    external TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    kind TEXT,
    booked INTEGER,
    time INTEGER,
    amount INTEGER,
    payer TEXT,
    sale TEXT,
    imvu TEXT,
    creator TEXT,
    region TEXT,
    tax INTEGER,
    fee INTEGER,
    day INTEGER,
    refunded INTEGER,
    tax_refunded INTEGER,
    disputed INTEGER,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX payment_versions_by_key ON payment_versions (processor, external, height, first_height, first_position);
CREATE INDEX payment_versions_by_imvu ON payment_versions (imvu, first_height, first_position) WHERE imvu IS NOT NULL;

CREATE TABLE dispute_versions (
    id TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    imvu TEXT,
    processor TEXT,
    sale TEXT,
    amount INTEGER,
    evidence TEXT,
    opened INTEGER,
    expires INTEGER,
    status TEXT,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX dispute_versions_by_key ON dispute_versions (id, height, first_height, first_position);

CREATE TABLE payout_versions (
    id TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    identity TEXT,
    processor TEXT,
    amount INTEGER,
    destination TEXT,
    requested INTEGER,
    status TEXT,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX payout_versions_by_key ON payout_versions (id, height, first_height, first_position);
CREATE INDEX payout_versions_in_order ON payout_versions (first_height, first_position) WHERE height = first_height;
CREATE INDEX payout_versions_by_identity ON payout_versions (identity, first_height, first_position) WHERE height = first_height;

CREATE TABLE mandate_versions (
    imvu TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    mandates INTEGER,
    payer TEXT,
    cap INTEGER,
    holds_from INTEGER,
    holds_until INTEGER,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX mandate_versions_by_key ON mandate_versions (imvu, height, first_height, first_position);

CREATE TABLE enforcement_versions (
    imvu TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    debtors TEXT,
    owed INTEGER,
    since INTEGER,
    stage TEXT,
    containments INTEGER,
    contained_until INTEGER,
    evidence TEXT,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX enforcement_versions_by_key ON enforcement_versions (imvu, height, first_height, first_position);

CREATE TABLE standing_consent_versions (
    imvu TEXT NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    given TEXT,
    ending TEXT,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX standing_consent_versions_by_key ON standing_consent_versions (imvu, height, first_height, first_position);

CREATE TABLE billing_versions (
    imvu TEXT NOT NULL,
    period INTEGER NOT NULL,
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    first_height INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    price_version INTEGER,
    charged INTEGER,
    collected INTEGER,
    corrected INTEGER,
    entries INTEGER,
    sales INTEGER,
    gross INTEGER,
    tax INTEGER,
    fees INTEGER,
    refunded INTEGER,
    tax_refunded INTEGER,
    granted_by_creator INTEGER,
    granted_by_platform INTEGER,
    disputed INTEGER,
    released INTEGER,
    flags TEXT,
    closed INTEGER,
    statement TEXT,
    statement_sequence INTEGER,
    value BLOB
) STRICT;
CREATE UNIQUE INDEX billing_versions_by_key ON billing_versions (imvu, period, height, first_height, first_position);

CREATE TABLE money_entries (
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    time INTEGER NOT NULL,
    imvu TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    period INTEGER NOT NULL,
    owner TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount INTEGER NOT NULL,
    creator_grains TEXT NOT NULL,
    platform_grains TEXT NOT NULL,
    tax INTEGER,
    fee INTEGER,
    payers TEXT,
    processor TEXT,
    external TEXT,
    dispute TEXT,
    hour INTEGER,
    of_period INTEGER,
    PRIMARY KEY (height, position)
) STRICT;
CREATE INDEX money_entries_by_imvu ON money_entries (imvu, height, position, period, kind);
CREATE INDEX money_entries_by_owner ON money_entries (owner, height, position, period, kind);

CREATE TABLE statements (
    height INTEGER NOT NULL,
    position INTEGER NOT NULL,
    time INTEGER NOT NULL,
    imvu TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    period INTEGER NOT NULL,
    hash TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (height, position)
) STRICT;
CREATE INDEX statements_by_imvu ON statements (imvu, height, position, period);

CREATE VIEW accounts AS
    SELECT kind, holder, debits, credits, balance, height AS changed
    FROM account_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM account_versions WHERE kind = v.kind AND holder = v.holder);

CREATE VIEW price_lists AS
    SELECT version, from_period, cpu_micros, cpu_per, memory_micros, memory_per, io_micros, io_per, dns_micros,
           dns_per, mail_micros, mail_per, network_micros, network_per, mail_storage_micros, mail_storage_per,
           height AS changed
    FROM price_list_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM price_list_versions WHERE version = v.version);

CREATE VIEW tax_rates AS
    SELECT region, rates, height AS changed
    FROM tax_rate_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM tax_rate_versions WHERE region = v.region);

CREATE VIEW processors AS
    SELECT id, identity, registered, usable_from, reconciled, statement, stated_in, stated_out, booked_in, booked_out,
           agrees, height AS changed
    FROM processor_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM processor_versions WHERE id = v.id);

CREATE VIEW processor_links AS
    SELECT imvu, processor, height AS changed
    FROM processor_link_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM processor_link_versions WHERE imvu = v.imvu AND processor = v.processor);

CREATE VIEW payments AS
    SELECT processor, external, kind, booked, time, amount, payer, sale, imvu, creator, region, tax, fee, day,
           refunded, tax_refunded, disputed, height AS changed
    FROM payment_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM payment_versions WHERE processor = v.processor AND external = v.external);

CREATE VIEW disputes AS
    SELECT id, imvu, processor, sale, amount, evidence, opened, expires, status, height AS changed
    FROM dispute_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM dispute_versions WHERE id = v.id);

CREATE VIEW payouts AS
    SELECT id, identity, processor, amount, destination, requested, status, height AS changed
    FROM payout_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM payout_versions WHERE id = v.id);

CREATE VIEW mandates AS
    SELECT imvu, mandates, payer, cap, holds_from, holds_until, height AS changed
    FROM mandate_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM mandate_versions WHERE imvu = v.imvu);

CREATE VIEW enforcements AS
    SELECT imvu, debtors, owed, since, stage, containments, contained_until, evidence, height AS changed
    FROM enforcement_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM enforcement_versions WHERE imvu = v.imvu);

CREATE VIEW standing_consents AS
    SELECT imvu, given, ending, height AS changed
    FROM standing_consent_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM standing_consent_versions WHERE imvu = v.imvu);

CREATE VIEW billings AS
    SELECT imvu, period, price_version, charged, collected, corrected, entries, sales, gross, tax, fees, refunded,
           tax_refunded, granted_by_creator, granted_by_platform, disputed, released, flags, closed, statement,
           statement_sequence, height AS changed
    FROM billing_versions AS v
    WHERE removed = 0
      AND height = (SELECT max(height) FROM billing_versions WHERE imvu = v.imvu AND period = v.period);
