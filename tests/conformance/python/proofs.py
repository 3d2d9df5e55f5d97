"""State proofs, logs and the app hash: docs/wire-format.md, sections 10 to 12."""

from hashlib import sha256

import encoding

EMPTY = b"SPARSE_MERKLE_PLACEHOLDER_HASH__"
LOGS = ("audit", "platform", "consent", "usage", "headers")


def digest(*parts):
    return sha256(b"".join(parts)).digest()


def tagged(tag, *parts):
    return digest(tag.encode() + b"\0", *parts)


def bit(hash_, depth):
    return hash_[depth // 8] >> (7 - depth % 8) & 1


def verify_state(root, key, value, proof):
    """Whether `proof` shows that `key` has `value` (None: no value) under the state root."""
    try:
        reader = encoding.Reader(proof)
        tag = reader.take(1)[0]
        other = (reader.take(32), reader.take(32)) if tag == 2 else None
        n = int.from_bytes(reader.take(2), "little")
        if n > 256:
            return False
        empties = int.from_bytes(reader.take((n + 7) // 8), "little")
        siblings = [EMPTY if empties >> j & 1 else reader.take(32) for j in range(n)]
    except encoding.Refused:
        return False
    if tag > 2 or reader.at != len(proof) or (tag == 0) != (value is not None):
        return False
    if empties >> n or siblings.count(EMPTY) != bin(empties).count("1"):
        return False
    k = digest(key)
    if tag == 0:
        h = digest(b"JMT::LeafNode", k, digest(value))
    elif tag == 1:
        h = EMPTY
    elif other[0] == k or any(bit(other[0], i) != bit(k, i) for i in range(n)):
        return False
    else:
        h = digest(b"JMT::LeafNode", *other)
    for j, sibling in enumerate(siblings):
        left, right = (sibling, h) if bit(k, n - 1 - j) else (h, sibling)
        h = digest(b"JMT::IntrnalNode", left, right)
    return h == root


def leaf_hash(record):
    return digest(b"\0", record)


def node_hash(left, right):
    return digest(b"\1", left, right)


def root_of(leaves):
    """RFC 6962's Merkle tree hash over leaf hashes."""
    if not leaves:
        return digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(root_of(leaves[:half]), root_of(leaves[half:]))


def root_of_peaks(peaks):
    """The root of a log from the roots of its complete subtrees, largest first."""
    if not peaks:
        return digest()
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def read_path(proof, most):
    reader = encoding.Reader(proof)
    path = [reader.take(32) for _ in range(reader.length(most))]
    if reader.at != len(proof):
        raise encoding.Refused(encoding.TRAILING, "bytes follow the path")
    return path


def verify_inclusion(leaf, index, size, path, root):
    """Whether `leaf` is number `index` of the `size` leaves under `root`."""
    if index >= size:
        return False
    f, last, h = index, size - 1, leaf
    for p in path:
        if last == 0:
            return False
        if f & 1 or f == last:
            h = node_hash(p, h)
            while f and not f & 1:
                f, last = f >> 1, last >> 1
        else:
            h = node_hash(h, p)
        f, last = f >> 1, last >> 1
    return last == 0 and h == root


def verify_consistency(old, old_root, new, new_root, path):
    """Whether the log of size `new` begins with that of size `old`."""
    if old > new:
        return False
    if old == new or old == 0:
        return not path and old_root == (new_root if old == new else digest())
    path = list(path)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    f, last = old - 1, new - 1
    while f & 1:
        f, last = f >> 1, last >> 1
    a = b = path[0]
    for p in path[1:]:
        if last == 0:
            return False
        if f & 1 or f == last:
            a, b = node_hash(p, a), node_hash(p, b)
            while f and not f & 1:
                f, last = f >> 1, last >> 1
        else:
            b = node_hash(b, p)
        f, last = f >> 1, last >> 1
    return last == 0 and a == old_root and b == new_root


def app_hash_preimage(preimage):
    """The 307 bytes whose SHA-256 is the app hash, from the preimage's JSON."""
    if [log["log"] for log in preimage["logs"]] != list(LOGS):
        raise ValueError("the logs are not audit, platform, consent, usage, headers")
    parts = [bytes.fromhex(preimage[name]) for name in ("constants", "delayProfile", "stateRoot")]
    for log in preimage["logs"]:
        parts += [int(log["size"]).to_bytes(8, "big"), bytes.fromhex(log["root"])]
    return b"nexus/app/1" + b"".join(parts)


GATES = (
    "Identity Binding", "IMVU Isolation", "Domain Ownership Clarity", "DNS Authority Scoping", "Mail Attribution",
    "Revenue Metering", "Resource Quota Enforcement", "Network Path Governance", "Jurisdiction Tagging",
    "Consent Logging", "Audit Logging", "Immutable Snapshots", "Exit Portability", "No Silent Redirection",
    "No Silent Throttling", "No Cross-IMVU Leakage", "Platform Non-Repudiation",
)  # fmt: skip


def constants_hash():
    gates = b"".join(bytes([number]) + name.encode() + b"\0" for number, name in enumerate(GATES, 1))
    return tagged("nexus/constants/v1", bytes([11, 9, 20]), gates)
