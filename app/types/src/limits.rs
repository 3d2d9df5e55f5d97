//! Every bound of the wire format and the state, with its unit and its reason.

/// Bytes of one transaction (law §11). Holds an 8-KiB RRset with room to spare; bounds decode work.
pub const TX_BYTES: usize = 64 * 1024;
/// Bytes of transactions in one block, each with 4 bytes of framing: 1 MiB. Larger blocks break the cadence of one second
/// on small machines. CometBFT's own bound on a block is larger (see the genesis), so that a proposer sees the whole mempool.
pub const BLOCK_TXS_BYTES: usize = 1024 * 1024;
/// Milliseconds a transaction may live after the block time it is checked at (law §2): 24 hours.
pub const TX_LIFETIME_MS: u64 = 24 * 60 * 60 * 1000;
/// Lanes an agent may use; people have lane 0 only (law §2).
pub const AGENT_LANES: u8 = 16;
/// Embedded approvals in one transaction: one per kind of change leaves room for issue-sized bundles.
pub const APPROVALS_PER_TX: usize = 4;
/// Officers' co-signatures in one transaction: the largest officers' body.
pub const COSIGNATURES_PER_TX: usize = 16;
/// Bytes of a chain id (CometBFT's own bound is 50).
pub const CHAIN_ID_BYTES: usize = 50;
/// Bytes of an IMVU's id, or of the name of a host, a meter or a processor: fits a DNS label and a cgroup name.
pub const ID_BYTES: usize = 32;
/// Bytes of free text describing an IMVU: bounded because it is public for ever (law §10).
pub const DESCRIPTION_BYTES: usize = 280;
/// Bytes of a name as typed in an action, before it is canonical: room for escapes and UTF-8 that will be refused.
pub const NAME_TEXT_BYTES: usize = 1024;
/// Octets of a canonical name (RFC 1035 §2.3.4: 255 on the wire, hence 253 in text).
pub const NAME_BYTES: usize = 253;
/// Octets of an apex, leaving room for names below it (law §8).
pub const APEX_BYTES: usize = 200;
/// Octets of a label (RFC 1035 §2.3.4).
pub const LABEL_BYTES: usize = 63;
/// Records in an RRset (law §8).
pub const RECORDS_PER_RRSET: usize = 32;
/// Bytes of an RRset's RDATA in wire form (law §8).
pub const RRSET_BYTES: usize = 8 * 1024;
/// Bytes of a TXT RRset (law §8).
pub const TXT_RRSET_BYTES: usize = 4 * 1024;
/// Character strings in one TXT record: 4 KiB of shortest useful strings.
pub const STRINGS_PER_TXT: usize = 32;
/// RRsets in a zone (law §8); also the cost cap of one zone check.
pub const RRSETS_PER_ZONE: usize = 1_000;
/// In-zone CNAME chain length (law §8).
pub const CNAME_CHAIN: usize = 8;
/// Seconds: least and greatest TTL (law §8).
pub const TTL_MIN: u32 = 60;
/// Seconds: see [`TTL_MIN`].
pub const TTL_MAX: u32 = 86_400;
/// Bytes of TLSA, SSHFP, SVCB parameter values: a full certificate is never published here, hashes are.
pub const RDATA_BLOB_BYTES: usize = 512;
/// Service parameters of an SVCB or HTTPS record.
pub const SVC_PARAMS: usize = 8;
/// Routes of one IMVU.
pub const ROUTES_PER_IMVU: usize = 64;
/// Next hops a path policy may name.
pub const POLICY_NEXT_HOPS: usize = 32;
/// Jurisdictions a path policy may name.
pub const POLICY_TRANSIT: usize = 16;
/// Domains of one IMVU.
pub const DOMAINS_PER_IMVU: u32 = 32;
/// Open proposals on one IMVU: keeps a platform from burying a creator in paper.
pub const PROPOSALS_PER_IMVU: u32 = 32;
/// State keys one IMVU may own (law §11).
pub const STATE_KEYS_PER_IMVU: u32 = 8_192;
/// Milliseconds an approval or a proposal may live (law §6): 30 days.
pub const APPROVAL_LIFETIME_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// Milliseconds an attestation may live: long enough for a human, short enough to be stale when stolen.
pub const ATTESTATION_LIFETIME_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// Milliseconds a freed platform name stays locked (law §8): a year of 365 days.
pub const NAME_LOCK_MS: u64 = 365 * 24 * 60 * 60 * 1000;
/// Timed items handled in one block (law §1).
pub const TIMED_PER_BLOCK: usize = 500;
/// Milliseconds one block may advance the law clock (law §2).
pub const LAW_CLOCK_STEP_MS: u64 = 60 * 1000;
/// Milliseconds of a day, for daily allowances.
pub const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Officers in the platform's body.
pub const OFFICERS: usize = 16;
/// Seats: organisations that run validators.
pub const SEATS: usize = 64;
/// Jurisdictions on the governed list.
pub const JURISDICTIONS: usize = 256;
/// Operator apexes granted in genesis.
pub const APEXES: usize = 64;
/// Guardians of one identity: as many as people keep in touch with.
pub const GUARDIANS: usize = 9;
/// Guardians that act together, at least: none alone.
pub const GUARDIAN_THRESHOLD_MIN: u8 = 2;
/// People who may act for an IMVU's owner.
pub const TEAM_MEMBERS: usize = 32;
/// Milliseconds until other guardians, or a key that guardians ask for, hold (law §2): 7 days.
pub const GUARDIAN_MS: u64 = 7 * 24 * 60 * 60 * 1000;
/// Milliseconds a freeze by guardians lasts (law §2): 30 days.
pub const FREEZE_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// Attesters granted in genesis.
pub const ATTESTERS: usize = 64;
/// Identities granted in genesis.
pub const GENESIS_IDENTITIES: usize = 256;
/// Names a genesis of a development network may approve in advance.
pub const PREAPPROVED: usize = 64;
/// Hosts that a placement looks at before it gives up: bounds the work of one activation.
pub const HOSTS_SEEN: usize = 256;
/// Meters of one host: one each for compute and network, several for names and mail.
pub const METERS_PER_HOST: usize = 16;
/// Keys of one meter (law §5: k-of-n signatures on one identical record).
pub const KEYS_PER_METER: usize = 8;
/// Slots a host has in its life: each has a port of its own from [`PORT_FIRST`] on, below 65,536.
pub const SLOTS_PER_HOST: u32 = 40_000;
/// The port of slot 0: above those that Linux gives out by itself to nobody but servers, below 2^16 − slots.
pub const PORT_FIRST: u16 = 20_000;
/// User ids of one IMVU: a 16-bit range, as a user namespace maps it.
pub const UIDS_PER_IMVU: u32 = 65_536;
/// The range of slot 0, in ranges: the first million ids belong to the host's own users.
pub const UID_RANGE_FIRST: u32 = 16;
/// Acknowledgements in one report.
pub const ACKS_PER_REPORT: usize = 512;
/// Meter records in one report.
pub const RECORDS_PER_REPORT: usize = 16;
/// Lines in one meter record: as many of the shortest as fit a transaction.
pub const LINES_PER_RECORD: usize = 3_000;
/// Drifts in one report; a host with more of them in one interval has another problem.
pub const DRIFTS_PER_REPORT: usize = 64;
/// Bytes of a process's name in a drift report (the kernel's own bound is 15; a path helps more).
pub const PROCESS_BYTES: usize = 64;
/// Milliseconds of an hour: no window straddles one (law §5).
pub const HOUR_MS: u64 = 60 * 60 * 1000;
/// Milliseconds a window may end after the block time: clocks of hosts differ by less, or alarm (law §5).
pub const WINDOW_SLACK_MS: u64 = 5_000;
/// Milliseconds after which an hour of usage is sealed though a meter owes a window of it (law §4: 72 hours).
pub const LATE_WINDOW_MS: u64 = 72 * 60 * 60 * 1000;
/// Milliseconds of full use by which plausible usage may run ahead of quota × time, rounded up to a whole unit, however a
/// stay is cut into windows: kernels account by scheduling periods (100 ms for CPU), and counters of one window are not
/// read in one instant.
pub const BURST_MS: u64 = 1_000;
/// Readings of one IMVU that are remembered, one for each meter and stay. Beyond them the oldest stay's are forgotten, never
/// the current one's: another meter is not heard then.
pub const CURSORS_PER_IMVU: usize = 64;
/// Milliseconds until a registered host, agent or meter counts (law §9): 7 days.
pub const REGISTRATION_MS: u64 = 7 * 24 * 60 * 60 * 1000;
/// Milliseconds without a word after which an agent or a meter is called silent: three intervals of five minutes.
pub const SILENCE_MS: u64 = 15 * 60 * 1000;
/// Creators told in one step of the timed queue that their host drains: bounds a block's work.
pub const TOLD_PER_STEP: u32 = 50;
/// Bytes of a payment's name at its processor: a UUID, a hash, or what processors make of them.
pub const EXTERNAL_ID_BYTES: usize = 64;
/// Price lists that are remembered: one a month for twenty years.
pub const PRICE_LISTS: usize = 256;
/// Tax rates of one region that are remembered.
pub const TAX_RATES: usize = 64;
/// Mandates for one IMVU that hold, or ended so lately that late use may still concern them.
pub const MANDATES_PER_IMVU: usize = 4;
/// Periods of which a mandate remembers what it has paid: of older ones it pays nothing more.
pub const MANDATE_PERIODS: usize = 4;
/// Payers in debt for one IMVU above which it gets no new mandate: with its mandates and its creator, all fit
/// [`DEBTS_PER_IMVU`].
pub const DEBTORS_FOR_MANDATE: usize = 12;
/// Payers in debt for one IMVU.
pub const DEBTS_PER_IMVU: usize = DEBTORS_FOR_MANDATE + MANDATES_PER_IMVU + 1;
/// Containments of one IMVU in [`CONTAINMENT_SPAN_MS`]: as many as fill [`CONTAINMENT_MS`] in parts of hours.
pub const CONTAINMENTS_KEPT: usize = 72;
/// Milliseconds an IMVU may be contained in all in [`CONTAINMENT_SPAN_MS`] (law §4): 72 hours.
pub const CONTAINMENT_MS: u64 = 72 * 60 * 60 * 1000;
/// Milliseconds of the span in which containments are summed (law §4): 30 days.
pub const CONTAINMENT_SPAN_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// Operators outside the platform that sign a containment (law §4).
pub const CONTAINMENT_SIGNERS: usize = 2;
/// IMVUs whose statements one step of the timed queue makes: bounds a block's work.
pub const STATEMENTS_PER_STEP: usize = 100;
/// Debts that one step collects after a deposit; the rest is due at the next law time.
pub const DEBTS_PER_STEP: usize = 32;
/// Milliseconds between a change of prices or tax rates and the period it begins in (law §4): 30 days.
pub const PRICE_NOTICE_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// Milliseconds until a creator's money matures (law §4): 30 days in which it can be refunded or disputed.
pub const MATURITY_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// Milliseconds a dispute may stay open (law §4): 30 days.
pub const DISPUTE_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// Milliseconds between the revocation of a standing consent and its end (law §4): 30 days.
pub const CONSENT_NOTICE_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// Milliseconds a debt is due before its IMVU's creator is told (law §4): 7 days.
pub const DEBT_NOTICE_MS: u64 = 7 * 24 * 60 * 60 * 1000;
/// Milliseconds a debt is due before its IMVU gets no new resources (law §4): 14 days.
pub const DEBT_FROZEN_MS: u64 = 14 * 24 * 60 * 60 * 1000;
/// Milliseconds a debt is due before its IMVU's compute rests (law §4): 30 days.
pub const DEBT_DORMANT_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// Entries of one subject's consents, not erased, up to which there are new consents.
pub const CONSENT_ENTRIES: usize = 256;
/// Entries of one subject's consents, not erased, of which is known what became of them. Revocations are never refused for
/// room, and each revokes another consent; an erasure takes the place of one entry at least.
pub const CONSENT_ENTRIES_KEPT: usize = 2 * CONSENT_ENTRIES;
/// Holders of copies that can prove one deletion: as many as there are seats, and as many hosts again.
pub const HOLDERS_PER_ERASURE: usize = 128;
/// Milliseconds a snapshot is kept (law §7): 30 days.
pub const SNAPSHOT_RETENTION_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// Milliseconds since a snapshot was taken in which its IMVU can move to another host (law §3, gate 12): 24 hours.
pub const SNAPSHOT_FRESH_MS: u64 = 24 * 60 * 60 * 1000;
/// Milliseconds a host has to say what came of a request for a snapshot: 6 hours, in which a disk of 200 MB/s reads the
/// largest volume that networks offer, 4 TiB.
pub const SNAPSHOT_DUE_MS: u64 = 6 * 60 * 60 * 1000;
/// Hours of a period on a development network, at most: a year.
pub const PERIOD_HOURS_MAX: u32 = 8_784;
/// Mail objects of one IMVU: each change hashes the whole table of contents again, as one of a zone does.
pub const MAIL_OBJECTS_PER_IMVU: usize = 1_000;
/// Addresses of one IMVU: leaves room for the keys and credentials beside them.
pub const ADDRESSES_PER_IMVU: u32 = 512;
/// Credentials of one IMVU.
pub const CREDENTIALS_PER_IMVU: u32 = 256;
/// DKIM keys of one IMVU, the revoked ones as well: two a month for eight years, or a few domains for two.
pub const DKIM_KEYS_PER_IMVU: u32 = 192;
/// Addresses of one credential.
pub const ADDRESSES_PER_CREDENTIAL: usize = 32;
/// Milliseconds a mail credential may live: a year of 365 days.
pub const CREDENTIAL_LIFETIME_MS: u64 = 365 * 24 * 60 * 60 * 1000;
/// Bits of an RSA key for DKIM: at least what RFC 8301 §3.2 asks of signers, at most what verifiers must take.
pub const RSA_BITS_MIN: usize = 2_048;
/// Bits: see [`RSA_BITS_MIN`].
pub const RSA_BITS_MAX: usize = 4_096;
/// Bytes of an RSA key's `SubjectPublicKeyInfo`: 4,096 bits of modulus, four bytes of exponent, and the DER around them.
pub const RSA_KEY_BYTES: usize = 560;
/// Seconds that resolvers may keep a DKIM record: a revocation is seen within the hour.
pub const DKIM_TTL: u32 = 3_600;
/// Milliseconds seats vote on a proposal (law §9): 30 days.
pub const VOTING_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// Milliseconds from a proposal's passing until a register of organisations or people changes (law §9): 7 days.
pub const REGISTER_MS: u64 = 7 * 24 * 60 * 60 * 1000;
/// Milliseconds from a proposal's passing until a list or the binary changes (law §9): 30 days.
pub const GOVERNANCE_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// Milliseconds of an upgrade's time-lock that five sixths of the seats are for (law §9): 7 days.
pub const UPGRADE_FAST_MS: u64 = 7 * 24 * 60 * 60 * 1000;
/// Milliseconds that light clients trust a header (law §9): 14 days.
pub const TRUSTING_MS: u64 = 14 * 24 * 60 * 60 * 1000;
/// Proposals pending at once: some for each kind of change, few enough to be read by who votes.
pub const GOVERNANCE_OPEN: usize = 64;
/// Of them, those by candidates and members: operators always have room for theirs.
pub const GOVERNANCE_OPEN_CANDIDATES: usize = 32;
/// Of them, those of one proposer.
pub const GOVERNANCE_OPEN_PER_PROPOSER: usize = 4;
/// Observers of external names: each seat's organisation, and some more.
pub const OBSERVERS: usize = 128;
/// Changes of power remembered: each seat once by vote and once by evidence in a trusting period.
pub const POWER_CHANGES: usize = 2 * SEATS;
/// Consensus keys remembered that seats gave up. Less than a third of all power changes in a trusting period, so that the
/// oldest of them is some periods older than the evidence that CometBFT still takes.
pub const FORMER_KEYS: usize = 2 * SEATS;
/// Seats with power below which no vote takes a production network: three of four still agree when one fails.
pub const SEATS_LEAST: usize = 4;
/// Least number of officers who sign a platform action, once governance sets it: one alone could be forced.
pub const OFFICERS_THRESHOLD_LEAST: u8 = 2;
/// Blocks between an upgrade's decision and its height: about a day, for operators to fetch and check the binary.
pub const UPGRADE_NOTICE_BLOCKS: u64 = 86_400;
/// The same on a development network.
pub const UPGRADE_NOTICE_BLOCKS_DEVELOPMENT: u64 = 10;
/// Milliseconds a legal restriction may last (law §4): 30 days.
pub const RESTRICTION_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// Milliseconds a vote may extend a containment by at once (law §4 sets no bound on what is voted; this one keeps it reviewed).
pub const CONTAINMENT_EXTENSION_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// Parts of an exit's inventory: every collection, and what else leaves.
pub const ARCHIVE_PARTS: usize = 24;
/// Milliseconds from an announcement after which a host is late with an export (law §7): 72 hours.
pub const EXIT_OVERDUE_MS: u64 = 72 * 60 * 60 * 1000;
/// Milliseconds from an announcement in which nobody else changes what the creator authored, at least (law §7): 90 days.
pub const EXIT_PROTECTION_MS: u64 = 90 * 24 * 60 * 60 * 1000;
/// Milliseconds of protection after an export, and after the end; and from a release to the end (law §7): 30 days.
pub const EXIT_AFTER_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// Milliseconds between two announcements of one IMVU (law §7): 180 days.
pub const EXIT_INTERVAL_MS: u64 = 180 * 24 * 60 * 60 * 1000;
/// Restrictions of one IMVU: one for each scope.
pub const RESTRICTIONS: usize = 3;
/// Milliseconds between two looks at an external name's proof (law §8): 30 days.
pub const OBSERVATION_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// Milliseconds a holder has to prove an external name again (law §8): 7 days.
pub const REPROOF_MS: u64 = 7 * 24 * 60 * 60 * 1000;
/// Milliseconds a claim of an external name waits for its proof: two weeks, in which a registrar's desk answers.
pub const EXTERNAL_CLAIM_MS: u64 = 14 * 24 * 60 * 60 * 1000;
/// Names below a claimed one that others hold and that its proof calls in question: bounds the work of one vote.
pub const REPROOFS_PER_CLAIM: usize = 16;
/// Milliseconds a transfer code may live (law §7): 14 days.
pub const TRANSFER_CODE_MS: u64 = 14 * 24 * 60 * 60 * 1000;
/// Name servers of a delegation: more than any registry asks for.
pub const SERVERS_PER_DELEGATION: usize = 8;
/// Digests of keys of a delegation: two keys, each with two digests, and as many again while keys roll over.
pub const DS_PER_DELEGATION: usize = 8;
/// Bytes of a key's digest in a delegation: SHA-384's.
pub const DS_DIGEST_BYTES: usize = 48;
