"""What the vectors say of mail: keys, books, DKIM records, epochs. No network."""

import base64

import mail
from nexus_client import split
from proofs import leaf_hash, tagged
from vectors import Vectors, label, load, plain

IMVU, DOMAIN = "IMVU-042", "alice.demo.example"


class Mail(Vectors):
    @classmethod
    def setUpClass(cls):
        cls.transactions = load("transactions.json")["transactions"]
        file = load("objects.json")
        cls.objects, cls.records = file["objects"], file["records"]

    def applied(self, kind):
        cases = (case for case in self.transactions if case["code"] == 0)
        actions = (split(case["fields"]["body"]["action"]) for case in cases)
        return [contents for name, contents in actions if name == kind]

    def of_kind(self, kind):
        return [case["fields"] for case in self.objects if case["kind"] == kind]

    def test_keys_of_mail(self):
        keys = {
            "mailBook": lambda one: mail.book_key(one["imvu"]),
            "mailIndex": lambda one: mail.index_key(IMVU),
            "mailAddress": lambda one: mail.address_key(one["local"]),
            "mailRoute": lambda one: mail.route_key(one["domain"]),
            "dkimKey": lambda one: mail.dkim_key(one["domain"], one["selector"]),
            "mailCredential": lambda one: mail.credential_key(one["imvu"], one["id"]),
        }
        agents = {one["kind"]: one["key"] for one in self.applied("registerAgent")}
        self.assertIn("mail", agents)
        shown = {}
        for case in self.objects:
            if case["kind"] in keys:
                with self.subTest(label(case)):
                    self.assertEqual(keys[case["kind"]](case["fields"]).hex(), case["key"])
            shown.setdefault(case["kind"], []).append(case["key"])
        self.assertLessEqual(keys.keys(), shown.keys())
        epoch = self.records_of("mailEpoch")[-1]
        self.assertEqual(shown["mailCursor"], [mail.cursor_key(IMVU, epoch["agent"]).hex()])

    def records_of(self, kind):
        return [case["fields"] for case in self.records if case["kind"] == kind]

    def test_an_address_is_a_salted_commitment(self):
        for local, address in zip(("ann", "bob"), self.of_kind("mailAddress")):
            salt = local[0].encode() * 32
            text = f"{local}@{DOMAIN}".encode()
            self.assertEqual(tagged("nexus/mail-address/v1", salt + text).hex(), address["local"])

    def test_a_book_is_the_root_of_all_its_objects(self):
        kinds = {"mailAddress": "address", "mailCredential": "credential", "mailRoute": "route", "dkimKey": "dkimKey"}
        shown = [{kinds[case["kind"]]: case["fields"]} for case in self.objects if case["kind"] in kinds]
        book, = self.of_kind("mailBook")
        counts = ("addresses", "credentials", "routes", "keys")
        self.assertEqual(sum(book[name] for name in counts), len(shown))
        self.assertEqual(mail.book_root(shown).hex(), book["root"])
        self.assertEqual(mail.book_root(reversed(shown)).hex(), book["root"])
        index, = self.of_kind("mailIndex")
        leaves = [leaf_hash(mail.OBJECT.write(one)).hex() for one in shown]
        self.assertCountEqual([entry["hash"] for entry in index["entries"]], leaves)
        specs = [split(one["spec"]) for one in self.of_kind("assignment")]
        spec, = (contents for kind, contents in specs if kind == "mail")
        names = ("imvu", "version", "root", "token_epoch")
        self.assertEqual([spec[name] for name in names], [book[name] for name in names])

    def test_a_revoked_key_keeps_its_selector(self):
        keys = self.of_kind("dkimKey")
        self.assertEqual({split(one["key"])[0] for one in keys}, {"rsa", "ed25519"})
        revoked = [one["selector"] for one in keys if one["revoked"] is not None]
        self.assertEqual(revoked, [one["selector"] for one in self.applied("revokeDkimKey")])
        reasons = [case["verdict"]["rule"] for case in self.transactions]
        self.assertIn("selectorRevoked", reasons)

    def test_an_rsa_key_is_der_in_base64(self):
        for one in self.of_kind("dkimKey"):
            algorithm, public = split(one["key"])
            if algorithm == "rsa":
                self.assertTrue(base64.b64encode(bytes.fromhex(public)).startswith(b"MIIBIjANBgkqhkiG9w0BAQ"))

    def test_epochs_follow_each_other_and_the_cursor_adds_them_up(self):
        epochs = self.applied("recordMailEpoch")
        self.assertEqual([int(one["epoch"]) for one in epochs], list(range(1, len(epochs) + 1)))
        after = 1
        for one in epochs:
            self.assertEqual(int(one["first_seq"]), after)
            after = int(one["last_seq"]) + 1
        cursor, = self.of_kind("mailCursor")
        self.assertEqual((int(cursor["epoch"]), int(cursor["last_seq"])), (len(epochs), after - 1))
        for name in ("messages", "recipients", "bytes"):
            self.assertEqual(int(cursor[name]), sum(int(one[name]) for one in epochs))
        last, = self.records_of("mailEpoch")
        self.assertEqual(plain({name: last[name] for name in epochs[-1]}), plain(epochs[-1]))
