"""Consents and snapshots, as objects and records: docs/wire-format.md, section 9."""

from encoding import Enum, List, Option, Set, Struct, plain
from proofs import tagged
from wire import HASH, HOST_ID, IMVU_ID, JURISDICTION, LOSS_REASON, PURPOSE, TAKEN, U32, U64

CONSENTS = Struct(
    imvu=IMVU_ID,
    subject=HASH,
    next=U64,
    erased=U64,
    fates=List(plain("standing", "revoked", "revocation", "erasure"), 512),
)
ERASURE = Struct(
    imvu=IMVU_ID, subject=HASH, sequence=U64, through=U64, entries=U32, height=U64, holders=Set(HASH, 128)
)
CONSENT_ENTRY = Struct(
    position=U64,
    audit=U64,
    height=U64,
    time=U64,
    imvu=IMVU_ID,
    subject=HASH,
    event=Enum(
        recorded=Struct(sequence=U64, purpose=PURPOSE, commitment=HASH),
        revoked=Struct(sequence=U64, revokes=U64, commitment=HASH),
        erased=Struct(sequence=U64, through=U64, entries=U32),
        deleted=Struct(erasure=U64, holder=HASH, receipt=HASH),
    ),
)

OCCASION = plain("onRequest", "exit")
SNAPSHOTS = Struct(last=U64, day=Option(U64), newest=Option(U64))
SNAPSHOT = Struct(
    imvu=IMVU_ID,
    number=U64,
    occasion=OCCASION,
    audit=U64,
    requester=HASH,
    height=U64,
    time=U64,
    law_time=U64,
    placement=U64,
    host=HOST_ID,
    jurisdiction=JURISDICTION,
    status=Enum(requested=None, taken=TAKEN, lost=LOSS_REASON, expired=TAKEN, dropped=TAKEN),
    kept_until=Option(U64),
)
SNAPSHOT_SPEC = Struct(imvu=IMVU_ID, number=U64, placement=U64, digest=Option(HASH))
RESTORE_SPEC = Struct(
    imvu=IMVU_ID, placement=U64, number=U64, **{"from": HOST_ID}, digest=HASH, height=U64
)
SNAPSHOT_ENTRY = Struct(
    position=U64,
    audit=Option(U64),
    height=U64,
    time=U64,
    imvu=IMVU_ID,
    number=U64,
    event=Enum(
        requested=Struct(occasion=OCCASION, host=HOST_ID, jurisdiction=JURISDICTION, placement=U64),
        taken=TAKEN,
        lost=LOSS_REASON,
        overdue=None,
        expired=None,
        dropped=None,
        restoring=Struct(host=HOST_ID, placement=U64),
        restored=Struct(host=HOST_ID),
    ),
)

BY_KIND = {
    "consents": CONSENTS,
    "erasure": ERASURE,
    "stay": Struct(),
    "snapshots": SNAPSHOTS,
    "snapshot": SNAPSHOT,
}
RECORDS = {"consent": CONSENT_ENTRY, "snapshot": SNAPSHOT_ENTRY}


def commitment(salt, record):
    """What the chain holds of a consent's record."""
    return tagged("nexus/consent/v1", salt + record).hex()


def consents_key(imvu, subject):
    return b"\x90" + IMVU_ID.write(imvu) + bytes.fromhex(subject)


def erasure_key(imvu, subject, sequence):
    return b"\x91" + IMVU_ID.write(imvu) + bytes.fromhex(subject) + int(sequence).to_bytes(8, "big")


def stay_key(imvu, host):
    return b"\x92" + IMVU_ID.write(imvu) + HOST_ID.write(host)


def snapshots_key(imvu):
    return b"\x93" + imvu.encode()


def snapshot_key(imvu, number):
    return b"\x94" + imvu.encode() + b"\0" + int(number).to_bytes(8, "big")
