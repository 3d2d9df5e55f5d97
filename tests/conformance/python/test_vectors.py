"""Every vector of tests/vectors, checked by this client alone. No network."""

import base64
import copy
import json
import sys
import unittest

import bundle
import curve
import encoding
import light
import names
import objects
import proofs
import wire
from nexus_client import KINDS, Person, admit, quota_basis, signing_digest, split, tx_hash
from test_hosting import Hosting  # noqa: F401: run with the others
from test_mail import Mail  # noqa: F401: run with the others
from test_money import Money  # noqa: F401: run with the others
from test_names import Names  # noqa: F401: run with the others
from test_rights import Rights  # noqa: F401: run with the others
from vectors import VECTORS, Vectors, label, load, plain

class Basics(Vectors):
    def test_keys_are_admitted_or_refused(self):
        for case in load("keys.json")["cases"]:
            with self.subTest(label(case)):
                self.assertEqual(curve.admit_key(bytes.fromhex(case["key"])), case["verdict"].get("fault"))

    def test_signatures_hold_by_zip_215(self):
        for case in load("signatures.json")["cases"]:
            with self.subTest(label(case)):
                parts = [bytes.fromhex(case[name]) for name in ("key", "message", "signature")]
                self.assertEqual(curve.verify(*parts), case["valid"])
                self.assertEqual(curve.verify_by_definition(*parts), case["valid"])

    def test_each_kind_is_signed_over_its_digest(self):
        cases = load("signing.json")["cases"]
        self.assertEqual({case["kind"] for case in cases}, set(KINDS))
        for case in cases:
            with self.subTest(label(case)):
                tag, kind = KINDS[case["kind"]]
                self.assertEqual(tag, case["tag"])
                self.same(kind, case["fields"], case["body"])
                digest, seed = signing_digest(case["kind"], case["fields"]), bytes.fromhex(case["seed"])
                self.assertEqual(digest.hex(), case["digest"])
                self.assertEqual(curve.public(seed).hex(), case["key"])
                self.assertEqual(curve.sign(seed, digest).hex(), case["signature"])

    def test_an_approval_names_what_it_starts_from(self):
        approval = next(case["fields"] for case in load("signing.json")["cases"] if case["kind"] == "approval")
        imvu = next(case["fields"] for case in load("objects.json")["objects"] if case["kind"] == "imvu")
        version, before = quota_basis(imvu, approval["change"]["quota"])
        self.assertEqual((str(version), before), (approval["version"], approval["before"]))

    def test_names_have_one_spelling(self):
        for case in load("names.json")["cases"]:
            with self.subTest(label(case)):
                try:
                    name, fault = names.parse(case["text"]), None
                except names.NameFault as error:
                    name, fault = None, error.fault
                self.assertEqual((name, fault), (case.get("name"), case.get("fault")))
                if name:
                    try:
                        names.check_platform_name(name)
                        platform = True
                    except names.NameFault as error:
                        platform = error.fault
                    self.assertEqual(platform, case["platform"])


class Transactions(Vectors):
    @classmethod
    def setUpClass(cls):
        cls.file = load("transactions.json")
        cls.people = {}
        for one in cls.file["people"]:
            person = Person(bytes.fromhex(one["seed"]))
            assert (person.key.hex(), person.identity) == (one["key"], one["identity"]), one
            cls.people[person.identity] = person

    def test_every_kind_of_action_is_there(self):
        kinds = {split(case["fields"]["body"]["action"])[0] for case in self.file["transactions"]}
        self.assertEqual(kinds, set(wire.ACTION.names))

    def test_fields_bytes_ids_and_hashes_agree(self):
        for case in self.file["transactions"]:
            with self.subTest(label(case)):
                self.same(wire.TX, case["fields"], case["bytes"])
                self.assertEqual(tx_hash(bytes.fromhex(case["bytes"])), case["hash"])
                self.assertEqual(signing_digest("tx", case["fields"]["body"]).hex(), case["id"])
                self.assertEqual(signing_digest("cosign", case["fields"]["body"]).hex(), case["cosign_digest"])

    def test_signatures_and_cosignatures_hold(self):
        keys = {identity: person.key for identity, person in self.people.items()}
        for case in self.file["transactions"]:
            with self.subTest(label(case)):
                tx = case["fields"]
                variant, action = split(tx["body"]["action"])
                signer = tx["body"]["signer"]
                key = bytes.fromhex(action["key"]) if variant == "registerIdentity" else keys[signer]
                self.assertTrue(curve.verify(key, bytes.fromhex(case["id"]), bytes.fromhex(tx["signature"])))
                for one in tx["cosignatures"]:
                    signature = bytes.fromhex(one["signature"])
                    self.assertTrue(curve.verify(keys[one["signer"]], bytes.fromhex(case["cosign_digest"]), signature))
                if variant == "rotateKey":
                    keys[signer] = bytes.fromhex(action["new_key"])

    def test_this_client_signs_the_same_bytes(self):
        signed = 0
        for case in self.file["transactions"]:
            with self.subTest(label(case)):
                person = self.people.get(case["fields"]["body"]["signer"])
                if person and person.sign("tx", case["fields"]["body"]) == case["fields"]["signature"]:
                    signed += 1
        self.assertGreater(signed, 40)

    def test_verdicts_are_about_their_transactions(self):
        for case in self.file["transactions"]:
            with self.subTest(label(case)):
                self.same(wire.VERDICT, case["verdict"], case["verdict_bytes"])
                verdict = case["verdict"]
                self.assertEqual((verdict["code"], verdict["tx"]), (case["code"], case["id"]))
                refused = [one["gate"] for one in verdict["gates"] if one["outcome"] != "passed"]
                if 2000 < case["code"] < 2018:
                    self.assertEqual(case["code"], 2000 + refused[0])
                elif case["code"] == 0:
                    self.assertEqual(refused, [])

    def test_what_may_not_stand_in_a_block_is_refused_with_its_code(self):
        file = load("refused.json")
        state = dict(file["state"], identities={one["id"]: one for one in file["state"]["identities"]})
        admit(bytes.fromhex(file["admitted"]), state)
        for case in file["refused"]:
            with self.subTest(label(case)):
                with self.assertRaises(encoding.Refused) as refused:
                    admit(bytes.fromhex(case["bytes"]), state)
                self.assertEqual(refused.exception.code, case["code"])


class State(Vectors):
    def test_objects_and_records_read_and_write_as_their_bytes(self):
        file = load("objects.json")
        for case in file["objects"]:
            with self.subTest(label(case)):
                self.same(objects.BY_KIND[case["kind"]], case["fields"], case["bytes"])
        for case in file["records"]:
            with self.subTest(label(case)):
                self.same(objects.RECORDS[case["kind"]], case["fields"], case["bytes"])

    def test_state_keys_are_made_of_kind_and_id(self):
        file = load("objects.json")
        kinds = {one["kind"].lower(): one["byte"] for one in file["key_kinds"]}
        self.assertEqual(len(set(kinds.values())), len(kinds))
        keys = {}
        for case in file["objects"]:
            with self.subTest(label(case)):
                self.assertEqual(bytes.fromhex(case["key"])[0], kinds[case["kind"].lower()])
                keys.setdefault(case["kind"], case["key"])
        alice = load("transactions.json")["people"][4]["identity"]
        self.assertEqual(keys["chain"], objects.chain_key().hex())
        self.assertEqual(keys["identity"], objects.identity_key(alice).hex())
        self.assertEqual(keys["nonce"], objects.nonce_key(alice).hex())
        self.assertEqual(keys["guardianship"], "14" + alice)
        self.assertEqual(keys["team"], "24" + b"IMVU-042".hex())
        self.assertEqual(keys["imvu"], objects.imvu_key("IMVU-042").hex())
        self.assertEqual(keys["pathPolicy"], objects.policy_key("IMVU-042").hex())
        self.assertEqual(keys["collection"], objects.collection_key("audit", "IMVU-042").hex())
        self.assertEqual(keys["domain"], objects.domain_key("alice.demo.example").hex())
        self.assertEqual(keys["zone"], objects.zone_key("alice.demo.example").hex())

    def test_state_proofs(self):
        for case in load("state_proofs.json")["cases"]:
            with self.subTest(label(case)):
                root, key, proof = (bytes.fromhex(case[name]) for name in ("root", "key", "proof"))
                value = None if case["value"] is None else bytes.fromhex(case["value"])
                self.assertEqual(proofs.verify_state(root, key, value, proof), case["valid"])

    def test_log_roots(self):
        leaves = []
        for case in load("logs.json")["roots"]:
            with self.subTest(label(case)):
                self.assertEqual(proofs.root_of(leaves).hex(), case["root"])
                leaves.append(proofs.leaf_hash(f"record {len(leaves)}".encode()))

    def test_log_inclusion(self):
        for case in load("logs.json")["inclusion"]:
            with self.subTest(label(case)):
                leaf = proofs.leaf_hash(bytes.fromhex(case["record"]))
                path = proofs.read_path(bytes.fromhex(case["proof"]), 64)
                root = bytes.fromhex(case["root"])
                valid = proofs.verify_inclusion(leaf, int(case["index"]), int(case["size"]), path, root)
                self.assertEqual(valid, case["valid"])

    def test_log_consistency(self):
        for case in load("logs.json")["consistency"]:
            with self.subTest(label(case)):
                path = proofs.read_path(bytes.fromhex(case["proof"]), 65)
                old, new = (bytes.fromhex(case[name]) for name in ("old_root", "new_root"))
                valid = proofs.verify_consistency(int(case["old_size"]), old, int(case["new_size"]), new, path)
                self.assertEqual(valid, case["valid"])

    def test_app_hash_and_what_goes_into_it(self):
        file = load("app_hash.json")
        self.assertEqual(proofs.constants_hash().hex(), file["constants_hash"])
        delays = bytes.fromhex(file["delays"]["bytes"])
        self.assertEqual(proofs.tagged("nexus/delays/v1", delays).hex(), file["delays"]["hash"])
        genesis = bytes.fromhex(file["genesis"]["document"])
        self.assertEqual(proofs.tagged("nexus/genesis/v1", genesis).hex(), file["genesis"]["hash"])
        for case in file["cases"]:
            with self.subTest(label(case)):
                preimage = proofs.app_hash_preimage(case["preimage"])
                self.assertEqual(preimage.hex(), case["bytes"])
                self.assertEqual(proofs.digest(preimage).hex(), case["app_hash"])
                self.assertIn(case["next_header_app_hash"], (case["app_hash"], None))


class CometBft(Vectors):
    def setUp(self):
        self.file = load("cometbft-0.38.25.json")

    def test_headers_and_signatures_of_cometbft(self):
        for block in self.file["light_blocks"]:
            with self.subTest(label(block)):
                header, commit = block["signed_header"]["header"], block["signed_header"]["commit"]
                validators = light.Validators.of_json(block["validators"])
                self.assertEqual(light.header_hash(header).hex().upper(), commit["block_id"]["hash"])
                self.assertEqual(validators.hash().hex().upper(), header["validators_hash"])
                self.assertTrue(light.more_than_two_thirds(light.signers(header, commit, validators), validators))

    def test_an_altered_vote_does_not_hold(self):
        block = self.file["light_blocks"][0]["signed_header"]
        validators = light.Validators.of_json(self.file["light_blocks"][0]["validators"])
        for at, value in (("round", 1), ("height", "2")):
            commit = dict(block["commit"], **{at: value})
            with self.subTest(at), self.assertRaises(light.Untrusted):
                light.signers(block["header"], commit, validators)

    def test_transactions_and_results_stand_under_cometbfts_roots(self):
        of_block, after = (one["signed_header"]["header"] for one in self.file["light_blocks"][-2:])
        txs = [proofs.leaf_hash(proofs.digest(base64.b64decode(tx))) for tx in self.file["txs"]]
        self.assertEqual(proofs.root_of(txs).hex().upper(), of_block["data_hash"])
        results = [
            light.result_leaf({"code": one["code"], "data": "", "gasWanted": 0, "gasUsed": 0})
            for one in self.file["results"]
        ]
        leaves = [proofs.leaf_hash(result) for result in results]
        self.assertEqual(proofs.root_of(leaves).hex().upper(), after["last_results_hash"])


class Bundles(Vectors):
    def edited(self, data, edit):
        value = json.loads(data)
        *path, last = edit.get("set", edit.get("remove")).split("/")[1:]
        at = value
        for name in path:
            at = at[int(name)] if isinstance(at, list) else at[name]
        last = int(last) if isinstance(at, list) else last
        if "remove" in edit:
            del at[last]
        elif edit["to"] is None:
            at.pop(last)
        else:
            at[last] = copy.deepcopy(edit["to"])
        value["digest"] = bundle.digest(value)
        return bundle.canonical(value)

    def test_bundles_prove_what_they_should_and_forged_ones_fail_at_their_step(self):
        for case in load("bundles.json")["cases"]:
            with self.subTest(label(case)):
                data = (VECTORS / "bundles" / case["bundle"]).read_bytes()
                if "edit" in case:
                    data = self.edited(data, case["edit"])
                now = light.nanoseconds(case["now"])
                if "fails" in case:
                    with self.assertRaises(bundle.Failed) as failed:
                        bundle.verify(data, case["anchor"], now)
                    self.assertEqual(failed.exception.step, case["fails"])
                else:
                    facts, header_hash = bundle.verify(data, case["anchor"], now)
                    self.assertEqual(plain(facts), plain(case["facts"]))
                    self.assertEqual(header_hash, case["header_hash"])

    def test_bundles_of_a_real_network_hold(self):
        folder = VECTORS / "captured"
        anchor = json.loads((folder / "anchor.json").read_text())
        for name, kind in (("tx-denied.json", "tx"), ("imvu.json", "imvu")):
            with self.subTest(name):
                data = (folder / name).read_bytes()
                after = json.loads(data)["lightBlocks"][-1]["signed_header"]["header"]
                facts, _ = bundle.verify(data, anchor, light.nanoseconds(after["time"]) + 10**9)
                self.assertEqual(list(facts), [kind])
                if kind == "tx":
                    self.assertEqual(facts["tx"]["code"], 2006)
                else:
                    self.assertIsNotNone(facts["imvu"]["owner"])

    def test_every_flipped_byte_of_a_bundle_is_found(self):
        files = sorted((VECTORS / "bundles").iterdir(), key=lambda path: path.stat().st_size)
        data, anchor = files[0].read_bytes(), load("anchor.json")
        now = light.nanoseconds(load("bundles.json")["cases"][0]["now"])
        bundle.verify(data, anchor, now)
        for at in range(len(data)):
            flipped = bytearray(data)
            flipped[at] ^= 1
            with self.assertRaises(bundle.Failed, msg=f"byte {at}"):
                bundle.verify(bytes(flipped), anchor, now)

    def test_a_bundle_about_state_without_the_chain_record_is_refused(self):
        data = (VECTORS / "bundles" / "identity.json").read_bytes()
        with self.assertRaises(bundle.Failed) as failed:
            case = load("bundles.json")["cases"][0]
            bundle.verify(self.edited(data, {"remove": "/state/0"}), case["anchor"], light.nanoseconds(case["now"]))
        self.assertEqual(failed.exception.step, "network")


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    # A test with several failing cases is one failed test.
    failed = {case.id().split(" ")[0] for case, _ in result.failures + result.errors}
    print(f"{result.testsRun - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not result.testsRun else 0


if __name__ == "__main__":
    sys.exit(main())
