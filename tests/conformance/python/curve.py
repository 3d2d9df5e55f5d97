"""Ed25519 as the ledger and CometBFT mean it (ZIP-215), and which public keys it admits: docs/wire-format.md, section 3.

The library's verification is stricter than ZIP-215, never laxer, so whatever it accepts is valid; what it refuses is
looked at again here, by the definition. Not constant-time: it never touches a secret.
"""

from hashlib import sha512

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def decompress(data):
    """The point of 32 bytes, or None. As ZIP-215 wants it, y may be P or more, and x = 0 may have its sign bit set."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, (y & ((1 << 255) - 1)) % P
    numerator, denominator = (y * y - 1) % P, (D * y * y + 1) % P
    x = numerator * pow(denominator, 3, P) * pow(numerator * pow(denominator, 7, P), (P - 5) // 8, P) % P
    if denominator * x * x % P != numerator:
        x = x * ROOT_OF_MINUS_ONE % P
    if denominator * x * x % P != numerator:
        return None
    x = -x % P if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def compress(point):
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar, point):
    result = NEUTRAL
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def is_neutral(point):
    return point[0] % P == 0 and (point[1] - point[2]) % P == 0


def negate(point):
    return (-point[0] % P, point[1], point[2], -point[3] % P)


BASE = decompress((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def admit_key(key):
    """None for a key the ledger admits, else why it does not."""
    point = decompress(key)
    if point is None or compress(point) != key:
        return "notCanonical"
    if is_neutral(multiply(8, point)):
        return "smallOrder"
    return None if is_neutral(multiply(L, point)) else "torsion"


def verify(key, message, signature):
    """Whether a signature holds by ZIP-215."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return verify_by_definition(key, message, signature)


def verify_by_definition(key, message, signature):
    a, r, s = decompress(key), decompress(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L or len(signature) != 64:
        return False
    challenge = int.from_bytes(sha512(signature[:32] + key + message).digest(), "little") % L
    difference = add(multiply(s, BASE), negate(add(r, multiply(challenge, a))))
    return is_neutral(multiply(8, difference))


def public(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def sign(seed, message):
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)
