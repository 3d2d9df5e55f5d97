"""A stranger's client against a running network: registers, creates an IMVU, submits, reads back, verifies bundles.

    conformance.py NETWORK.json --nexus PROGRAM         attested by `nexus attest` with the network's own key file
    conformance.py NETWORK.json --attester-seed FILE    attested here, with a seed of 64 hexadecimal digits

It makes a key of its own and trusts the anchor file alone (by default anchor.json beside NETWORK.json). With --save DIR
it keeps the anchor and two bundles, as tests/vectors/captured has them.
"""

import argparse
import base64
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bundle
import encoding
import wire
from nexus_client import Client, Person, RpcError, identity_of, sign_tx, tx_hash
from proofs import digest

EVIDENCE = digest(b"conformance client").hex()


class Attester:
    """Gets a key attested, one way or the other."""

    def __init__(self, arguments, network_file, network):
        self.arguments, self.folder, self.network_file = arguments, network_file.parent, json.loads(network_file.read_text())
        self.network = network
        self.node = self.network_file["validators"][0]["rpc"]

    def attest(self, person):
        if self.arguments.attester_seed:
            return self.by_seed(person, bytes.fromhex(self.arguments.attester_seed.read_text().strip()))
        return self.by_program(person)

    def by_seed(self, person, seed):
        attester = Person(seed)
        body = {
            "network": self.network,
            "identity": person.identity,
            "attester": attester.identity,
            "generation": 0,
            "evidence": EVIDENCE,
            "expires": Client(self.node).block_time() + 60 * 60 * 1000,
        }
        return {"body": body, "signature": attester.sign("attestation", body)}

    def by_program(self, person):
        body = {"network": self.network, "key": person.key.hex()}
        request = {"body": body, "signature": person.sign("identityRequest", body)}
        keys = self.network_file["keys"]
        attester = self.folder / keys["attester"]
        with tempfile.TemporaryDirectory() as scratch:
            asked, given = Path(scratch) / "request", Path(scratch) / "attestation"
            asked.write_bytes(base64.b64encode(wire.IDENTITY_REQUEST.write(request)) + b"\n")
            command = [self.arguments.nexus, "attest", asked, "--evidence-sha256", EVIDENCE, "--out", given]
            command += ["--node", self.node, "--keys", attester.parent, "--key", attester.stem]
            command += ["--passphrase-file", self.folder / keys["passphrase"]]
            done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"})
            if done.returncode != 0:
                raise RuntimeError(f"nexus attest ended with {done.returncode}: {done.stdout}{done.stderr}")
            return encoding.decode(wire.ATTESTATION, base64.b64decode(given.read_text().strip(), validate=True))


class Conformance:
    def __init__(self, arguments):
        network_file = arguments.network.resolve()
        described = json.loads(network_file.read_text())
        anchor_file = arguments.anchor or network_file.parent / "anchor.json"
        self.anchor = json.loads(anchor_file.read_text())
        self.nodes = [Client(one["rpc"]) for one in described["validators"]]
        self.node, self.network = self.nodes[0], self.nodes[0].network()
        self.attester = Attester(arguments, network_file, self.network)
        self.folder = arguments.save
        self.save("anchor.json", anchor_file.read_bytes())
        self.me = Person(secrets.token_bytes(32))
        self.imvu = "IMVU-PY-" + secrets.token_hex(4).upper()

    def save(self, name, data):
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(data)

    def submit(self, action, signer=None, code=0):
        signer = signer or self.me
        data = sign_tx(self.node.body(self.network, signer, action), signer)
        result = self.node.submit(data)
        assert result["status"] == "committed", result
        assert result["hash"] == tx_hash(data), result
        assert result["result"]["code"] == code, result
        return result

    def verified(self, subject, since=0, node=None):
        # What the node sends, spelled as a file: the same bytes that `nexus verify --save` writes.
        file = bundle.canonical((node or self.node).bundle(subject, since))
        facts, header_hash = bundle.verify(file, self.anchor, time.time_ns())
        return file, facts, header_hash

    def test_the_node_is_on_the_anchors_chain(self):
        named = {name: self.anchor[name] for name in ("chain_id", "genesis_hash")}
        assert named.items() <= self.network.items(), (named, self.network)

    def test_a_key_nobody_attested_is_denied_on_the_ledger(self):
        stranger = Person(secrets.token_bytes(32))
        assert stranger.identity == identity_of(stranger.key)
        result = self.submit(
            {"registerIdentity": {"key": stranger.key.hex(), "attestation": None}}, stranger, 2001
        )
        _, facts, _ = self.verified({"tx": result["hash"]})
        assert facts["tx"]["code"] == 2001, facts
        assert facts["tx"]["verdict"]["gates"][0]["outcome"] == {"refused": "attestationMissing"}, facts

    def test_an_attested_key_registers(self):
        attestation = self.attester.attest(self.me)
        result = self.submit({"registerIdentity": {"key": self.me.key.hex(), "attestation": attestation}})
        _, facts, _ = self.verified({"tx": result["hash"]})
        assert facts["tx"]["code"] == 0 and facts["tx"]["id"] == result["id"], facts
        _, facts, _ = self.verified({"identity": self.me.identity}, int(result["height"]))
        assert facts["identity"]["key"] == self.me.key.hex(), facts

    def test_it_creates_an_imvu_and_proves_it(self):
        values = (1_000, 1 << 30, 10 << 30, 10_000_000, 64, 1 << 20, 10, 100, 1 << 30)
        quota = dict(zip(wire.QUOTA_FIELDS, values, strict=True))
        jurisdiction = self.node.call("nexus_chainInfo")["value"]["jurisdictions"][0]
        result = self.submit({"createImvu": {"imvu": self.imvu, "jurisdiction": jurisdiction, "quota": quota}})
        read = self.node.call("nexus_getImvu", imvu=self.imvu)["value"]
        assert read["owner"] == self.me.identity, read
        self.created = int(result["height"])
        file, facts, _ = self.verified({"imvu": self.imvu}, self.created)
        self.save("imvu.json", file)
        assert (facts["imvu"]["owner"], facts["imvu"]["quota"]) == (self.me.identity, quota), facts

    def test_another_validator_proves_the_same(self):
        for node in self.nodes[1:]:
            _, facts, _ = self.verified({"imvu": self.imvu}, self.created, node)
            assert facts["imvu"]["owner"] == self.me.identity, facts

    def test_an_imvu_that_does_not_exist_is_proved_absent(self):
        _, facts, _ = self.verified({"imvu": "IMVU-NOT-THERE"})
        assert facts["imvu"]["owner"] is None, facts

    def test_a_refusal_is_proved(self):
        usage = {"selfReportUsage": {"imvu": self.imvu, "resource": "network", "quantity": 1 << 60}}
        result = self.submit(usage, code=2006)
        file, facts, _ = self.verified({"tx": result["hash"]})
        self.save("tx-denied.json", file)
        verdict = facts["tx"]["verdict"]
        assert verdict["code"] == 2006 and verdict["subject"] == {"imvu": self.imvu}, verdict

    def test_bytes_that_may_not_stand_in_a_block_get_their_code(self):
        action = {"describeImvu": {"imvu": self.imvu, "description": "by the conformance client"}}
        good = sign_tx(self.node.body(self.network, self.me, action), self.me)
        late = dict(self.node.body(self.network, self.me, action), expires=self.node.block_time() + 25 * 60 * 60 * 1000)
        forged = bytearray(good)
        forged[-40] ^= 1
        cases = [(good + b"\0", 1003), (good[:-1], 1002), (bytes(forged), 1060), (sign_tx(late, self.me), 1021)]
        for data, code in cases:
            try:
                answer = self.node.call("nexus_submitTransaction", tx=base64.b64encode(data).decode(), wait="checked")
            except RpcError as error:
                assert error.code == code, (error, code)
            else:
                raise AssertionError(f"{code} was expected, not {answer}")
        assert self.node.submit(good)["result"]["code"] == 0

    def test_an_altered_bundle_is_refused(self):
        file, _, _ = self.verified({"imvu": self.imvu})
        for at in range(0, len(file), 97):
            altered = bytearray(file)
            altered[at] ^= 1
            try:
                bundle.verify(bytes(altered), self.anchor, time.time_ns())
            except bundle.Failed:
                continue
            raise AssertionError(f"nobody noticed byte {at}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path, help="network.json of a running network")
    parser.add_argument("--anchor", type=Path, help="anchor file [default: anchor.json beside network.json]")
    parser.add_argument("--save", type=Path, metavar="DIR", help="keep the anchor and two bundles there")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--nexus", type=Path, help="the program nexus")
    how.add_argument("--attester-seed", type=Path, help="file with a registered attester's seed")
    run = Conformance(parser.parse_args())
    # In the order in which they are written: later ones need what earlier ones made.
    tests = [name for name in vars(Conformance) if name.startswith("test_")]
    failed = 0
    for name in tests:
        try:
            getattr(run, name)()
            print(f"ok      {name[5:].replace('_', ' ')}")
        except Exception as error:  # every kind of failure is one failed test
            failed += 1
            print(f"FAILED  {name[5:].replace('_', ' ')}: {type(error).__name__}: {error}")
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
