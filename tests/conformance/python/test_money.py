"""What the vectors say of money: keys, balances, and statements made again from receipts. No network."""

import json

import exits
import ledger
import objects
import statement
from nexus_client import split
from proofs import digest
from vectors import Vectors, label, load


class Money(Vectors):
    @classmethod
    def setUpClass(cls):
        cls.file = load("statements.json")
        cls.objects = load("objects.json")["objects"]

    def of_kind(self, kind):
        return [case for case in self.objects if case["kind"] == kind]

    def receipts(self, period, owner):
        names = ("network", "calendar", "imvu", "usage", "money", "book", "lists")
        return {name: self.file[name] for name in names} | {"period": int(period), "owner": owner}

    def test_statements_follow_from_receipts(self):
        self.assertGreaterEqual(len(self.file["statements"]), 2)
        for case in self.file["statements"]:
            with self.subTest(case["period"]):
                made = statement.text(**self.receipts(case["period"], case["owner"]))
                self.assertEqual(json.loads(made), json.loads(case["text"]))
                self.assertEqual(made, case["text"])
                self.assertEqual(digest(made.encode()).hex(), case["hash"])

    def test_a_receipt_that_was_changed_is_found(self):
        last = self.file["statements"][-1]
        text = json.dumps(self.file["money"])
        changed = 0
        for entry in self.file["money"]:
            kind, contents = split(entry["event"])
            for name in ("amount", "gross"):
                if int(entry["period"]) == int(last["period"]) and name in contents:
                    receipts = self.receipts(last["period"], last["owner"]) | {"money": json.loads(text)}
                    at = receipts["money"][int(entry["sequence"])]["event"][kind]
                    at[name] = str(int(at[name]) + 1)
                    with self.subTest(f"{entry['sequence']} {name}"):
                        self.assertNotEqual(statement.text(**receipts), last["text"])
                        changed += 1
            if kind == "charged":
                receipts = self.receipts(last["period"], last["owner"]) | {"money": json.loads(text)}
                line = receipts["money"][int(entry["sequence"])]["event"][kind]["lines"][0]
                line["charged"] = str(int(line["charged"]) + 1)
                with self.subTest(f"{entry['sequence']} charged"), self.assertRaises(statement.Contradiction):
                    statement.text(**receipts)
        self.assertGreater(changed, 3)

    def test_the_state_has_the_hash_of_each_statement(self):
        hashes = {case["period"]: case["hash"] for case in self.file["statements"]}
        closed = [case["fields"] for case in self.of_kind("billing") if case["fields"]["closed"]]
        self.assertTrue(closed)
        for billing in closed:
            self.assertEqual(billing["closed"]["hash"], hashes[billing["period"]])

    def test_keys_of_money(self):
        for case in self.objects:
            fields, kind = case["fields"], case["kind"]
            key = {
                "prices": lambda: ledger.prices_key(fields["version"]),
                "priceBook": ledger.price_book_key,
                "taxRates": lambda: ledger.tax_rates_key("EU-GDPR"),
                "periods": ledger.periods_key,
                "processor": lambda: ledger.processor_key(fields["id"]),
                "link": lambda: ledger.link_key(self.file["imvu"], "acquirer-1"),
                "payment": lambda: ledger.payment_key(fields["processor"], fields["external"]),
                "dispute": lambda: ledger.dispute_key(fields["id"]),
                "payout": lambda: ledger.payout_key(fields["id"]),
                "mandates": lambda: ledger.mandates_key(self.file["imvu"]),
                "enforcement": lambda: ledger.enforcement_key(self.file["imvu"]),
                "standingConsents": lambda: ledger.standing_consents_key(self.file["imvu"]),
                "billing": lambda: ledger.billing_key(fields["imvu"], int(fields["period"])),
                "exit": lambda: exits.exit_key(fields["imvu"]),
                "periodRoots": lambda: exits.period_roots_key(fields["imvu"], int(fields["period"])),
                "due": lambda: b"\x52" + bytes.fromhex(case["key"])[1:9] + digest(objects.TIMED.write(fields)),
            }.get(kind)
            if key:
                with self.subTest(label(case)):
                    self.assertEqual(key().hex(), case["key"])
        owner = self.file["statements"][0]["owner"]
        accounts = {case["key"] for case in self.of_kind("account")}
        for account in ({"matured": owner}, {"returned": owner}, "platformIncome", {"clearing": "acquirer-1"}):
            self.assertIn(ledger.account_key(account).hex(), accounts)
        debtors = {case["key"] for case in self.of_kind("debtor")}
        debts = [one["payer"] for case in self.of_kind("enforcement") for one in case["fields"]["debts"]]
        self.assertTrue(debts)
        self.assertEqual(debtors, {ledger.debtor_key(payer, self.file["imvu"]).hex() for payer in debts})
        for case in self.of_kind("bucket"):
            self.assertEqual(ledger.bucket_key(owner, int(case["key"][-16:], 16)).hex(), case["key"])

    def test_a_sale_splits_into_11_and_9_grains_a_micro_credit(self):
        for case in self.file["statements"]:
            read = json.loads(case["text"])
            for one in (read[name] for name in ("collected", "corrected", "disputed", "refunded", "released")):
                parts = (int(one["creatorGrains"]), int(one["platformGrains"]))
                self.assertEqual(sum(parts), 20 * int(one["amount"]))
                self.assertEqual(parts[0] * 9, parts[1] * 11)
