"""Objects and records of mail: docs/wire-format.md, section 9."""

from encoding import Enum, List, Option, Set, Struct
from proofs import leaf_hash, root_of
from wire import (
    ADDRESS_LIMITS, DKIM_PUBLIC_KEY, HASH, HOST_ID, IMVU_ID, JURISDICTION, MAIL_ROUTE, NAME, NO_BOUND, SELECTOR, U32,
    U64,
)  # fmt: skip

BOOK = Struct(
    imvu=IMVU_ID, version=U64, addresses=U32, credentials=U32, routes=U32, keys=U32, root=HASH, token_epoch=U64
)
ITEM = Enum(address=HASH, credential=HASH, route=NAME, dkimKey=Struct(domain=NAME, selector=SELECTOR))
INDEX = Struct(entries=List(Struct(item=ITEM, hash=HASH), NO_BOUND, lambda one: ITEM.order(one["item"])))
ADDRESS = Struct(
    local=HASH,
    imvu=IMVU_ID,
    domain=NAME,
    holder=HASH,
    limits=ADDRESS_LIMITS,
    jurisdiction=JURISDICTION,
    granted=U64,
)
ROUTE_RECORD = Struct(imvu=IMVU_ID, domain=NAME, route=Option(MAIL_ROUTE), version=U64)
DKIM_KEY = Struct(
    imvu=IMVU_ID,
    domain=NAME,
    selector=SELECTOR,
    key=DKIM_PUBLIC_KEY,
    by=HASH,
    registered=U64,
    revoked=Option(U64),
)
CREDENTIAL = Struct(
    id=HASH,
    imvu=IMVU_ID,
    holder=HASH,
    addresses=Set(HASH, 32),
    secret=HASH,
    expires=U64,
    messages_day=U64,
    set=U64,
)
OBJECT = Enum(address=ADDRESS, credential=CREDENTIAL, route=ROUTE_RECORD, dkimKey=DKIM_KEY)
CURSOR = Struct(epoch=U64, last_seq=U64, messages=U64, recipients=U64, bytes=U64, at=U64)
EPOCH = Struct(
    sequence=U64, audit=U64, height=U64, time=U64, imvu=IMVU_ID, agent=HASH, host=HOST_ID, slot=U32, epoch=U64,
    first_seq=U64, last_seq=U64, root=HASH, messages=U64, recipients=U64, bytes=U64,
)  # fmt: skip

BY_KIND = {
    "mailBook": BOOK,
    "mailIndex": INDEX,
    "mailAddress": ADDRESS,
    "mailRoute": ROUTE_RECORD,
    "dkimKey": DKIM_KEY,
    "mailCredential": CREDENTIAL,
    "mailCursor": CURSOR,
}
RECORDS = {"mailEpoch": EPOCH}


def book_key(imvu):
    return b"\x80" + imvu.encode()


def index_key(imvu):
    return b"\x81" + imvu.encode()


def address_key(local):
    return b"\x82" + bytes.fromhex(local)


def route_key(domain):
    return b"\x83" + domain.encode()


def dkim_key(domain, selector):
    return b"\x84" + NAME.write(domain) + SELECTOR.write(selector)


def credential_key(imvu, credential):
    return b"\x85" + IMVU_ID.write(imvu) + bytes.fromhex(credential)


def cursor_key(imvu, agent):
    return b"\x86" + IMVU_ID.write(imvu) + bytes.fromhex(agent)


def book_root(shown):
    """The root over mail objects, each as {kind: object}, in any order."""
    items = {"address": ("local",), "credential": ("id",), "route": ("domain",), "dkimKey": ("domain", "selector")}

    def item(one):
        (kind, fields), = one.items()
        names = items[kind]
        return ITEM.order({kind: fields[names[0]] if len(names) == 1 else {name: fields[name] for name in names}})

    return root_of([leaf_hash(OBJECT.write(one)) for one in sorted(shown, key=item)])
