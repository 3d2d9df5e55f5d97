"""Objects and records of money: docs/wire-format.md, section 9."""

from encoding import Blob, Enum, List, Option, Set, Struct, plain
from wire import (
    EXTERNAL_ID, GRAINS, HASH, IMVU_ID, JURISDICTION, MICROS, NO_BOUND, PERIOD, PRICES, PROCESSOR_ID, RESOURCE,
    RESTRICTION_SCOPE, STANDING_CONSENT, U8, U32, U64, U128,
)  # fmt: skip

CALENDAR = Enum(months=None, hours=U32)

ACCOUNT_ID = Enum(
    clearing=PROCESSOR_ID,
    payoutClearing=PROCESSOR_ID,
    prepaid=HASH,
    returned=HASH,
    receivable=HASH,
    uncollected=HASH,
    maturing=HASH,
    matured=HASH,
    platformIncome=None,
    escrow=HASH,
    tax=JURISDICTION,
)
ACCOUNT = Struct(debits=GRAINS, credits=GRAINS)
PRICE_LIST = Struct(version=U32, **{"from": PERIOD}, prices=PRICES)
PRICE_BOOK = Struct(lists=List(Struct(**{"from": PERIOD}, version=U32), 256))
TAX_RATES = Struct(rates=List(Struct(**{"from": PERIOD}, millionths=U32), 64))
PERIODS = Struct(open=PERIOD)
RECONCILIATION = Struct(
    height=U64, statement=HASH, stated_in=MICROS, stated_out=MICROS, booked_in=MICROS, booked_out=MICROS
)
PROCESSOR = Struct(
    id=PROCESSOR_ID, identity=HASH, registered=U64, usable_from=U64, reconciled=Option(RECONCILIATION)
)
SALE = Struct(
    imvu=IMVU_ID,
    creator=HASH,
    region=JURISDICTION,
    tax=MICROS,
    fee=MICROS,
    day=U64,
    refunded=MICROS,
    tax_refunded=MICROS,
    disputed=MICROS,
)
PAYMENT = Struct(
    processor=PROCESSOR_ID,
    external=EXTERNAL_ID,
    height=U64,
    time=U64,
    amount=MICROS,
    kind=Enum(deposit=HASH, sale=SALE, refund=EXTERNAL_ID),
)
DISPUTE_STATUS = plain("open", "won", "lost", "lapsed")
DISPUTE = Struct(
    id=HASH,
    imvu=IMVU_ID,
    processor=PROCESSOR_ID,
    sale=EXTERNAL_ID,
    amount=MICROS,
    evidence=HASH,
    opened=U64,
    expires=U64,
    status=DISPUTE_STATUS,
)
PAYOUT = Struct(
    id=HASH,
    identity=HASH,
    processor=PROCESSOR_ID,
    amount=MICROS,
    destination=HASH,
    requested=U64,
    status=plain("requested", "settled", "failed"),
)
BUCKET = Struct(grains=GRAINS)
MANDATE = Struct(
    payer=HASH,
    generation=U32,
    cap=MICROS,
    **{"from": U64},
    until=U64,
    spent=List(Struct(period=PERIOD, amount=MICROS), 4),
)
MANDATES = Struct(list=List(MANDATE, 4))
DEBT_STAGE = plain("due", "noticed", "frozen", "dormant")
ENFORCEMENT = Struct(
    debts=List(Struct(payer=HASH, owed=MICROS, since=U64, stage=DEBT_STAGE), 17),
    containments=List(Struct(**{"from": U64}, until=U64, evidence=HASH, audit=U64), 72),
    restrictions=List(
        Struct(
            scope=RESTRICTION_SCOPE,
            order=HASH,
            **{"from": U64},
            until=U64,
            audit=U64,
            appeal=Option(Struct(grounds=HASH, at=U64, audit=U64)),
        ),
        3,
    ),
)
STANDING_CONSENTS = Struct(
    given=Set(STANDING_CONSENT, 4), ending=List(Struct(consent=STANDING_CONSENT, ends=U64), NO_BOUND)
)
RATED = Struct(resource=RESOURCE, quantity=U128, charged=MICROS)
BILLING = Struct(
    imvu=IMVU_ID,
    period=PERIOD,
    version=U32,
    usage=List(RATED, NO_BOUND),
    adjustments=List(Struct(of=PERIOD, version=U32, rated=RATED), NO_BOUND),
    bills=List(Struct(payer=HASH, charged=MICROS, collected=MICROS, corrected=MICROS, given_back=MICROS), NO_BOUND),
    totals=Struct(
        entries=U64,
        sales=U64,
        gross=MICROS,
        tax=MICROS,
        fees=MICROS,
        refunded=MICROS,
        tax_refunded=MICROS,
        granted_by_creator=MICROS,
        granted_by_platform=MICROS,
        disputed=MICROS,
        released=MICROS,
        corrected=MICROS,
    ),
    flags=U8,
    closed=Option(Struct(hash=HASH, height=U64, sequence=U64)),
)

CHARGE = Struct(
    usage=U64,
    hour=U64,
    of=PERIOD,
    version=U32,
    lines=List(RATED, NO_BOUND),
    parts=List(Struct(payer=HASH, charged=MICROS, collected=MICROS), NO_BOUND),
    flags=U8,
)
MONEY_EVENT = Enum(
    charged=CHARGE,
    collected=Struct(payer=HASH, amount=MICROS),
    sold=Struct(
        processor=PROCESSOR_ID, external=EXTERNAL_ID, gross=MICROS, tax=MICROS, region=JURISDICTION, fee=MICROS
    ),
    refunded=Struct(processor=PROCESSOR_ID, sale=EXTERNAL_ID, amount=MICROS, tax=MICROS),
    granted=Struct(
        by=plain("creator", "platform"), processor=PROCESSOR_ID, sale=EXTERNAL_ID, amount=MICROS, tax=MICROS
    ),
    disputed=Struct(dispute=HASH, amount=MICROS),
    disputeEnded=Struct(dispute=HASH, amount=MICROS, status=DISPUTE_STATUS, tax=MICROS),
    corrected=Struct(of=PERIOD, payer=HASH, amount=MICROS),
)
MONEY = Struct(imvu=IMVU_ID, sequence=U64, height=U64, time=U64, period=PERIOD, owner=HASH, event=MONEY_EVENT)
STATEMENT = Struct(imvu=IMVU_ID, sequence=U64, period=PERIOD, height=U64, hash=HASH, text=Blob(NO_BOUND))

BY_KIND = {
    "account": ACCOUNT,
    "prices": PRICE_LIST,
    "priceBook": PRICE_BOOK,
    "taxRates": TAX_RATES,
    "periods": PERIODS,
    "processor": PROCESSOR,
    "link": Struct(),
    "payment": PAYMENT,
    "dispute": DISPUTE,
    "payout": PAYOUT,
    "bucket": BUCKET,
    "mandates": MANDATES,
    "debtor": Struct(),
    "enforcement": ENFORCEMENT,
    "standingConsents": STANDING_CONSENTS,
    "billing": BILLING,
}
RECORDS = {"money": MONEY, "statement": STATEMENT}


def big(number, size):
    return number.to_bytes(size, "big")


def account_key(account):
    return b"\x70" + ACCOUNT_ID.write(account)


def prices_key(version):
    return b"\x71" + big(version, 4)


def price_book_key():
    return b"\x72"


def tax_rates_key(region):
    return b"\x73" + JURISDICTION.write(region)


def periods_key():
    return b"\x74"


def processor_key(processor):
    return b"\x75" + processor.encode()


def link_key(imvu, processor):
    return b"\x76" + IMVU_ID.write(imvu) + PROCESSOR_ID.write(processor)


def payment_key(processor, external):
    return b"\x77" + PROCESSOR_ID.write(processor) + EXTERNAL_ID.write(external)


def dispute_key(dispute):
    return b"\x78" + bytes.fromhex(dispute)


def payout_key(payout):
    return b"\x79" + bytes.fromhex(payout)


def bucket_key(creator, day):
    return b"\x7a" + bytes.fromhex(creator) + big(day, 8)


def mandates_key(imvu):
    return b"\x7b" + imvu.encode()


def debtor_key(payer, imvu):
    return b"\x7c" + bytes.fromhex(payer) + imvu.encode()


def enforcement_key(imvu):
    return b"\x7d" + imvu.encode()


def standing_consents_key(imvu):
    return b"\x7e" + imvu.encode()


def billing_key(imvu, period):
    return b"\x7f" + imvu.encode() + b"\0" + big(period, 8)
