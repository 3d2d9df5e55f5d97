"""The files of tests/vectors, and how a test compares with them."""

import json
import unittest
from pathlib import Path

import encoding

VECTORS = Path(__file__).resolve().parents[2] / "vectors"


def load(name):
    return json.loads((VECTORS / name).read_text("utf-8"))


def plain(value):
    """Numbers as the vectors may spell them, in one spelling."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def label(case):
    """What a failure is called."""
    return case.get("name") or case.get("kind") or case.get("height") or "case"


class Vectors(unittest.TestCase):
    maxDiff = None

    def same(self, kind, fields, data):
        """The type writes the fields as these bytes, and reads them back."""
        self.assertEqual(kind.write(fields).hex(), data)
        self.assertEqual(plain(encoding.decode(kind, bytes.fromhex(data))), plain(fields))
