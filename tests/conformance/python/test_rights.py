"""What the vectors say of consents and snapshots: keys, commitments, and that nothing is missing. No network."""

import objects
import proofs
import rights
from nexus_client import split
from vectors import Vectors, label, load

HOST, IMVU = "host-1", "IMVU-042"


class Rights(Vectors):
    @classmethod
    def setUpClass(cls):
        cls.transactions = load("transactions.json")["transactions"]
        file = load("objects.json")
        cls.objects, cls.records = file["objects"], file["records"]

    def of_kind(self, kind):
        return [case for case in self.objects if case["kind"] == kind]

    def records_of(self, kind):
        return [case for case in self.records if case["kind"] == kind]

    def test_keys(self):
        consents, erasure = self.of_kind("consents"), self.of_kind("erasure")
        snapshot, = self.of_kind("snapshot")
        for case in consents:
            fields = case["fields"]
            self.assertEqual(case["key"], rights.consents_key(IMVU, fields["subject"]).hex())
        for case in erasure:
            fields = case["fields"]
            key = rights.erasure_key(IMVU, fields["subject"], fields["sequence"])
            self.assertEqual(case["key"], key.hex())
        self.assertEqual(snapshot["key"], rights.snapshot_key(IMVU, snapshot["fields"]["number"]).hex())
        self.assertEqual(self.of_kind("snapshots")[0]["key"], rights.snapshots_key(IMVU).hex())
        self.assertEqual(self.of_kind("stay")[0]["key"], rights.stay_key(IMVU, HOST).hex())

    def test_a_commitment_is_made_of_salt_and_record(self):
        checked = 0
        for case in self.transactions:
            name, action = split(case["fields"]["body"]["action"])
            if name == "recordConsent":
                with self.subTest(label(case)):
                    salt = bytes([int(action["sequence"])] * 32)
                    made = rights.commitment(salt, action["purpose"].encode())
                    self.assertEqual(action["commitment"], made)
                    checked += 1
        self.assertGreater(checked, 2)

    def test_the_records_are_all_that_the_collections_hold(self):
        # The first is the chain's own.
        consents = self.records_of("consent")
        self.assertEqual(consents[0], consents[-1])
        collections = {case["key"]: case["fields"] for case in self.of_kind("collection")}
        for kind, records in (("consents", consents[1:]), ("snapshots", self.records_of("snapshot"))):
            collection = collections[objects.collection_key(kind, IMVU).hex()]
            leaves = [proofs.leaf_hash(bytes.fromhex(case["bytes"])) for case in records]
            self.assertEqual(str(len(leaves)), collection["size"])
            self.assertEqual(proofs.root_of(leaves).hex(), collection["root"])
            positions = [case["fields"]["position"] for case in records]
            self.assertEqual(positions, [str(position) for position in range(len(records))])

    def test_what_became_of_a_subject_follows_from_the_records(self):
        stand = {}
        for case in self.records_of("consent")[1:]:
            kind, event = split(case["fields"]["event"])
            fates, erased = stand.setdefault(case["fields"]["subject"], ({}, [0]))
            if kind == "deleted":
                continue
            sequence = int(event["sequence"])
            self.assertEqual(sequence, erased[0] + len(fates))
            if kind == "revoked":
                self.assertEqual(fates[int(event["revokes"])], "standing")
                fates[int(event["revokes"])] = "revoked"
            elif kind == "erased":
                for gone in range(erased[0], int(event["through"]) + 1):
                    del fates[gone]
                erased[0] = int(event["through"]) + 1
            fates[sequence] = {"recorded": "standing", "revoked": "revocation", "erased": "erasure"}[kind]
        self.assertEqual(len(stand), 2)
        for case in self.of_kind("consents"):
            fields = case["fields"]
            fates, erased = stand[fields["subject"]]
            self.assertEqual(fields["fates"], [fates[sequence] for sequence in sorted(fates)])
            self.assertEqual((fields["erased"], fields["next"]), (str(erased[0]), str(erased[0] + len(fates))))

    def test_what_exists_to_be_refused_is_refused(self):
        codes = {"rewriteConsent": 2010, "rewriteSnapshot": 2012}
        for case in self.transactions:
            name, _ = split(case["fields"]["body"]["action"])
            if name in codes:
                self.assertEqual(case["code"], codes.pop(name))
        self.assertEqual(codes, {})
