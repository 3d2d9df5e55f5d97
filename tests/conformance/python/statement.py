"""A statement, made from receipts alone: docs/money.md, "A statement, field by field".

Receipts are the decoded leaves of an IMVU's usage and money collections, the price lists and the price book.
"""

import datetime
import json

CREATOR, PLATFORM = 11, 9
MOST = (1 << 63) - 1
TEST = 8
HOUR_MS = 60 * 60 * 1000
UNITS = {
    "cpu": "ms", "memory": "MiB·s", "io": "B", "dns": "answers", "mail": "messages", "network": "B", "mailStorage": "MiB·s",
}  # fmt: skip
RESOURCES = list(UNITS)
TERMS = {
    "compute": ("cpu", "memory", "io"),
    "dns": ("dns",),
    "mail": ("mail", "mailStorage"),
    "network": ("network",),
    "total": RESOURCES,
}


class Contradiction(Exception):
    """Receipts that contradict each other."""


def start(calendar, period):
    """When a period begins, milliseconds since 1970."""
    if calendar == "months":
        first = datetime.date(1970 + period // 12, period % 12 + 1, 1)
        return (first - datetime.date(1970, 1, 1)).days * 24 * HOUR_MS
    return period * calendar["hours"] * HOUR_MS


def holding(book, period):
    """The version of the list that holds in a period; 0 for none."""
    return max((one["version"] for one in book["lists"] if int(one["from"]) <= period), default=0)


def price(lists, version, resource):
    if version == 0:
        return 0, 1
    prices = next(one["prices"] for one in lists if one["version"] == version)
    found = prices[RESOURCES.index(resource)]
    return int(found["micros"]), int(found["per"])


def cost(quantity, micros, per):
    return min(quantity * micros // per, MOST)


def split(event):
    (kind, contents), = event.items()
    return kind, contents


def check(calendar, usage, money, book, lists):
    """Each charge against its hour of use and its price; each hour of use against its charge."""
    cumulative, charged = {}, set()
    for entry in money:
        kind, charge = split(entry["event"])
        if kind != "charged":
            continue
        at, of = int(charge["usage"]), int(charge["of"])
        hour = usage[at]
        begins = int(hour["hour"]) * HOUR_MS
        billed = {}
        for line in hour["lines"]:
            billed[line["resource"]] = billed.get(line["resource"], 0) + int(line["billed"])
        stated = {line["resource"]: int(line["quantity"]) for line in charge["lines"]}
        if (
            at in charged
            or charge["hour"] != hour["hour"]
            or not start(calendar, of) <= begins < start(calendar, of + 1)
            or any(stated.get(name, 0) != billed.get(name, 0) for name in RESOURCES)
            or charge["version"] != holding(book, of)
        ):
            raise Contradiction(f"money entry {entry['sequence']} is not the charge of usage entry {at}")
        charged.add(at)
        for line in charge["lines"]:
            before = cumulative.get((of, line["resource"]), 0)
            after = cumulative[of, line["resource"]] = before + int(line["quantity"])
            terms = price(lists, charge["version"], line["resource"])
            if int(line["charged"]) != cost(after, *terms) - cost(before, *terms):
                raise Contradiction(f"money entry {entry['sequence']} charges another amount than its price gives")
        if sum(int(part["charged"]) for part in charge["parts"]) != sum(int(line["charged"]) for line in charge["lines"]):
            raise Contradiction(f"the payers of money entry {entry['sequence']} do not bear all of it")
    for hour in usage:
        if int(hour["sequence"]) not in charged and any(int(line["billed"]) for line in hour["lines"]):
            raise Contradiction(f"usage entry {hour['sequence']} is not charged")


class Sums(dict):
    """Sums by name; what was never counted is nothing."""

    def __missing__(self, name):
        return 0

    def add(self, name, amount):
        self[name] = self[name] + int(amount)


def shares(amount):
    return {"amount": str(amount), "creatorGrains": str(CREATOR * amount), "platformGrains": str(PLATFORM * amount)}


def document(network, calendar, imvu, owner, period, usage, money, book, lists):
    """The statement's members."""
    check(calendar, usage, money, book, lists)
    entries = [split(entry["event"]) for entry in money if int(entry["period"]) == period]
    sums, own, late, payers, test = Sums(), {}, {}, {}, False

    def bear(payer, name, amount):
        payers.setdefault(payer, Sums()).add(name, amount)
        if name != "charged":
            sums.add(name, amount)

    for kind, it in entries:
        if kind == "charged":
            test = test or bool(it["flags"] & TEST)
            for line in it["lines"]:
                if int(it["of"]) == period:
                    row = own.setdefault(line["resource"], Sums())
                else:
                    row = late.setdefault((int(it["of"]), RESOURCES.index(line["resource"]), it["version"]), Sums())
                row.add("quantity", line["quantity"])
                row.add("charged", line["charged"])
            for part in it["parts"]:
                bear(part["payer"], "charged", part["charged"])
                bear(part["payer"], "collected", part["collected"])
        elif kind in ("collected", "corrected"):
            bear(it["payer"], kind, it["amount"])
        elif kind == "sold":
            sums.add("sales", 1)
            for name in ("gross", "tax", "fee"):
                sums.add(name, it[name])
        elif kind == "disputed":
            sums.add("disputed", it["amount"])
        elif kind == "disputeEnded":
            if it["status"] == "lost":
                sums.add("taxBack", it["tax"])
            else:
                sums.add("released", it["amount"])
        else:
            sums.add("refunded" if kind == "refunded" else f"by {it['by']}", it["amount"])
            sums.add("taxBack", it["tax"])

    def charged(names):
        mine = sum(row["charged"] for name, row in own.items() if name in names)
        return mine + sum(row["charged"] for (_, at, _), row in late.items() if RESOURCES[at] in names)

    version = holding(book, period)
    net = sums["collected"] + sums["gross"] + sums["released"] - sums["refunded"] - sums["disputed"] - sums["corrected"]
    sold = shares(sums["gross"])
    return {
        "adjustments": [
            {
                "charged": str(row["charged"]),
                "of": of,
                "priceVersion": listed,
                "quantity": str(row["quantity"]),
                "resource": RESOURCES[at],
            }
            for (of, at, listed), row in sorted(late.items())
        ],
        "chainId": network["chain_id"],
        "collected": shares(sums["collected"]),
        "corrected": shares(sums["corrected"]),
        "disputed": shares(sums["disputed"]),
        "entries": len(entries),
        "fees": str(sums["fee"]),
        "from": start(calendar, period),
        "genesisHash": network["genesis_hash"],
        "granted": {"byCreator": str(sums["by creator"]), "byPlatform": str(sums["by platform"])},
        "imvu": imvu,
        "netGrains": {"creator": str(CREATOR * net), "platform": str(PLATFORM * net)},
        "owner": owner,
        "payers": [
            {"payer": payer, **{name: str(bill[name]) for name in ("charged", "collected", "corrected")}}
            for payer, bill in sorted(payers.items())
        ],
        "period": period,
        "priceVersion": version,
        "refunded": {**shares(sums["refunded"]), "tax": str(sums["taxBack"])},
        "released": shares(sums["released"]),
        "sales": {
            "count": sums["sales"],
            "creatorGrains": sold["creatorGrains"],
            "gross": sold["amount"],
            "platformGrains": sold["platformGrains"],
            "tax": str(sums["tax"]),
        },
        "split": {"creator": CREATOR, "platform": PLATFORM, "whole": CREATOR + PLATFORM},
        "terms": {name: str(charged(of)) for name, of in TERMS.items()},
        "test": test,
        "to": start(calendar, period + 1),
        "usage": [
            {
                "charged": str(own[name]["charged"]),
                "micros": str(price(lists, version, name)[0]),
                "per": str(price(lists, version, name)[1]),
                "quantity": str(own[name]["quantity"]),
                "resource": name,
                "unit": UNITS[name],
            }
            for name in RESOURCES
            if name in own
        ],
        "version": 1,
    }


def text(**receipts):
    """The canonical text (RFC 8785): all names are ASCII, all numbers small and whole."""
    return json.dumps(document(**receipts), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
