"""The binary encoding of docs/wire-format.md, sections 2 to 8: one table of types, one writer, one strict reader.

Values are plain Python: a struct is a dict, an enum variant is its name or {name: contents}, bytes are lower-case
hexadecimal, an absent option is None. Each type has write(value), read(reader) and order(value), the key by which sets
of it ascend.
"""

import names


class Refused(Exception):
    """Bytes that are no transaction, or none that may stand in a block; `code` is the ledger's code."""

    def __init__(self, code, why):
        super().__init__(f"NX{code:04}: {why}")
        self.code = code


MALFORMED, TRAILING, NOT_CANONICAL, TOO_LONG = 1002, 1003, 1004, 1005


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if len(self.data) - self.at < count:
            raise Refused(MALFORMED, "the bytes end early")
        self.at += count
        return self.data[self.at - count : self.at]

    def length(self, most):
        count = int.from_bytes(self.take(4), "little")
        if count > most:
            raise Refused(TOO_LONG, f"{count} is more than {most}")
        return count


def decode(kind, data):
    """Exactly one value of `kind` from all of `data`."""
    reader = Reader(data)
    value = kind.read(reader)
    if reader.at != len(data):
        raise Refused(TRAILING, f"{len(data) - reader.at} bytes follow the value")
    return value


def length_of(count, most):
    if count > most:
        raise Refused(TOO_LONG, f"{count} is more than {most}")
    return count.to_bytes(4, "little")


class Int:
    def __init__(self, size):
        self.size = size

    def write(self, value):
        return int(value).to_bytes(self.size, "little")

    def read(self, reader):
        return int.from_bytes(reader.take(self.size), "little")

    def order(self, value):
        return int(value)


class Bool:
    def write(self, value):
        return b"\1" if value else b"\0"

    def read(self, reader):
        byte = reader.take(1)[0]
        if byte > 1:
            raise Refused(MALFORMED, f"{byte} is no boolean")
        return byte == 1

    def order(self, value):
        return value


class Fixed:
    """`size` bytes as they are."""

    def __init__(self, size):
        self.size = size

    def write(self, value):
        data = bytes.fromhex(value)
        if len(data) != self.size:
            raise ValueError(f"{self.size} bytes are needed, not {len(data)}")
        return data

    def read(self, reader):
        return reader.take(self.size).hex()

    def order(self, value):
        return bytes.fromhex(value)


class Blob:
    """At most `most` bytes after their number."""

    def __init__(self, most):
        self.most = most

    def write(self, value):
        data = bytes.fromhex(value)
        return length_of(len(data), self.most) + data

    def read(self, reader):
        return reader.take(reader.length(self.most)).hex()

    def order(self, value):
        return bytes.fromhex(value)


class Text:
    """UTF-8 of at most `most` bytes; `spelled` says whether a text is in its one spelling."""

    def __init__(self, most, spelled=None):
        self.most, self.spelled = most, spelled

    def write(self, value):
        data = value.encode()
        return length_of(len(data), self.most) + data

    def read(self, reader):
        data = reader.take(reader.length(self.most))
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refused(MALFORMED, "text is not UTF-8") from error
        if self.spelled and not self.spelled(text):
            raise Refused(NOT_CANONICAL, f"{text!r} is not in its one spelling")
        return text

    def order(self, value):
        return value.encode()


class List:
    """At most `most` values; with `by`, strictly ascending by that key of each."""

    def __init__(self, item, most, by=None):
        self.item, self.most, self.by = item, most, by

    def write(self, values):
        return length_of(len(values), self.most) + b"".join(map(self.item.write, values))

    def read(self, reader):
        values = [self.item.read(reader) for _ in range(reader.length(self.most))]
        if self.by:
            keys = [self.by(value) for value in values]
            if any(a >= b for a, b in zip(keys, keys[1:])):
                raise Refused(NOT_CANONICAL, "a set is not strictly ascending")
        return values

    def order(self, values):
        return [self.item.order(value) for value in values]


def Set(item, most):
    return List(item, most, item.order)


class Option:
    def __init__(self, item):
        self.item = item

    def write(self, value):
        return b"\0" if value is None else b"\1" + self.item.write(value)

    def read(self, reader):
        byte = reader.take(1)[0]
        if byte > 1:
            raise Refused(MALFORMED, f"{byte} is no option")
        return self.item.read(reader) if byte else None

    def order(self, value):
        return (0,) if value is None else (1, self.item.order(value))


class Struct:
    """Fields in order; `valid` says whether a value with these fields is in its one spelling."""

    def __init__(self, valid=None, /, **fields):
        self.valid, self.fields = valid, fields

    def write(self, value):
        if value.keys() != self.fields.keys():
            raise ValueError(f"fields {list(value)} instead of {list(self.fields)}")
        return b"".join(kind.write(value[name]) for name, kind in self.fields.items())

    def read(self, reader):
        value = {name: kind.read(reader) for name, kind in self.fields.items()}
        if self.valid and not self.valid(value):
            raise Refused(NOT_CANONICAL, f"{value} is not in its one spelling")
        return value

    def order(self, value):
        return tuple(kind.order(value[name]) for name, kind in self.fields.items())


class Enum:
    """Variants in the order of their discriminants; None for one without contents."""

    def __init__(self, **variants):
        self.names, self.kinds = list(variants), list(variants.values())

    def split(self, value):
        name, contents = (value, None) if isinstance(value, str) else next(iter(value.items()))
        return self.names.index(name), contents

    def write(self, value):
        index, contents = self.split(value)
        kind = self.kinds[index]
        return bytes([index]) + (kind.write(contents) if kind else b"")

    def read(self, reader):
        index = reader.take(1)[0]
        if index >= len(self.names):
            raise Refused(MALFORMED, f"there is no variant {index}")
        name, kind = self.names[index], self.kinds[index]
        return {name: kind.read(reader)} if kind else name

    def order(self, value):
        index, contents = self.split(value)
        kind = self.kinds[index]
        return (index, kind.order(contents)) if kind else (index,)


def plain(*names_):
    """An enum none of whose variants has contents."""
    return Enum(**dict.fromkeys(names_))


U8, U16, U32, U64, BOOL = Int(1), Int(2), Int(4), Int(8), Bool()
HASH, KEY, SIGNATURE = Fixed(32), Fixed(32), Fixed(64)
NO_BOUND = 1 << 32  # objects that only the ledger writes


def imvu_id(text):
    return (
        len(text) >= 3
        and "A" <= text[0] <= "Z"
        and text[-1] != "-"
        and all("A" <= one <= "Z" or "0" <= one <= "9" or one == "-" for one in text)
    )


def tag(text):
    return len(text) >= 2 and all("A" <= one <= "Z" or "0" <= one <= "9" or one == "-" for one in text)


def clean_prefix(value):
    (family, octets), length = next(iter(value["address"].items())), value["length"]
    bits = {"v4": 32, "v6": 128}[family]
    return length <= bits and int(octets, 16) & ((1 << (bits - length)) - 1) == 0


def ascending_keys(value):
    keys = [param["key"] for param in value["params"]]
    return all(a < b for a, b in zip(keys, keys[1:]))


IMVU_ID, JURISDICTION = Text(32, imvu_id), Text(16, tag)
NAME, NAME_TEXT = Text(253, names.is_canonical), Text(1024)
QUOTA_FIELDS = ("cpu_millis", "memory_bytes", "storage_bytes", "bandwidth_bits", "pids", "io_bytes")
QUOTA = Struct(**{name: U64 for name in QUOTA_FIELDS})
QUOTA_CHANGE = Struct(
    lambda change: any(value is not None for value in change.values()),
    **{name: Option(U64) for name in QUOTA_FIELDS},
)
ADDRESS = Enum(v4=Fixed(4), v6=Fixed(16))
PREFIX = Struct(clean_prefix, address=ADDRESS, length=U8)
ROUTE_CHANGE = Enum(set=Struct(prefix=PREFIX, next_hop=ADDRESS), remove=PREFIX)
PATH_POLICY = Struct(next_hops=Set(PREFIX, 32), transit=Set(JURISDICTION, 16), egress_open=BOOL)
CHANGE = Enum(quota=QUOTA_CHANGE, route=ROUTE_CHANGE, pathPolicy=PATH_POLICY)

RECORD_TYPE = plain("a", "aaaa", "cname", "mx", "txt", "srv", "caa", "tlsa", "sshfp", "https", "svcb", "ptr")
SERVICE = Struct(
    ascending_keys, priority=U16, target=Option(NAME), params=List(Struct(key=U16, value=Blob(512)), 8)
)
RDATA = Enum(
    a=Fixed(4),
    aaaa=Fixed(16),
    cname=NAME,
    mx=Struct(preference=U16, exchange=NAME),
    txt=List(Blob(255), 32),
    srv=Struct(priority=U16, weight=U16, port=U16, target=NAME),
    caa=Struct(critical=BOOL, tag=Text(15), value=Blob(255)),
    tlsa=Struct(usage=U8, selector=U8, matching=U8, data=Blob(512)),
    sshfp=Struct(algorithm=U8, kind=U8, fingerprint=Blob(64)),
    https=SERVICE,
    svcb=SERVICE,
    ptr=NAME,
)
RRSET = Struct(rtype=RECORD_TYPE, ttl=U32, records=Set(RDATA, 32))

NETWORK = Struct(chain_id=Text(50), genesis_hash=HASH, recovery_epoch=U32)
APPROVAL_BODY = Struct(
    network=NETWORK,
    approver=HASH,
    generation=U32,
    imvu=IMVU_ID,
    version=U64,
    before=HASH,
    change=CHANGE,
    permitted=Enum(platform=None, identity=HASH),
    not_before=U64,
    expires=U64,
    salt=U64,
)
APPROVAL = Struct(body=APPROVAL_BODY, signature=SIGNATURE)
ATTESTATION_BODY = Struct(
    network=NETWORK, identity=HASH, attester=HASH, generation=U32, evidence=HASH, expires=U64
)
ATTESTATION = Struct(body=ATTESTATION_BODY, signature=SIGNATURE)
ROTATION_BODY = Struct(network=NETWORK, identity=HASH, generation=U32, new_key=KEY)
IDENTITY_REQUEST_BODY = Struct(network=NETWORK, key=KEY)
IDENTITY_REQUEST = Struct(body=IDENTITY_REQUEST_BODY, signature=SIGNATURE)

ACTION = Enum(
    registerIdentity=Struct(key=KEY, attestation=Option(ATTESTATION)),
    rotateKey=Struct(new_key=KEY, proof=SIGNATURE),
    revokeIdentity=None,
    createImvu=Struct(imvu=IMVU_ID, jurisdiction=Option(JURISDICTION), quota=QUOTA),
    activateImvu=Struct(imvu=IMVU_ID),
    describeImvu=Struct(imvu=IMVU_ID, description=Text(280)),
    setJurisdiction=Struct(imvu=IMVU_ID, jurisdiction=JURISDICTION),
    proposeQuota=Struct(imvu=IMVU_ID, change=QUOTA_CHANGE, expires=U64),
    proposeRoute=Struct(imvu=IMVU_ID, change=ROUTE_CHANGE, expires=U64),
    proposePathPolicy=Struct(imvu=IMVU_ID, policy=PATH_POLICY, expires=U64),
    changeQuota=Struct(imvu=IMVU_ID, change=QUOTA_CHANGE),
    changeRoute=Struct(imvu=IMVU_ID, change=ROUTE_CHANGE),
    changePathPolicy=Struct(imvu=IMVU_ID, policy=PATH_POLICY),
    signApproval=Struct(proposal=HASH, approval=APPROVAL),
    revokeApproval=Struct(imvu=IMVU_ID, approval=HASH),
    claimDomain=Struct(name=NAME_TEXT, imvu=IMVU_ID),
    releaseDomain=Struct(name=NAME_TEXT),
    setRecords=Struct(zone=NAME_TEXT, owner=NAME_TEXT, rrset=RRSET),
    removeRecords=Struct(zone=NAME_TEXT, owner=NAME_TEXT, rtype=RECORD_TYPE),
    setSplit=Struct(imvu=IMVU_ID, creator_percent=U8, platform_percent=U8),
    proposeParameter=Struct(parameter=Enum(split=Struct(creator_percent=U8, platform_percent=U8))),
    selfReportUsage=Struct(
        imvu=IMVU_ID, resource=plain("cpu", "memory", "io", "dns", "mail", "network"), quantity=U64
    ),
    deleteAuditEntry=Struct(sequence=U64),
    platformSuspend=Struct(imvu=IMVU_ID, reason=plain("debt", "abuse", "legal", "unstated")),
)
TX_BODY = Struct(
    network=NETWORK,
    signer=HASH,
    lane=U8,
    nonce=U64,
    expires=U64,
    action=ACTION,
    approvals=List(APPROVAL, 4),
)
COSIGNATURE = Struct(signer=HASH, signature=SIGNATURE)
TX = Struct(
    body=TX_BODY,
    signature=SIGNATURE,
    cosignatures=List(COSIGNATURE, 16, lambda one: bytes.fromhex(one["signer"])),
)

NAME_FAULT = plain(
    "character", "emptyLabel", "labelTooLong", "tooLong", "tooFewLabels", "hyphen", "punycode", "numericTop",
    "underscore", "wildcard", "international",
)  # fmt: skip
ZONE_FAULT = plain(
    "empty", "mixedTypes", "ttl", "tooLarge", "tooManySets", "ownerUnderscore", "ownerWildcard", "cnameAtApex",
    "cnameNotAlone", "cnameChain", "cnameLoop", "targetIsAlias", "targetNotHost", "emptyString", "badCaaTag",
    "noSuchSet",
)  # fmt: skip
REASONS = (
    "attestationMissing", "attesterUnknown", "attestationVoid", "attestationExpired", "identityRevoked", "notOwner",
    "notOfficer", "notAttester", "notVerified", "noHost", "noMeter", "noCapacity", "overEnvelope", "zeroQuota",
    "jurisdictionMissing", "jurisdictionUnknown", "noHostInJurisdiction", "name", "notUnderApex", "nameTaken",
    "ancestorTaken", "descendantTaken", "nameLocked", "nameReserved", "zoneNotBound", "outsideApex", "zone",
    "selfReported", "outsidePathPolicy", "approvalMissing", "approvalUsed", "approvalRevoked", "approvalExpired",
    "approvalNotYetValid", "approvalOtherChange", "approvalOtherImvu", "approvalOtherActor", "approvalVersionMoved",
    "approvalKeyRotated", "approvalNotByOwner", "appendOnly", "splitIsConstant", "platformCannotSuspend",
    "exitUnderway", "belowThreshold", "notFound", "alreadyExists", "wrongState", "limitReached", "noChange",
    "proposalExpired",
)  # fmt: skip
REASON = Enum(**{**dict.fromkeys(REASONS), "name": NAME_FAULT, "zone": ZONE_FAULT})
ACTION_KIND = plain(*ACTION.names)
SUBJECT = Enum(
    chain=None,
    identity=HASH,
    imvu=IMVU_ID,
    name=NAME,
    notAName=HASH,
    proposal=HASH,
    approval=HASH,
    auditEntry=U64,
)
OUTCOME = Enum(passed=None, refused=REASON)
VERDICT = Struct(
    code=U32,
    tx=HASH,
    actor=HASH,
    action=ACTION_KIND,
    subject=SUBJECT,
    imvu=Option(IMVU_ID),
    before=HASH,
    gates=List(Struct(gate=U8, outcome=OUTCOME), NO_BOUND),
    rule=Option(REASON),
)
