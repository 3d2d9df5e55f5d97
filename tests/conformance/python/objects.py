"""Objects of the state and records of the logs: docs/wire-format.md, section 9."""

from wire import (
    ACTION_KIND, ADDRESS, HASH, IMVU_ID, JURISDICTION, KEY, NAME, NETWORK, NO_BOUND, PATH_POLICY, QUOTA, REASON, RRSET,
    SIGNATURE, SUBJECT, U8, U32, U64, Fixed, List, Option, Struct, Text, plain,
)  # fmt: skip


class Six:
    """Six u64 without a count: the versions of a quota's fields."""

    def write(self, values):
        return b"".join(map(U64.write, values))

    def read(self, reader):
        return [U64.read(reader) for _ in range(6)]


CHAIN = Struct(
    network=NETWORK,
    app_version=U64,
    delays=Struct(approval_ms=U64, name_lock_ms=U64),
    allowances=Struct(
        per_block=U32,
        per_day=U32,
        rights_per_block=U32,
        rights_per_day=U32,
        unattested_per_block=U32,
        unattested_per_day=U32,
    ),
    max_quota=QUOTA,
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
IMVU = Struct(
    id=IMVU_ID,
    owner=HASH,
    status=plain("draft", "active"),
    jurisdiction=Option(JURISDICTION),
    quota=QUOTA,
    quota_versions=Six(),
    policy_version=U64,
    routes_version=U64,
    description=Text(280),
    created=U64,
    domains=U32,
    routes=U32,
    proposals=U32,
    state_keys=U32,
)
ROUTE = Struct(next_hop=Option(ADDRESS), version=U64)
COLLECTION = Struct(size=U64, root=HASH, peaks=List(HASH, 64))
DOMAIN = Struct(name=NAME, imvu=Option(IMVU_ID), since=U64, locked_until=U64)
ZONE = Struct(apex=NAME, imvu=IMVU_ID, serial=U64, sets=U32, root=HASH)

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

BY_KIND = {
    "chain": CHAIN,
    "clock": CLOCK,
    "identity": IDENTITY,
    "nonce": U64,
    "imvu": IMVU,
    "pathPolicy": PATH_POLICY,
    "route": ROUTE,
    "collection": COLLECTION,
    "domain": DOMAIN,
    "zone": ZONE,
    "rrset": RRSET,
}
RECORDS = {"audit": AUDIT, "platform": PLATFORM, "headers": HEADERS, "violation": VIOLATION, "notice": NOTICE}
COLLECTIONS = ("audit", "violations", "notices")


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


def zone_key(apex):
    return b"\x32" + apex.encode()
