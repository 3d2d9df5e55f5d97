"""A client of Nexus COS in plain Python, written from docs/wire-format.md alone: it signs, submits, reads and verifies.

Needs Python 3.11 and the package `cryptography`. The other modules: encoding, wire (types), names, curve (keys and
signatures), proofs (state tree, logs, app hash), objects (state), light (CometBFT), bundle (offline verification).
"""

import base64
import json
import time
import urllib.request

import curve
import encoding
import objects
import wire
from proofs import digest, tagged

TX_BYTES = 64 * 1024
TX_LIFETIME_MS = 24 * 60 * 60 * 1000
AGENT_LANES = 16
KINDS = {
    "tx": ("nexus/tx/v1", wire.TX_BODY),
    "cosign": ("nexus/cosign/v1", wire.TX_BODY),
    "approval": ("nexus/approval/v1", wire.APPROVAL_BODY),
    "attestation": ("nexus/attestation/v1", wire.ATTESTATION_BODY),
    "identityRequest": ("nexus/identity-request/v1", wire.IDENTITY_REQUEST_BODY),
    "rotation": ("nexus/rotation/v1", wire.ROTATION_BODY),
    "meterRecord": ("nexus/meter-record/v1", wire.METER_RECORD_BODY),
    "recoveryAttestation": ("nexus/recovery-attestation/v1", wire.RECOVERY_ATTESTATION_BODY),
    "validatorKey": ("nexus/validator-key/v1", wire.VALIDATOR_KEY_BODY),
    "transfer": ("nexus/transfer/v1", wire.TRANSFER_BODY),
    "recovery": ("nexus/recovery/v1", wire.RECOVERY_BODY),
}
FUTURE_HEIGHT, UNPROVABLE = 3003, 3005
KEY_CODES = {"notCanonical": 1050, "smallOrder": 1051, "torsion": 1052}


def signing_digest(kind, body):
    """The 32 bytes that are signed for a body of this kind."""
    tag, type_ = KINDS[kind]
    return tagged(tag, type_.write(body))


def identity_of(key):
    return tagged("nexus/identity/v1", key).hex()


def capabilities_hash(capabilities):
    """What a compute agent attests of its host."""
    return tagged("nexus/capabilities/v1", wire.CAPABILITIES.write(capabilities)).hex()


def spec_hash(spec):
    """What an agent has observed where all is as the spec says."""
    return tagged("nexus/spec/v1", objects.SPEC.write(spec)).hex()


class Person:
    """An identity and the seed of its current key."""

    def __init__(self, seed, identity=None):
        self.seed, self.key = seed, curve.public(seed)
        self.identity = identity or identity_of(self.key)

    def sign(self, kind, body):
        return curve.sign(self.seed, signing_digest(kind, body)).hex()


def sign_tx(body, signer, cosigners=()):
    """The bytes of a transaction."""
    cosignatures = [{"signer": one.identity, "signature": one.sign("cosign", body)} for one in cosigners]
    cosignatures.sort(key=lambda one: one["signer"])
    return wire.TX.write({"body": body, "signature": signer.sign("tx", body), "cosignatures": cosignatures})


def tx_hash(data):
    return digest(data).hex()


def admit(data, state):
    """Decodes bytes that may stand in a block, by the order of checks of docs/wire-format.md; allowances are left out.

    `state` has network, block_time, identities {id: {key, generation, next_nonce}}, attesters, agents (those that hosts
    have now) and meters {id: keys}.
    """
    if len(data) > TX_BYTES:
        raise encoding.Refused(1001, f"{len(data)} bytes")
    tx = encoding.decode(wire.TX, data)
    check_envelope(tx["body"], state)
    signer = state["identities"].get(tx["body"]["signer"])
    variant, action = split(tx["body"]["action"])
    if variant == "report" and tx["body"]["signer"] not in state["agents"]:
        raise encoding.Refused(1032, "the signer is no agent")
    if signer is None and variant == "registerIdentity" and identity_of(bytes.fromhex(action["key"])) == tx["body"]["signer"]:
        signer = {"key": action["key"], "generation": 0, "next_nonce": 1}
    if signer is None:
        raise encoding.Refused(1030, "the signer is not registered")
    nonce, next_nonce = tx["body"]["nonce"], int(signer["next_nonce"])
    if nonce != next_nonce:
        raise encoding.Refused(1040 if nonce < next_nonce else 1041, f"the next nonce is {next_nonce}")
    for key in entering_keys(action or {}):
        fault = curve.admit_key(bytes.fromhex(key))
        if fault:
            raise encoding.Refused(KEY_CODES[fault], fault)
    check_signatures(tx, signer, state)
    return tx


def entering_keys(action):
    """The keys that an action would bring into the state."""
    return [action[name] for name in ("key", "new_key") if name in action] + action.get("keys", [])


def split(value):
    return (value, None) if isinstance(value, str) else next(iter(value.items()))


def check_envelope(body, state):
    for name, code in (("chain_id", 1010), ("genesis_hash", 1011), ("recovery_epoch", 1012)):
        if body["network"][name] != state["network"][name]:
            raise encoding.Refused(code, f"another {name}")
    now = int(state["block_time"])
    if body["expires"] <= now:
        raise encoding.Refused(1020, "it has expired")
    if body["expires"] > now + TX_LIFETIME_MS:
        raise encoding.Refused(1021, "it expires too late")
    lanes = AGENT_LANES if body["signer"] in state["agents"] else 1
    if body["lane"] >= lanes:
        raise encoding.Refused(1031, "people have lane 0, agents lanes 0 to 15")


def check_signatures(tx, signer, state):
    body, identities = tx["body"], state["identities"]
    variant, action = split(body["action"])

    def hold(key, kind, signed, signature, code):
        if not curve.verify(bytes.fromhex(key), signing_digest(kind, signed), bytes.fromhex(signature)):
            raise encoding.Refused(code, f"the {kind} signature does not hold")

    def consent(statement, by, kind, code):
        """An approval or attestation: by a known key of that generation it must hold, otherwise a gate refuses it."""
        who = identities.get(statement["body"][by])
        if kind == "attestation" and statement["body"][by] not in state["attesters"]:
            return
        if who and who["generation"] == statement["body"]["generation"]:
            hold(who["key"], kind, statement["body"], statement["signature"], code)

    # A co-signer that is the signer, or unknown, is found before any signature is checked.
    for one in tx["cosignatures"]:
        if one["signer"] == body["signer"]:
            raise encoding.Refused(1061, "the signer co-signs its own transaction")
        if one["signer"] not in identities:
            raise encoding.Refused(1030, "a co-signer is not registered")
    statements = [(one, "approver", "approval", 1062) for one in body["approvals"]]
    if variant == "registerIdentity" and action["attestation"]:
        statements.append((action["attestation"], "attester", "attestation", 1063))
    if variant == "signApproval":
        statements.append((action["approval"], "approver", "approval", 1062))
    for statement, _, _, code in statements:
        if statement["body"]["network"] != body["network"]:
            raise encoding.Refused(code, "it is for another network")
    records = action["usage"] if variant == "report" else []
    for record in records:
        check_record(record, body["network"], state)
    hold(signer["key"], "tx", body, tx["signature"], 1060)
    for one in tx["cosignatures"]:
        hold(identities[one["signer"]]["key"], "cosign", body, one["signature"], 1061)
    for statement, by, kind, code in statements:
        consent(statement, by, kind, code)
    if variant == "rotateKey":
        rotation = {
            "network": body["network"],
            "identity": body["signer"],
            "generation": signer["generation"] + 1,
            "new_key": action["new_key"],
        }
        hold(action["new_key"], "rotation", rotation, action["proof"], 1064)
    for record in records:
        keys = state["meters"].get(record["body"]["meter"])
        for one in record["signatures"] if keys else []:
            hold(keys[one["key"]], "meterRecord", record["body"], one["signature"], 1065)


def check_record(record, network, state):
    """What is said of a meter's record before any signature is checked."""
    if record["body"]["network"] != network:
        raise encoding.Refused(1065, "a meter record is for another network")
    places = [one["key"] for one in record["signatures"]]
    if any(a >= b for a, b in zip(places, places[1:])):
        raise encoding.Refused(1065, "the signatures of a record do not ascend by key")
    keys = state["meters"].get(record["body"]["meter"])
    if keys and any(place >= len(keys) for place in places):
        raise encoding.Refused(1065, "the meter has no such key")


def quota_basis(imvu, change):
    """(version, before) that an approval of a quota change names, from the IMVU's object."""
    named = [(number, name) for number, name in enumerate(wire.QUOTA_FIELDS) if change[name] is not None]
    version = sum(int(imvu["quota_versions"][number]) for number, _ in named)
    values = [len(named).to_bytes(4, "little")]
    values += [wire.U8.write(number) + wire.U64.write(imvu["quota"][name]) for number, name in named]
    return version, tagged("nexus/basis/v1", wire.IMVU_ID.write(imvu["id"]), b"quota\0", *values).hex()


class RpcError(Exception):
    """An error answer of a node."""

    def __init__(self, error):
        super().__init__(f"{error['code']}: {error['message']}")
        self.code, self.data = error["code"], error.get("data") or {}


class Client:
    """JSON-RPC 2.0 over HTTP."""

    def __init__(self, url, timeout_s=40):
        self.url, self.timeout_s, self.calls = url, timeout_s, 0

    def call(self, method, **params):
        self.calls += 1
        request = {"jsonrpc": "2.0", "id": str(self.calls), "method": method, "params": params}
        post = urllib.request.Request(self.url, json.dumps(request).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(post, timeout=self.timeout_s) as response:
            answer = json.load(response)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def network(self):
        info = self.call("nexus_chainInfo")["value"]
        return {
            "chain_id": info["chainId"],
            "genesis_hash": info["genesisHash"],
            "recovery_epoch": info["recoveryEpoch"],
        }

    def block_time(self):
        return int(self.call("nexus_chainInfo")["blockTime"])

    def next_nonce(self, identity):
        return int(self.call("nexus_getNonce", identity=identity)["value"]["next"])

    def body(self, network, signer, action, approvals=()):
        return {
            "network": network,
            "signer": signer.identity,
            "lane": 0,
            "nonce": self.next_nonce(signer.identity),
            "expires": self.block_time() + 60 * 60 * 1000,
            "action": action,
            "approvals": list(approvals),
        }

    def submit(self, data):
        """Submits and waits for the block; a refusal that stands on the ledger is a result."""
        return self.call("nexus_submitTransaction", tx=base64.b64encode(data).decode(), wait="committed", timeoutMs=30_000)

    def bundle(self, subject, since=0, trusted_height=0, attempts=60):
        """Evidence about a subject at height `since` or later. What a block led to is provable once the next exists."""
        for _ in range(attempts):
            try:
                found = self.call("nexus_getBundle", subject=subject, trustedHeight=str(trusted_height))
                if int(found["height"]) >= since:
                    return found
            except RpcError as error:
                if error.code not in (FUTURE_HEIGHT, UNPROVABLE):
                    raise
            time.sleep(0.5)
        raise TimeoutError(f"no evidence about {subject} at height {since} after {attempts} attempts")
