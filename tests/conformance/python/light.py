"""CometBFT's headers, commits and validator sets: docs/wire-format.md, section 13."""

import base64
import re
from calendar import timegm

import curve
from proofs import digest, leaf_hash, root_of

TRUSTING_PERIOD_NS = 14 * 24 * 3600 * 10**9
CLOCK_DRIFT_NS = 5 * 10**9
COMMIT, NIL = 2, 3  # flags of a commit's signatures; 1 is absent


class Untrusted(Exception):
    """A header that does not follow from what is trusted."""


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def number(field, value):
    return varint(field << 3) + varint(value) if value else b""


def nested(field, data):
    """A message or bytes that is written even when empty."""
    return varint(field << 3 | 2) + varint(len(data)) + data


def data(field, value):
    return nested(field, value) if value else b""


def fixed64(field, value):
    return varint(field << 3 | 1) + value.to_bytes(8, "little") if value else b""


TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z")


def nanoseconds(text):
    """Nanoseconds since 1970-01-01 UTC of an RFC 3339 time in UTC."""
    match = TIME.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no time in UTC")
    fields = [int(one) for one in match.groups()[:6]]
    return timegm((*fields, 0, 0, 0)) * 10**9 + int((match.group(7) or "").ljust(9, "0"))


def timestamp(text):
    seconds, nanos = divmod(nanoseconds(text), 10**9)
    return number(1, seconds) + number(2, nanos)


def block_id(value):
    """protobuf BlockID, and CanonicalBlockID, which has the same fields."""
    value = value or {"hash": "", "parts": {"total": 0, "hash": ""}}
    parts = number(1, value["parts"]["total"]) + data(2, bytes.fromhex(value["parts"]["hash"]))
    return data(1, bytes.fromhex(value["hash"])) + nested(2, parts)


def header_hash(header):
    def hashed(name):
        return data(1, bytes.fromhex(header[name] or ""))

    version = header["version"]
    fields = [
        number(1, int(version["block"])) + number(2, int(version.get("app") or 0)),
        data(1, header["chain_id"].encode()),
        number(1, int(header["height"])),
        timestamp(header["time"]),
        block_id(header["last_block_id"]),
        hashed("last_commit_hash"),
        hashed("data_hash"),
        hashed("validators_hash"),
        hashed("next_validators_hash"),
        hashed("consensus_hash"),
        hashed("app_hash"),
        hashed("last_results_hash"),
        hashed("evidence_hash"),
        hashed("proposer_address"),
    ]
    return root_of([leaf_hash(field) for field in fields])


class Validators:
    """A validator set: (key, power) in CometBFT's order, by power descending, then by address."""

    def __init__(self, members):
        self.members = sorted(members, key=lambda one: (-one[1], address(one[0])))
        self.keys = {address(key): key for key, _ in self.members}
        self.powers = {address(key): power for key, power in self.members}
        self.total = sum(power for _, power in self.members)

    @classmethod
    def of_json(cls, members):
        """From `validators` of CometBFT's /validators, or of a bundle's validator set."""
        pairs = []
        for one in members:
            key = base64.b64decode(one["pub_key"]["value"], validate=True)
            if one["pub_key"]["type"] != "tendermint/PubKeyEd25519" or address(key).hex().upper() != one["address"]:
                raise Untrusted("a validator's address is not that of its Ed25519 key")
            pairs.append((key, int(one.get("power") or one["voting_power"])))
        return cls(pairs)

    def hash(self):
        simple = [nested(1, data(1, key)) + number(2, power) for key, power in self.members]
        return root_of([leaf_hash(one) for one in simple])


def address(key):
    return digest(key)[:20]


def sign_bytes(chain_id, commit, signature):
    """What a validator signed: the length-prefixed protobuf CanonicalVote of a precommit for the commit's block."""
    vote = (
        number(1, 2)
        + fixed64(2, int(commit["height"]))
        + fixed64(3, commit["round"])
        + nested(4, block_id(commit["block_id"]))
        + nested(5, timestamp(signature["timestamp"]))
        + data(6, chain_id.encode())
    )
    return varint(len(vote)) + vote


def signers(header, commit, validators):
    """Addresses of the validators that signed the header for this block; every signature must hold."""
    signed = set()
    for signature in commit["signatures"]:
        if signature["block_id_flag"] not in (1, COMMIT, NIL):
            raise Untrusted(f"there is no flag {signature['block_id_flag']}")
        if signature["block_id_flag"] == 1:
            continue
        who = bytes.fromhex(signature["validator_address"])
        if who not in validators.keys:
            raise Untrusted(f"{who.hex()} signed and is no validator of height {header['height']}")
        if signature["block_id_flag"] == NIL:
            continue
        if who in signed:
            raise Untrusted(f"{who.hex()} signed twice")
        message = sign_bytes(header["chain_id"], commit, signature)
        if not curve.verify(validators.keys[who], message, base64.b64decode(signature["signature"], validate=True)):
            raise Untrusted(f"the signature of {who.hex()} does not hold")
        signed.add(who)
    return signed


def more_than_two_thirds(signed, validators):
    return 3 * sum(validators.powers.get(who, 0) for who in signed) > 2 * validators.total


class Trusted:
    """What is trusted so far: height, time and the validators of the next block."""

    def __init__(self, chain_id, height, time_ns, next_validators):
        self.chain_id, self.height, self.time_ns, self.next = chain_id, height, time_ns, next_validators

    @classmethod
    def genesis(cls, chain_id, time_ns, validators):
        # The first block has genesis time itself, and time must rise.
        return cls(chain_id, 0, time_ns - 1, validators)

    def advance(self, block, now_ns):
        """What is trusted after this light block. Raises Untrusted where it does not follow."""
        header, commit = block["signed_header"]["header"], block["signed_header"]["commit"]
        validators = Validators.of_json(block["validator_set"]["validators"])
        following = Validators.of_json(block["next_validator_set"]["validators"])
        height, time_ns = int(header["height"]), nanoseconds(header["time"])
        self.check_shape(header, commit, validators, following)
        if self.time_ns + TRUSTING_PERIOD_NS <= now_ns:
            raise Untrusted(f"what is trusted at height {self.height} is too old")
        if time_ns >= now_ns + CLOCK_DRIFT_NS:
            raise Untrusted(f"header {height} is from the future")
        if time_ns <= self.time_ns or height <= self.height:
            raise Untrusted(f"header {height} is not later than {self.height}")
        signed = signers(header, commit, validators)
        if height == self.height + 1:
            if validators.hash() != self.next.hash():
                raise Untrusted(f"the validators of {height} are not those that {self.height} named")
        elif not more_than_two_thirds(signed, self.next):
            raise Untrusted(f"too few of the validators trusted at {self.height} signed {height}")
        if not more_than_two_thirds(signed, validators):
            raise Untrusted(f"not more than two thirds of its validators signed {height}")
        return Trusted(self.chain_id, height, time_ns, following)

    def check_shape(self, header, commit, validators, following):
        if header["chain_id"] != self.chain_id:
            raise Untrusted(f"the header is of chain {header['chain_id']}, not {self.chain_id}")
        if (validators.hash(), following.hash()) != (
            bytes.fromhex(header["validators_hash"]),
            bytes.fromhex(header["next_validators_hash"]),
        ):
            raise Untrusted("the validator sets are not those the header names")
        if header_hash(header).hex().upper() != commit["block_id"]["hash"] or header["height"] != commit["height"]:
            raise Untrusted("the commit is for another header")
        if len(commit["signatures"]) != len(validators.members):
            raise Untrusted("the commit has not one entry for each validator")


def result_leaf(result):
    """The deterministic protobuf of an ExecTxResult, whose leaf hash stands under last_results_hash."""
    return (
        number(1, result["code"])
        + data(2, base64.b64decode(result["data"], validate=True))
        + number(5, result["gasWanted"])
        + number(6, result["gasUsed"])
    )
