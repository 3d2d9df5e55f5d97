"""The binary encoding of docs/wire-format.md, section 2: one writer and one strict reader for each kind of type.

Values are plain Python: a struct is a dict, an enum variant is its name or {name: contents}, bytes are lower-case
hexadecimal, an absent option is None. Each type has write(value), read(reader) and order(value), the key by which sets
of it ascend.
"""


class Refused(Exception):
    """Bytes that are no transaction, or none that may stand in a block; `code` is the ledger's code."""

    def __init__(self, code, why):
        super().__init__(f"NX{code:04}: {why}")
        self.code = code


MALFORMED, TRAILING, NOT_CANONICAL, TOO_LONG = 1002, 1003, 1004, 1005


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if len(self.data) - self.at < count:
            raise Refused(MALFORMED, "the bytes end early")
        self.at += count
        return self.data[self.at - count : self.at]

    def length(self, most):
        count = int.from_bytes(self.take(4), "little")
        if count > most:
            raise Refused(TOO_LONG, f"{count} is more than {most}")
        return count


def decode(kind, data):
    """Exactly one value of `kind` from all of `data`."""
    reader = Reader(data)
    value = kind.read(reader)
    if reader.at != len(data):
        raise Refused(TRAILING, f"{len(data) - reader.at} bytes follow the value")
    return value


def length_of(count, most):
    if count > most:
        raise Refused(TOO_LONG, f"{count} is more than {most}")
    return count.to_bytes(4, "little")


class Int:
    def __init__(self, size):
        self.size = size

    def write(self, value):
        return int(value).to_bytes(self.size, "little")

    def read(self, reader):
        return int.from_bytes(reader.take(self.size), "little")

    def order(self, value):
        return int(value)


class Bool:
    def write(self, value):
        return b"\1" if value else b"\0"

    def read(self, reader):
        byte = reader.take(1)[0]
        if byte > 1:
            raise Refused(MALFORMED, f"{byte} is no boolean")
        return byte == 1

    def order(self, value):
        return value


class Fixed:
    """`size` bytes as they are."""

    def __init__(self, size):
        self.size = size

    def write(self, value):
        data = bytes.fromhex(value)
        if len(data) != self.size:
            raise ValueError(f"{self.size} bytes are needed, not {len(data)}")
        return data

    def read(self, reader):
        return reader.take(self.size).hex()

    def order(self, value):
        return bytes.fromhex(value)


class Blob:
    """At most `most` bytes after their number."""

    def __init__(self, most):
        self.most = most

    def write(self, value):
        data = bytes.fromhex(value)
        return length_of(len(data), self.most) + data

    def read(self, reader):
        return reader.take(reader.length(self.most)).hex()

    def order(self, value):
        return bytes.fromhex(value)


class Text:
    """UTF-8 of at most `most` bytes; `spelled` says whether a text is in its one spelling."""

    def __init__(self, most, spelled=None):
        self.most, self.spelled = most, spelled

    def write(self, value):
        data = value.encode()
        return length_of(len(data), self.most) + data

    def read(self, reader):
        data = reader.take(reader.length(self.most))
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refused(MALFORMED, "text is not UTF-8") from error
        if self.spelled and not self.spelled(text):
            raise Refused(NOT_CANONICAL, f"{text!r} is not in its one spelling")
        return text

    def order(self, value):
        return value.encode()


class List:
    """At most `most` values; with `by`, strictly ascending by that key of each."""

    def __init__(self, item, most, by=None):
        self.item, self.most, self.by = item, most, by

    def write(self, values):
        return length_of(len(values), self.most) + b"".join(map(self.item.write, values))

    def read(self, reader):
        values = [self.item.read(reader) for _ in range(reader.length(self.most))]
        if self.by:
            keys = [self.by(value) for value in values]
            if any(a >= b for a, b in zip(keys, keys[1:])):
                raise Refused(NOT_CANONICAL, "a set is not strictly ascending")
        return values

    def order(self, values):
        return [self.item.order(value) for value in values]


class Row:
    """`count` values without their number before them."""

    def __init__(self, item, count):
        self.item, self.count = item, count

    def write(self, values):
        if len(values) != self.count:
            raise ValueError(f"{self.count} values are needed, not {len(values)}")
        return b"".join(map(self.item.write, values))

    def read(self, reader):
        return [self.item.read(reader) for _ in range(self.count)]

    def order(self, values):
        return [self.item.order(value) for value in values]


def Set(item, most):
    return List(item, most, item.order)


class Option:
    def __init__(self, item):
        self.item = item

    def write(self, value):
        return b"\0" if value is None else b"\1" + self.item.write(value)

    def read(self, reader):
        byte = reader.take(1)[0]
        if byte > 1:
            raise Refused(MALFORMED, f"{byte} is no option")
        return self.item.read(reader) if byte else None

    def order(self, value):
        return (0,) if value is None else (1, self.item.order(value))


class Struct:
    """Fields in order; `valid` says whether a value with these fields is in its one spelling."""

    def __init__(self, valid=None, /, **fields):
        self.valid, self.fields = valid, fields

    def write(self, value):
        if value.keys() != self.fields.keys():
            raise ValueError(f"fields {list(value)} instead of {list(self.fields)}")
        return b"".join(kind.write(value[name]) for name, kind in self.fields.items())

    def read(self, reader):
        value = {name: kind.read(reader) for name, kind in self.fields.items()}
        if self.valid and not self.valid(value):
            raise Refused(NOT_CANONICAL, f"{value} is not in its one spelling")
        return value

    def order(self, value):
        return tuple(kind.order(value[name]) for name, kind in self.fields.items())


class Enum:
    """Variants in the order of their discriminants; None for one without contents."""

    def __init__(self, **variants):
        self.names, self.kinds = list(variants), list(variants.values())

    def split(self, value):
        name, contents = (value, None) if isinstance(value, str) else next(iter(value.items()))
        return self.names.index(name), contents

    def write(self, value):
        index, contents = self.split(value)
        kind = self.kinds[index]
        return bytes([index]) + (kind.write(contents) if kind else b"")

    def read(self, reader):
        index = reader.take(1)[0]
        if index >= len(self.names):
            raise Refused(MALFORMED, f"there is no variant {index}")
        name, kind = self.names[index], self.kinds[index]
        return {name: kind.read(reader)} if kind else name

    def order(self, value):
        index, contents = self.split(value)
        kind = self.kinds[index]
        return (index, kind.order(contents)) if kind else (index,)


def plain(*names_):
    """An enum none of whose variants has contents."""
    return Enum(**dict.fromkeys(names_))
