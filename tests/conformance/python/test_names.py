"""What the vectors say of names from elsewhere: challenges, votes, and the steps that events tell of. No network."""

import objects
from nexus_client import split
from vectors import Vectors, label, load

# What may follow what, for one name and one IMVU. A proof of a name that others hold is settled later.
STEPS = {
    None: ("bound", "proven"),
    "bound": ("reproof",),
    "proven": ("bound", "claimEnded"),
    "reproof": ("reproved", "lost"),
    "reproved": ("reproof",),
    "lost": ("bound", "proven"),
    "claimEnded": ("bound", "proven"),
}
WITH_AN_END = ("proven", "reproof")


class Names(Vectors):
    @classmethod
    def setUpClass(cls):
        cls.actions = []
        for case in load("transactions.json")["transactions"]:
            name, action = split(case["fields"]["body"]["action"])
            if name in ("claimExternal", "observeName"):
                cls.actions.append((case, name, action))
        cls.chain = case["fields"]["body"]["network"]["chain_id"]
        cls.objects = load("objects.json")["objects"]
        events = load("events.json")["events"]
        cls.events = [case for case in events if case["event"]["type"] == "externalName"]

    def of_kind(self, kind):
        found, = (case for case in self.objects if case["kind"] == kind)
        return found

    def votes_on(self, name, imvu, since):
        """What was said of it from a height on, with the height."""
        return [
            (case, action)
            for case, kind, action in self.actions
            if kind == "observeName" and case["code"] == 0 and int(case["height"]) >= since
            and (action["name"], action["imvu"]) == (name, imvu)
        ]  # fmt: skip

    def test_the_challenge_of_a_claim(self):
        claim = self.of_kind("externalClaim")["fields"]
        claimed, = (
            case for case, kind, action in self.actions
            if kind == "claimExternal" and case["code"] == 0 and action["name"] == claim["name"]
        )  # fmt: skip
        self.assertEqual(claim["nonce"], claimed["id"])
        expected = objects.challenge(self.chain, claim["imvu"], claim["name"], claim["nonce"], claim["expires"])
        said = self.votes_on(claim["name"], claim["imvu"], int(claim["since"]))
        self.assertEqual([action["challenge"] for _, action in said], [expected])
        votes = [
            {"observer": case["fields"]["body"]["signer"], "seen": action["seen"], "evidence": action["evidence"],
             "at": case["height"]}
            for case, action in said
        ]  # fmt: skip
        self.assertEqual(claim["votes"], votes)
        observers = {one["identity"] for one in self.of_kind("observers")["fields"]["members"]}
        self.assertLessEqual({vote["observer"] for vote in votes}, observers)

    def test_who_proves_a_name_again_has_another_challenge(self):
        proven = 0
        bound = self.of_kind("externalName")
        self.assertEqual(bound["key"], objects.external_name_key(bound["fields"]["name"]).hex())
        for at, case in enumerate(self.events):
            event, height = case["event"], int(case["height"])
            if event["step"] != "reproof":
                continue
            with self.subTest(label(case)):
                name, imvu, until = event["name"], event["imvu"], event["until"]
                decided, = (
                    other for other, kind, _ in self.actions
                    if kind == "observeName" and int(other["height"]) == height and other["code"] == 0
                )  # fmt: skip
                nonce = objects.nonce_of_a_reproof(decided["id"], name)
                expected = objects.challenge(self.chain, imvu, name, nonce, until)
                ends = next(
                    int(later["height"]) for later in self.events[at + 1 :]
                    if (later["event"]["name"], later["event"]["imvu"]) == (name, imvu)
                )  # fmt: skip
                for other, action in self.votes_on(name, imvu, height + 1):
                    if int(other["height"]) <= ends:
                        self.assertEqual(action["challenge"], expected)
                        proven += 1
                if imvu == bound["fields"]["imvu"]:
                    self.assertEqual((bound["fields"]["nonce"], bound["fields"]["expires"]), (nonce, until))
        self.assertGreater(proven, 3)
        self.assertFalse(bound["fields"]["reproof"])

    def test_events_tell_each_step_in_its_order(self):
        last, seen = {}, set()
        for case in self.events:
            event = case["event"]
            with self.subTest(label(case)):
                whose = event["name"], event["imvu"]
                self.assertIn(event["step"], STEPS[last.get(whose)])
                self.assertEqual("until" in event, event["step"] in WITH_AN_END)
                last[whose] = event["step"]
                seen.add(event["step"])
        self.assertEqual(seen, set(STEPS) - {None})
        bound = self.of_kind("externalName")["fields"]
        self.assertEqual(last[bound["name"], bound["imvu"]], "reproved")
