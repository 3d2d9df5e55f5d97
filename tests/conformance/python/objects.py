"""Objects of the state and records of the logs: docs/wire-format.md, section 9."""

import ledger
import mail
import exits
import rights
from encoding import Enum, Fixed, List, Option, Row, Set, Struct, Text, plain
from proofs import digest, tagged
from wire import (
    ACK_OUTCOME, ACTION_KIND, ADDRESS, AGENT_KIND, BOOL, CAPABILITIES, CHAIN_ID, DELEGATION, DRIFT, GOVERNANCE_CHANGE, GUARDIANS, HASH, HOST_ID, HOST_STATUS, IMVU_ID, IMVU_ROLE,
    ITEM,
    JURISDICTION, KEY, METER_ID, METER_SCOPE, NAME, NETWORK, NO_BOUND, PATH_POLICY, PERIOD, PREFIX, QUOTA, QUOTA_FIELDS, REASON,
    RESOURCE, RESTRICTION_SCOPE, RRSET, SIGNATURE, SUBJECT, TRANSFER_CODE, U8, U16, U32, U64, U128,
)  # fmt: skip


CHAIN = Struct(
    network=NETWORK,
    app_version=U64,
    delays=Struct(
        approval_ms=U64,
        name_lock_ms=U64,
        registration_ms=U64,
        silence_ms=U64,
        late_window_ms=U64,
        price_notice_ms=U64,
        maturity_ms=U64,
        dispute_ms=U64,
        consent_notice_ms=U64,
        debt_notice_ms=U64,
        debt_frozen_ms=U64,
        debt_dormant_ms=U64,
        guardian_ms=U64,
        freeze_ms=U64,
        snapshot_retention_ms=U64,
        voting_ms=U64,
        register_ms=U64,
        governance_ms=U64,
        upgrade_fast_ms=U64,
        trusting_ms=U64,
        exit_overdue_ms=U64,
        exit_protection_ms=U64,
        exit_after_ms=U64,
        exit_interval_ms=U64,
        observation_ms=U64,
        reproof_ms=U64,
    ),
    allowances=Struct(
        per_block=U32,
        per_day=U32,
        rights_per_block=U32,
        rights_per_day=U32,
        unattested_per_block=U32,
        unattested_per_day=U32,
    ),
    max_quota=QUOTA,
    development=BOOL,
    calendar=ledger.CALENDAR,
)
CLOCK = Struct(height=U64, time=U64, law_time=U64)
IDENTITY = Struct(
    key=KEY,
    generation=U32,
    status=plain("active", "revoked"),
    attester=Option(HASH),
    evidence=HASH,
    registered=U64,
    public_name=Text(64),
)
SEAT = Struct(name=Text(64), key=KEY, power=U64, platform=BOOL, operator=HASH)
IMVU = Struct(
    id=IMVU_ID,
    owner=HASH,
    status=plain("draft", "active", "starting", "stopping"),
    jurisdiction=Option(JURISDICTION),
    quota=QUOTA,
    quota_versions=Row(U64, len(QUOTA_FIELDS)),
    policy_version=U64,
    routes_version=U64,
    description=Text(280),
    created=U64,
    domains=U32,
    routes=U32,
    proposals=U32,
    state_keys=U32,
    placements=U64,
)
ROUTE = Struct(next_hop=Option(ADDRESS), version=U64)
COLLECTION = Struct(size=U64, root=HASH, peaks=List(HASH, 64))
DOMAIN = Struct(name=NAME, imvu=Option(IMVU_ID), jurisdiction=Option(JURISDICTION), since=U64, locked_until=U64)
ZONE = Struct(apex=NAME, imvu=IMVU_ID, serial=U64, sets=U32, root=HASH)
TIMED = Enum(
    expireProposal=HASH,
    forgetApproval=HASH,
    watchAgent=HASH,
    watchMeter=METER_ID,
    sealUsage=IMVU_ID,
    tellCreators=Struct(host=HOST_ID, **{"from": U32}, audit=U64, actor=HASH),
    closePeriod=Struct(period=PERIOD, **{"from": Option(IMVU_ID)}),
    mature=Struct(creator=HASH, day=U64),
    endDispute=HASH,
    debtStep=Struct(imvu=IMVU_ID, payer=HASH),
    collect=HASH,
    uncontain=IMVU_ID,
    settleGuardianship=HASH,
    snapshotOverdue=Struct(imvu=IMVU_ID, number=U64),
    expireSnapshot=Struct(imvu=IMVU_ID, number=U64),
    endVote=HASH,
    enact=HASH,
    changeSeats=None,
    unrestrict=Struct(imvu=IMVU_ID, scope=RESTRICTION_SCOPE),
    exitOverdue=IMVU_ID,
    closeExit=IMVU_ID,
    freeNames=IMVU_ID,
    endClaim=Struct(name=NAME, imvu=IMVU_ID),
    endRound=NAME,
    endGrant=NAME,
)
GOVERNANCE = Struct(
    id=HASH,
    change=GOVERNANCE_CHANGE,
    proposer=HASH,
    basis=U64,
    epoch=U32,
    opened=U64,
    closes=U64,
    audit=U64,
    votes=List(Struct(operator=HASH, seat=Text(64), approve=BOOL), 64),
    status=Enum(
        open=None,
        passed=Struct(due=U64),
        atPeriod=Struct(begins=U64),
        queued=None,
        executed=U64,
        rejected=None,
        lapsed=Enum(unvoted=None, moved=None, epoch=None, refused=REASON),
        withdrawn=None,
    ),
)
REGISTERS = Struct(
    officers=U64,
    attesters=U64,
    observers=U64,
    seats=U64,
    jurisdictions=U64,
    denied=U64,
    upgrade=U64,
    open=List(Struct(id=HASH, proposer=HASH, by_operator=BOOL), 64),
)
NAME_VOTES = List(Struct(observer=HASH, seen=BOOL, evidence=HASH, at=U64), 128)
OBSERVERS = Struct(members=List(Struct(identity=HASH, name=Text(64), platform=BOOL), 128))
EXTERNAL_CLAIM = Struct(
    name=NAME, imvu=IMVU_ID, nonce=HASH, expires=U64, since=U64, votes=NAME_VOTES, settles=Option(U64)
)
EXTERNAL_NAME = Struct(
    name=NAME, imvu=IMVU_ID, nonce=HASH, expires=U64, since=U64, votes=NAME_VOTES, due=U64, reproof=BOOL
)
CHILD_GRANT = Struct(child=NAME, parent=NAME, by=IMVU_ID, imvu=IMVU_ID, expires=Option(U64))
DELEGATED = Struct(name=NAME, imvu=Option(IMVU_ID), delegation=DELEGATION, since=U64)
TRANSFER_KEY = Struct(name=NAME, imvu=IMVU_ID, code=TRANSFER_CODE, since=U64)
GUARDIANSHIP = Struct(
    guardians=GUARDIANS,
    threshold=U8,
    frozen_until=U64,
    next_freeze=U64,
    change=Option(Struct(guardians=GUARDIANS, threshold=U8, due=U64)),
    recovery=Option(
        Struct(
            new_key=KEY,
            generation=U32,
            opened=U64,
            due=U64,
            attested=Option(Struct(attester=HASH, evidence=HASH)),
        )
    ),
)
TEAM = Struct(members=List(Struct(identity=HASH, role=IMVU_ROLE), 32))

HOST = Struct(
    id=HOST_ID,
    operator=HASH,
    jurisdiction=JURISDICTION,
    capacity=QUOTA,
    guaranteed=QUOTA,
    capabilities=CAPABILITIES,
    attested=Option(U64),
    status=HOST_STATUS,
    usable_from=U64,
    registered=U64,
    placements=U32,
    next_slot=U32,
    agents=Row(Option(HASH), len(AGENT_KIND.names)),
    meters=Set(METER_ID, 16),
)
AGENT = Struct(
    id=HASH,
    host=HOST_ID,
    kind=AGENT_KIND,
    registered=U64,
    usable_from=U64,
    sequence=U64,
    last_height=U64,
    last_time=U64,
    through=U64,
    silent=BOOL,
)
METER = Struct(
    id=METER_ID,
    host=HOST_ID,
    kind=AGENT_KIND,
    scope=METER_SCOPE,
    keys=Set(KEY, 8),
    threshold=U8,
    test=BOOL,
    registered=U64,
    since=U64,
    usable_from=U64,
    retired=BOOL,
    replaces=Option(METER_ID),
    sequence=U64,
    last=HASH,
    window_end=U64,
    boot=Fixed(16),
    boots=U32,
    gap_ms=U64,
    gap_end=U64,
    last_time=U64,
    silent=BOOL,
)
SLOT = Struct(imvu=IMVU_ID, generation=U64, since=U64, ended=Option(Struct(at=U64, ceiling=QUOTA)))
PLACEMENT = Struct(
    imvu=IMVU_ID,
    host=HOST_ID,
    slot=U32,
    jurisdiction=JURISDICTION,
    generation=U64,
    since=U64,
    phase=Enum(starting=None, running=None, stopping=Option(HOST_ID)),
    ceiling=QUOTA,
    ceiling_since=U64,
    ceiling_before=QUOTA,
)
SPEC = Enum(
    compute=Struct(imvu=IMVU_ID, placement=U64, slot=U32, uid_first=U32, limits=QUOTA),
    network=Struct(
        imvu=IMVU_ID,
        placement=U64,
        subnet=PREFIX,
        port=U16,
        bandwidth_bits=U64,
        routes=List(Struct(prefix=PREFIX, next_hop=ADDRESS), 64),
        policy=PATH_POLICY,
        contained=BOOL,
        restricted=Set(RESTRICTION_SCOPE, 3),
    ),
    absent=None,
    snapshot=rights.SNAPSHOT_SPEC,
    restore=rights.RESTORE_SPEC,
    mail=Struct(
        imvu=IMVU_ID,
        placement=U64,
        slot=U32,
        version=U64,
        root=HASH,
        token_epoch=U64,
        messages_hour=U64,
        storage_bytes=U64,
        contained=BOOL,
    ),
)
ASSIGNMENT = Struct(
    recovery_epoch=U32,
    generation=U64,
    spec=SPEC,
    acknowledged=Option(Struct(outcome=ACK_OUTCOME, observed=HASH, at=U64)),
)
USAGE_LINE = Struct(
    resource=RESOURCE, meter=METER_ID, read=U128, billed=U128, dropped=U128, windows=U16, flags=U8
)
CURSOR = Struct(meter=METER_ID, placement=U64, counters=List(U64, 3), ahead=List(U128, 3),
                dropped=U64, at=U64, boot=U32)
OPEN_HOUR = Struct(hour=U64, placement=U64, host=HOST_ID, lines=List(USAGE_LINE, NO_BOUND))
METERING = Struct(
    cursors=List(CURSOR, NO_BOUND),
    forgotten=U64,
    hours=List(OPEN_HOUR, NO_BOUND),
    billed=Row(U128, len(RESOURCE.names)),
)

AUDIT = Struct(
    sequence=U64, height=U64, time=U64, tx=HASH, actor=HASH, action=ACTION_KIND, subject=SUBJECT,
    imvu=Option(IMVU_ID), code=U32, reason=Option(REASON), before=HASH, after=HASH,
)  # fmt: skip
VIOLATION = Struct(
    audit=U64, height=U64, time=U64, tx=HASH, actor=HASH, action=ACTION_KIND, subject=SUBJECT,
    imvu=Option(IMVU_ID), code=U32, refused=List(Struct(gate=U8, reason=REASON), NO_BOUND),
)  # fmt: skip
NOTICE = Struct(
    audit=U64, height=U64, time=U64, imvu=IMVU_ID, actor=HASH, action=ACTION_KIND, code=U32, proposal=Option(HASH)
)
PLATFORM = Struct(
    audit=U64, height=U64, tx=HASH, action=ACTION_KIND, imvu=Option(IMVU_ID), code=U32,
    signatures=List(Struct(officer=HASH, key=KEY, signature=SIGNATURE), NO_BOUND),
)  # fmt: skip
HEADERS = Struct(height=U64, hash=Fixed(32))
USAGE = Struct(
    imvu=IMVU_ID, sequence=U64, hour=U64, owner=HASH, host=HOST_ID, placement=U64, height=U64,
    lines=List(USAGE_LINE, NO_BOUND),
)  # fmt: skip
DRIFT_ENTRY = Struct(audit=U64, height=U64, time=U64, agent=HASH, drift=DRIFT)

BY_KIND = {
    "chain": CHAIN,
    "clock": CLOCK,
    "identity": IDENTITY,
    "nonce": U64,
    "seat": SEAT,
    "imvu": IMVU,
    "pathPolicy": PATH_POLICY,
    "route": ROUTE,
    "collection": COLLECTION,
    "domain": DOMAIN,
    "zone": ZONE,
    "rrset": RRSET,
    "timed": TIMED,
    "due": TIMED,
    "host": HOST,
    "agent": AGENT,
    "meter": METER,
    "meterKey": METER_ID,
    "slot": SLOT,
    "placement": PLACEMENT,
    "assignment": ASSIGNMENT,
    "metering": METERING,
    "guardianship": GUARDIANSHIP,
    "team": TEAM,
    **mail.BY_KIND,
    "governance": GOVERNANCE,
    "registers": REGISTERS,
    "externalClaim": EXTERNAL_CLAIM,
    "externalName": EXTERNAL_NAME,
    "observers": OBSERVERS,
    "childGrant": CHILD_GRANT,
    "delegation": DELEGATED,
    "transferKey": TRANSFER_KEY,
    **ledger.BY_KIND,
    **rights.BY_KIND,
    **exits.BY_KIND,
}
RECORDS = {
    "audit": AUDIT,
    "platform": PLATFORM,
    "headers": HEADERS,
    "violation": VIOLATION,
    "notice": NOTICE,
    "usage": USAGE,
    "drift": DRIFT_ENTRY,
    **mail.RECORDS,
    **ledger.RECORDS,
    **rights.RECORDS,
    **exits.RECORDS,
}
COLLECTIONS = (
    "audit", "violations", "notices", "usage", "drifts", "money", "statements", "consents", "snapshots", "mailEpochs",
    "exits",
)  # fmt: skip


def chain_key():
    return b"\x01"


def identity_key(identity):
    return b"\x10" + bytes.fromhex(identity)


def nonce_key(identity, lane=0):
    return b"\x11" + bytes.fromhex(identity) + bytes([lane])


def imvu_key(imvu):
    return b"\x20" + imvu.encode()


def policy_key(imvu):
    return b"\x21" + imvu.encode()


def collection_key(kind, imvu):
    return b"\x23" + bytes([COLLECTIONS.index(kind)]) + Option(IMVU_ID).write(imvu)


def domain_key(name):
    return b"\x30" + name.encode()


def external_name_key(name):
    return b"\x37" + ".".join(reversed(name.split("."))).encode()


def challenge(chain_id, imvu, name, nonce, expires):
    """What who claims a name from elsewhere publishes, and observers look for."""
    parts = (CHAIN_ID, chain_id), (IMVU_ID, imvu), (NAME, name), (HASH, nonce), (U64, expires)
    return tagged("nexus/name-challenge/v1", *(kind.write(value) for kind, value in parts)).hex()


def nonce_of_a_reproof(transaction, name):
    return tagged("nexus/name-reproof/v1", HASH.write(transaction), NAME.write(name)).hex()


def zone_key(apex):
    return b"\x32" + apex.encode()


def timed_key(due, item):
    return b"\x50" + due.to_bytes(8, "big") + digest(item)


def host_key(host):
    return b"\x60" + host.encode()


def agent_key(identity):
    return b"\x61" + bytes.fromhex(identity)


def meter_key(meter):
    return b"\x62" + meter.encode()


def key_of_a_meter_key(key):
    return b"\x63" + bytes.fromhex(key)


def slot_key(host, slot):
    return b"\x64" + HOST_ID.write(host) + slot.to_bytes(4, "big")


def placement_key(imvu):
    return b"\x65" + imvu.encode()


def assignment_key(host, kind, item):
    return b"\x66" + HOST_ID.write(host) + AGENT_KIND.write(kind) + ITEM.write(item)


def metering_key(imvu):
    return b"\x67" + imvu.encode()
