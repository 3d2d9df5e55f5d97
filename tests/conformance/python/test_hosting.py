"""What the vectors say of hosts, agents, meters and usage. No network."""

import re

import curve
import objects
from nexus_client import capabilities_hash, signing_digest, spec_hash, split
from vectors import Vectors, label, load, plain

HOST, IMVU = "host-1", "IMVU-042"
FLAGS = {1: "gap", 2: "regressed", 4: "capped", 8: "test", 16: "booted"}
COUNTED = {
    "compute": ["cpu", "memory", "io"],
    "network": ["network"],
    "dns": ["dns"],
    "mail": ["mail", "mailStorage"],
}


def snake(value):
    """The members of an object of the interface, by the names of the wire."""
    if isinstance(value, dict):
        return {re.sub("[A-Z]", lambda one: "_" + one[0].lower(), name): snake(to) for name, to in value.items()}
    return [snake(one) for one in value] if isinstance(value, list) else value


class Hosting(Vectors):
    @classmethod
    def setUpClass(cls):
        cls.transactions = load("transactions.json")["transactions"]
        file = load("objects.json")
        cls.objects, cls.records = file["objects"], file["records"]

    def actions(self, kind):
        """The contents of every applied action of a kind, in order."""
        applied = (case["fields"]["body"]["action"] for case in self.transactions if case["code"] == 0)
        return [contents for name, contents in map(split, applied) if name == kind]

    def of_kind(self, kind):
        return [case for case in self.objects if case["kind"] == kind]

    def test_keys_of_hosts_and_of_what_runs_there(self):
        agents = {one["kind"]: one["key"] for one in self.actions("registerAgent")}
        meters = {one["meter"]: one["keys"] for one in self.actions("registerMeter")}
        expected = [
            objects.host_key(HOST),
            objects.key_of_a_meter_key(meters["host-1-compute"][0]),
            objects.key_of_a_meter_key(meters["host-1-compute"][1]),
            *(objects.slot_key(HOST, slot) for slot in (0, 1)),
            objects.placement_key(IMVU),
            *(objects.assignment_key(HOST, kind, {"imvu": IMVU}) for kind in ("compute", "network", "mail")),
            objects.assignment_key(HOST, "compute", {"imvu": "IMVU-043"}),
            objects.assignment_key(HOST, "compute", {"restore": IMVU}),
            objects.metering_key(IMVU),
            *(objects.meter_key(meter) for meter in meters),
        ]
        for case in self.of_kind("agent"):
            expected.append(objects.agent_key(case["fields"]["id"]))
            self.assertIn(case["fields"]["kind"], agents)
        kinds = ("host", "agent", "meter", "meterKey", "slot", "placement", "assignment", "metering")
        shown = [case["key"] for kind in kinds for case in self.of_kind(kind)]
        self.assertGreaterEqual(len(shown), 13)
        self.assertLessEqual(set(shown), {key.hex() for key in expected})

    def test_a_timed_item_stands_under_its_due_time_and_hash(self):
        self.assertTrue(self.of_kind("timed"))
        for case in self.of_kind("timed"):
            with self.subTest(case["key"]):
                item = objects.TIMED.write(case["fields"])
                self.assertEqual(objects.timed_key(int(case["key"][2:18], 16), item).hex(), case["key"])

    def test_an_agent_attests_the_hash_of_what_was_registered(self):
        registered = capabilities_hash(self.actions("registerHost")[0]["capabilities"])
        attested = [report["capabilities"] for report in self.actions("report") if report["capabilities"]]
        self.assertEqual(attested, [registered])

    def test_an_acknowledgement_names_the_hash_of_the_spec(self):
        # One that changed since is not acknowledged yet.
        assignments = [case for case in self.of_kind("assignment") if case["fields"]["acknowledged"]]
        self.assertGreaterEqual(len(assignments), 3)
        for case in assignments:
            with self.subTest(case["key"]):
                self.assertEqual(spec_hash(case["fields"]["spec"]), case["fields"]["acknowledged"]["observed"])

    def test_what_a_slot_has_follows_from_its_number(self):
        placement, = (case["fields"] for case in self.of_kind("placement"))
        specs = dict(split(case["fields"]["spec"]) for case in self.of_kind("assignment"))
        slot = placement["slot"]
        self.assertEqual(specs["compute"]["uid_first"], 65_536 * (slot + 16))
        self.assertEqual(specs["network"]["port"], 20_000 + slot)
        subnet = {"address": {"v4": (10 << 24 | 4 * slot).to_bytes(4, "big").hex()}, "length": 30}
        self.assertEqual(specs["network"]["subnet"], subnet)

    def test_records_of_a_meter_are_a_signed_chain(self):
        meters = {one["meter"]: one for one in self.actions("registerMeter")}
        last, counted = {}, 0
        for report in self.actions("report"):
            for record in report["usage"]:
                body = record["body"]
                meter, digest = meters[body["meter"]], signing_digest("meterRecord", body)
                with self.subTest(f"{body['meter']} {body['sequence']}"):
                    sequence, previous, end = last.get(body["meter"], (0, "00" * 32, None))
                    self.assertEqual((int(body["sequence"]), body["previous"]), (sequence + 1, previous))
                    self.assertIn(end, (None, body["start"]))
                    self.assertEqual(len(record["signatures"]), meter["threshold"])
                    for one in record["signatures"]:
                        key = bytes.fromhex(meter["keys"][one["key"]])
                        self.assertTrue(curve.verify(key, digest, bytes.fromhex(one["signature"])))
                    for line in body["lines"]:
                        counted += 1
                        self.assertEqual(len(line["counters"]), len(COUNTED[meter["kind"]]))
                last[body["meter"]] = (int(body["sequence"]), digest.hex(), body["end"])
        self.assertGreater(counted, 5)
        for case in self.of_kind("meter"):
            with self.subTest(case["fields"]["id"]):
                sequence, id_, end = last.get(case["fields"]["id"], (0, "00" * 32, "0"))
                stated = [case["fields"][name] for name in ("sequence", "last", "window_end")]
                self.assertEqual(stated, [str(sequence), id_, end])

    def test_sealed_hours_are_counted_in_the_metering(self):
        metering, = (case["fields"] for case in self.of_kind("metering"))
        billed = dict.fromkeys(objects.RESOURCE.names, 0)
        for hour in load("statements.json")["usage"]:
            order = [(objects.RESOURCE.names.index(line["resource"]), line["meter"]) for line in hour["lines"]]
            self.assertEqual(order, sorted(order))
            for line in hour["lines"]:
                billed[line["resource"]] += int(line["billed"])
        self.assertEqual([str(billed[name]) for name in objects.RESOURCE.names], metering["billed"])

    def test_events_tell_what_the_records_say(self):
        told, records = {"usage": [], "drift": []}, {}
        for kind in told:
            records[kind] = [case["fields"] for case in self.records if case["kind"] == kind]
        for case in load("events.json")["events"]:
            with self.subTest(label(case["event"] | {"name": case["event"]["type"]})):
                event = snake(case["event"])
                kind = event.pop("type")
                if kind == "usage":
                    for line in event["lines"]:
                        del line["unit"]
                        line["flags"] = sum(bit for bit, name in FLAGS.items() if name in line["flags"])
                elif kind == "drift":
                    of = ("audit", "height", "time", "agent")
                    drift = {name: event.get(name) for name in objects.DRIFT.fields}
                    event = {name: event[name] for name in of} | {"drift": drift}
                if kind in told:
                    told[kind].append(plain(event))
        self.assertEqual(told["usage"], plain(records["usage"]))
        self.assertCountEqual(told["drift"], plain(records["drift"]))
