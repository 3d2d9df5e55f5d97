"""Exits, as objects and records: docs/wire-format.md, section 9."""

from encoding import Enum, List, Option, Struct, plain
from wire import COLLECTION_KIND, HASH, HOST_ID, IMVU_ID, INVENTORY, NAME, NO_BOUND, U64

MOMENT = Struct(height=U64, at=U64)
ARCHIVE = Struct(digest=HASH, bytes=U64, by=HASH, height=U64)
EXIT = Struct(
    imvu=IMVU_ID,
    number=U64,
    stage=plain("announced", "exporting", "exported", "released", "closed", "cancelled"),
    announced=MOMENT,
    audit=U64,
    baseline=HASH,
    set_at=U64,
    changes=U64,
    last_deviation=Option(Struct(height=U64, audit=Option(U64))),
    host=Option(HOST_ID),
    snapshot=Option(U64),
    inventory=Option(INVENTORY),
    archive=Option(ARCHIVE),
    exported=Option(MOMENT),
    released=Option(MOMENT),
    closed=Option(MOMENT),
    cancelled=Option(MOMENT),
    overdue=Option(Struct(since=MOMENT, until=Option(MOMENT))),
    obstruction=Option(HASH),
)
EXIT_ENTRY = Struct(
    position=U64,
    audit=Option(U64),
    height=U64,
    time=U64,
    imvu=IMVU_ID,
    number=U64,
    event=Enum(
        announced=Struct(by=HASH, baseline=HASH, host=Option(HOST_ID), snapshot=Option(U64)),
        committed=INVENTORY,
        archived=ARCHIVE,
        exported=Struct(digest=HASH),
        released=None,
        closed=None,
        cancelled=None,
        overdue=None,
        overdueEnded=None,
        obstructed=Struct(evidence=HASH),
        baselineSet=Struct(baseline=HASH),
        deviated=Struct(baseline=HASH),
    ),
)
PERIOD_ROOTS = Struct(
    imvu=IMVU_ID,
    period=U64,
    at=U64,
    collections=List(Struct(kind=COLLECTION_KIND, size=U64, root=HASH), NO_BOUND),
    authored=HASH,
    mail=Option(HASH),
)

BY_KIND = {"exit": EXIT, "imvuNames": Struct(names=List(NAME, NO_BOUND)), "periodRoots": PERIOD_ROOTS}
RECORDS = {"exit": EXIT_ENTRY}


def exit_key(imvu):
    return b"\xb0" + imvu.encode()


def period_roots_key(imvu, period):
    return b"\xb2" + imvu.encode() + b"\x00" + period.to_bytes(8, "big")
