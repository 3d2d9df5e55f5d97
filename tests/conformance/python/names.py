"""The canonicaliser of domain names: docs/wire-format.md, section 5."""


class NameFault(Exception):
    """A text that is no name; `fault` is the ledger's word for why."""

    def __init__(self, fault):
        super().__init__(fault)
        self.fault = fault


def parse(text):
    """The canonical spelling of a name."""
    text = text.removesuffix(".")
    if not all(one.isascii() and (one.isalnum() or one in "-_*.") for one in text):
        raise NameFault("character")
    if len(text) > 253:
        raise NameFault("tooLong")
    name = text.lower()
    labels = name.split(".")
    for position, label in enumerate(labels):
        check_label(label, position == 0)
    if all("0" <= one <= "9" for one in labels[-1]):
        raise NameFault("numericTop")
    if len(labels) < 2:
        raise NameFault("tooFewLabels")
    return name


def check_label(label, leftmost):
    if not label:
        raise NameFault("emptyLabel")
    if len(label) > 63:
        raise NameFault("labelTooLong")
    if "*" in label:
        if leftmost and label == "*":
            return
        raise NameFault("wildcard")
    if label.startswith("-") or label.endswith("-"):
        raise NameFault("hyphen")
    if label[2:4] == "--" and not (label.startswith("xn--") and is_a_label(label[4:])):
        raise NameFault("punycode")


def is_a_label(rest):
    """Whether what follows `xn--` decodes to a text that is not all ASCII, and encodes to itself again (RFC 3492)."""
    try:
        points = rest.encode().decode("punycode")
        again = points.encode("punycode").decode()
    except (UnicodeError, OverflowError, ValueError):
        return False
    surrogate = any(0xD800 <= ord(point) <= 0xDFFF for point in points)
    return not points.isascii() and not surrogate and again == rest


def is_canonical(text):
    try:
        return parse(text) == text
    except NameFault:
        return False


def check_platform_name(name):
    """What a name that the platform grants must be besides."""
    if "_" in name:
        raise NameFault("underscore")
    if "*" in name:
        raise NameFault("wildcard")
    if len(name) > 200:
        raise NameFault("tooLong")
    if any(label.startswith("xn--") for label in name.split(".")):
        raise NameFault("international")
