"""Offline verification of a bundle against an anchor: docs/wire-format.md, sections 14 and 15."""

import base64
import json

import encoding
import light
import names
import objects
import proofs
import wire

MAX_BYTES, MAX_BLOCKS, MAX_ITEMS = 32 << 20, 128, 1024
MEMBERS = ("format", "subject", "height", "lightBlocks", "preimage", "state", "logs", "tx", "records", "digest")
OPTIONAL = ("preimage", "tx")


class Failed(Exception):
    """A bundle that proves nothing; `step` names what refused it."""

    def __init__(self, step, why):
        super().__init__(f"{step}: {why}")
        self.step = step


def canonical(bundle):
    return json.dumps(bundle, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def digest(bundle):
    contents = {name: value for name, value in bundle.items() if name != "digest"}
    return proofs.digest(canonical(contents)[:-1]).hex()


def parse(data):
    """The bundle of a file in its one spelling."""
    if len(data) > MAX_BYTES:
        raise Failed("format", f"{len(data)} bytes are more than {MAX_BYTES}")
    try:
        bundle = json.loads(data)
        spelled = canonical(bundle)
    except (ValueError, RecursionError) as error:
        raise Failed("format", error) from error
    if spelled != data or not isinstance(bundle, dict):
        raise Failed("format", "the file is not in the canonical spelling")
    if tuple(bundle) != tuple(name for name in MEMBERS if name in bundle or name not in OPTIONAL):
        raise Failed("format", "members are missing, unknown or in another order")
    if bundle["format"] != "nexus-bundle/2":
        raise Failed("format", f"unknown format {bundle['format']!r}")
    return bundle


def verify(data, anchor, now_ns):
    """What a bundle file proves: (facts, hash of header H). `anchor` is the anchor file's JSON."""
    bundle = parse(data)
    if digest(bundle) != bundle["digest"]:
        raise Failed("digest", "the contents do not hash to the digest")
    try:
        return Verification(bundle, anchor, now_ns).facts()
    except encoding.Refused as error:
        raise Failed("object", error) from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise Failed("format", f"not of the shape of a bundle: {error!r}") from error


class Verification:
    def __init__(self, bundle, anchor, now_ns):
        self.bundle, self.anchor, self.now_ns = bundle, anchor, now_ns
        self.height = int(bundle["height"])
        self.values = {}

    def facts(self):
        self.headers()
        self.state()
        (kind, subject), = self.bundle["subject"].items()
        if "tx" in self.bundle and kind != "tx" or self.bundle["records"] and kind != "zone":
            raise Failed("object", f"evidence of another kind stands beside {kind}")
        read = {"tx": self.tx, "imvu": self.imvu, "zone": self.zone, "identity": self.identity}[kind]
        return {kind: read(subject)}, light.header_hash(self.of_block).hex()

    # The headers H and H + 1, from the anchor.

    def headers(self):
        blocks = self.bundle["lightBlocks"]
        heights = [int(block["signed_header"]["header"]["height"]) for block in blocks]
        if len(blocks) > MAX_BLOCKS or heights != sorted(set(heights)) or heights[-2:] != [self.height, self.height + 1]:
            raise Failed("anchor", f"the headers are of heights {heights}, and H is {self.height}")
        self.of_block, self.after = (block["signed_header"]["header"] for block in blocks[-2:])
        trusted, blocks = self.start(blocks)
        for block in blocks:
            try:
                trusted = trusted.advance(block, self.now_ns)
            except (light.Untrusted, ValueError, KeyError, TypeError) as error:
                raise Failed("header", error) from error

    def start(self, blocks):
        anchor = self.anchor
        if "genesis_time" in anchor:
            members = [(bytes.fromhex(one["pubkey"]), int(one["power"])) for one in anchor["validators"]]
            time_ns = light.nanoseconds(anchor["genesis_time"])
            return light.Trusted.genesis(anchor["chain_id"], time_ns, light.Validators(members)), blocks
        header = blocks[0]["signed_header"]["header"]
        if int(header["height"]) != int(anchor["height"]) or light.header_hash(header).hex() != anchor["hash"]:
            raise Failed("anchor", "the first header is not the anchor's")
        following = light.Validators.of_json(blocks[0]["next_validator_set"]["validators"])
        sets = [light.Validators.of_json(blocks[0]["validator_set"]["validators"]).hash(), following.hash()]
        if [bytes.fromhex(header[name]) for name in ("validators_hash", "next_validators_hash")] != sets:
            raise Failed("anchor", "the validator sets are not those of the anchor's header")
        if header["chain_id"] != anchor["chain_id"]:
            raise Failed("anchor", "the anchor's header is of another chain")
        time_ns = light.nanoseconds(header["time"])
        return light.Trusted(header["chain_id"], int(header["height"]), time_ns, following), blocks[1:]

    # What header H + 1 says of the state and the logs after H.

    def state(self):
        preimage, items, records = (self.bundle.get(name) for name in ("preimage", "state", "logs"))
        if preimage is None:
            if items or records:
                raise Failed("app-hash", "there is no preimage")
            return
        try:
            app_hash = proofs.digest(proofs.app_hash_preimage(preimage)).hex().upper()
        except ValueError as error:
            raise Failed("app-hash", error) from error
        if app_hash != self.after["app_hash"]:
            raise Failed("app-hash", f"the preimage hashes to {app_hash}")
        if preimage["constants"] != proofs.constants_hash().hex():
            raise Failed("constants", "the chain follows another law")
        if len(items) > MAX_ITEMS or len(records) > MAX_ITEMS:
            raise Failed("state", "too many items")
        root = bytes.fromhex(preimage["stateRoot"])
        for item in items:
            self.state_item(root, item)
        self.network()
        for record in records:
            self.log_record(preimage, record)

    def state_item(self, root, item):
        key, value, proof = (None if item.get(name) is None else bytes.fromhex(item[name]) for name in ("key", "value", "proof"))
        if key in self.values or not proofs.verify_state(root, key, value, proof):
            raise Failed("state", f"{item['key']} is shown twice, or its proof does not hold")
        self.values[key] = value

    def network(self):
        """Every bundle about the state shows the chain record: without it another chain of the same name would pass."""
        record = self.values.get(objects.chain_key())
        if record is None:
            if self.values:
                raise Failed("network", "the chain record is not shown")
            return
        network = encoding.decode(objects.CHAIN, record)["network"]
        if (network["chain_id"], network["genesis_hash"]) != (self.anchor["chain_id"], self.anchor["genesis_hash"]):
            raise Failed("network", "the state is of another genesis")

    def log_record(self, preimage, item):
        heads = {log["log"]: (int(log["size"]), bytes.fromhex(log["root"])) for log in preimage["logs"]}
        try:
            size, root = heads[item["log"]]
            path = proofs.read_path(bytes.fromhex(item["proof"]), 64)
        except (KeyError, encoding.Refused) as error:
            raise Failed("log", error) from error
        leaf = proofs.leaf_hash(bytes.fromhex(item["record"]))
        if not proofs.verify_inclusion(leaf, int(item["index"]), size, path, root):
            raise Failed("log", f"record {item['index']} does not stand in {item['log']}")

    # The fact itself.

    def tx(self, hash_):
        item = self.bundle.get("tx")
        if item is None:
            raise Failed("transaction", "it is missing")
        data, index, total = base64.b64decode(item["bytes"], validate=True), int(item["index"]), int(item["total"])
        if proofs.digest(data).hex() != hash_:
            raise Failed("transaction", "the bytes have another hash")
        self.under("transaction", item["dataPath"], proofs.digest(data), index, total, self.of_block["data_hash"])
        leaf = light.result_leaf(item["result"])
        self.under("result", item["resultPath"], leaf, index, total, self.after["last_results_hash"])
        code, verdict_bytes = item["result"]["code"], base64.b64decode(item["result"]["data"], validate=True)
        try:
            tx = encoding.decode(wire.TX, data)
        except encoding.Refused:
            tx = None
        verdict = self.verdict(tx, code, verdict_bytes)
        id_ = tx_id(tx) if tx else None
        return {"hash": hash_, "code": code, "id": id_, "verdict": verdict}

    def under(self, step, path, leaf, index, total, root):
        path = [bytes.fromhex(one) for one in path]
        if not proofs.verify_inclusion(proofs.leaf_hash(leaf), index, total, path, bytes.fromhex(root)):
            raise Failed(step, "it does not stand under the header's root")

    def verdict(self, tx, code, data):
        if not data:
            if 1000 <= code < 2000:
                return None
            raise Failed("verdict", f"a result of {code} must carry a verdict")
        if tx is None:
            raise Failed("verdict", "a verdict stands on bytes that are no transaction")
        try:
            verdict = encoding.decode(wire.VERDICT, data)
        except encoding.Refused as error:
            raise Failed("verdict", error) from error
        body = tx["body"]
        same = (
            verdict["code"] == code
            and verdict["tx"] == tx_id(tx)
            and verdict["actor"] == body["signer"]
            and verdict["action"] == wire.ACTION.names[wire.ACTION.split(body["action"])[0]]
            and body["network"]["chain_id"] == self.anchor["chain_id"]
            and body["network"]["genesis_hash"] == self.anchor["genesis_hash"]
        )
        if not same:
            raise Failed("verdict", "it is about another transaction")
        return verdict

    def object(self, key, kind):
        if key not in self.values:
            raise Failed("object", f"state key {key.hex()} is not shown")
        value = self.values[key]
        return None if value is None else encoding.decode(kind, value)

    def imvu(self, id_):
        imvu = self.object(objects.imvu_key(id_), objects.IMVU)
        policy = self.object(objects.policy_key(id_), wire.PATH_POLICY)
        sizes = []
        for kind in objects.COLLECTIONS:
            one = self.object(objects.collection_key(kind, id_), objects.COLLECTION)
            peaks = [bytes.fromhex(peak) for peak in one["peaks"]] if one else []
            if one and (len(peaks) != one["size"].bit_count() or proofs.root_of_peaks(peaks).hex() != one["root"]):
                raise Failed("object", f"the root of {kind} is not that of its peaks")
            sizes.append([kind, one and one["size"]])
        found = imvu or {"owner": None, "quota": None}
        return {"owner": found["owner"], "quota": found["quota"], "policy": policy, "collections": sizes}

    def identity(self, id_):
        identity = self.object(objects.identity_key(id_), objects.IDENTITY)
        return {"key": identity and identity["key"]}

    def zone(self, apex):
        domain = self.object(objects.domain_key(apex), objects.DOMAIN)
        zone = self.object(objects.zone_key(apex), objects.ZONE)
        given = self.bundle["records"]
        if len(given) != (zone["sets"] if zone else 0):
            raise Failed("zone-complete", f"{len(given)} record sets are not all there are")
        sets, leaves = [], []
        for one in given:
            data = base64.b64decode(one["rrset"], validate=True)
            if not names.is_canonical(one["owner"]):
                raise Failed("zone-complete", f"{one['owner']} is no canonical name")
            sets.append([one["owner"], encoding.decode(wire.RRSET, data)])
            leaves.append(proofs.leaf_hash(wire.NAME.write(one["owner"]) + data))
        order = [(owner.encode(), wire.RECORD_TYPE.order(set_["rtype"])) for owner, set_ in sets]
        if any(a >= b for a, b in zip(order, order[1:])):
            raise Failed("zone-complete", "the record sets do not ascend by owner and type")
        if zone and proofs.root_of(leaves).hex() != zone["root"]:
            raise Failed("zone-complete", "the record sets do not lead to the zone's root")
        return {"imvu": domain and domain["imvu"], "serial": zone and zone["serial"], "records": sets}


def tx_id(tx):
    return proofs.tagged("nexus/tx/v1", wire.TX_BODY.write(tx["body"])).hex()
