"""Parquet (Apache Parquet format 2.x), as much of it as our columns need, in little memory.

Apache Arrow's writer is 170 MB on disk and 30 MB in memory before its first row, more than all the
rest of an export. What we write is the plain part of the format that every reader knows: flat
columns, one data page for each column of a row group, a dictionary where values repeat, gzip. The
tests read it back with Apache Arrow.

The numbers of fields and enumerations are those of parquet.thrift; its structures are written in
Thrift's compact protocol.
"""

from __future__ import annotations

import struct
import zlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import chain
from typing import Any, BinaryIO

MAGIC = b"PAR1"
_GZIP, _GZIP_WBITS = 2, 31
_LEVEL = 1  # of zlib: 6 takes four times as long for a file 4 % smaller
_REQUIRED, _OPTIONAL = 0, 1
_PLAIN, _RLE, _RLE_DICTIONARY = 0, 3, 8
_DATA_PAGE, _DICTIONARY_PAGE = 0, 2
_STOP = b"\0"  # the end of a structure
_BITS = bytes.maketrans(b"\0\1", b"01")


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _zigzag(number: int) -> bytes:
    return _varint(number << 1 ^ number >> 63)


def _binary(data: bytes) -> bytes:
    return _varint(len(data)) + data


class _Kind(Enum):
    """Types of Thrift's compact protocol."""

    TRUE = 1
    I32 = 5
    I64 = 6
    BINARY = 8
    LIST = 9
    STRUCT = 12


def _struct(*fields: tuple[int, _Kind, bytes], after: int = 0) -> bytes:
    """A structure of fields: number, type and bytes; the numbers rise by 15 at most.

    With `after`, the rest of a structure whose fields up to that number stand before it.
    """
    out, before = bytearray(), after
    for number, kind, data in fields:
        out.append(number - before << 4 | kind.value)
        out += data
        before = number
    return bytes(out) + _STOP


def _list(kind: _Kind, items: Sequence[bytes]) -> bytes:
    return _list_head(kind, len(items)) + b"".join(items)


def _list_head(kind: _Kind, many: int) -> bytes:
    if many < 15:
        return bytes([many << 4 | kind.value])
    return bytes([15 << 4 | kind.value]) + _varint(many)


def _i32(number: int, value: int) -> tuple[int, _Kind, bytes]:
    return number, _Kind.I32, _zigzag(value)


def _i64(number: int, value: int) -> tuple[int, _Kind, bytes]:
    return number, _Kind.I64, _zigzag(value)


_NOTHING = _struct()
_STRING = _struct((1, _Kind.STRUCT, _NOTHING))
_MICROS = _struct((2, _Kind.STRUCT, _NOTHING))
_UTC_MICROS = _struct((8, _Kind.STRUCT, _struct((1, _Kind.TRUE, b""), (2, _Kind.STRUCT, _MICROS))))


class Type(Enum):
    """What a column holds: physical type, code in `array`, converted and logical type."""

    INSTANT = (2, "q", 10, _UTC_MICROS)
    """UTC in microseconds since 1970."""
    TEXT = (6, "", 0, _STRING)
    INT32 = (1, "i", None, None)
    INT64 = (2, "q", None, None)
    DOUBLE = (5, "d", None, None)


@dataclass(slots=True)
class Column:
    """A column, and those of its values that wait for their row group."""

    name: str
    type: Type
    nullable: bool
    _values: array[Any] | list[Any] = field(init=False)  # numbers without an object each
    _known: bytearray = field(init=False, default_factory=bytearray)

    def __post_init__(self) -> None:
        """Begin the first row group."""
        self._begin()

    def _begin(self) -> None:
        code = self.type.value[1]
        self._values = array(code) if code else []
        self._known = bytearray()

    def add(self, values: Sequence[Any]) -> None:
        """Take the values of some rows, of the column's type; None only where it may be null.

        Raises:
            OverflowError: one does not fit in the type.
            TypeError: one is no whole number where only these may be.
        """
        if self.nullable:
            if None in values:
                self._known += bytes([value is not None for value in values])
                values = [value for value in values if value is not None]
            else:
                self._known += b"\1" * len(values)
        self._values.extend(values)

    def schema(self) -> bytes:
        """The column as the footer describes it (SchemaElement)."""
        physical, _, converted, logical = self.type.value
        fields = [_i32(1, physical), _i32(3, _OPTIONAL if self.nullable else _REQUIRED)]
        fields.append((4, _Kind.BINARY, _binary(self.name.encode())))
        if logical is not None:
            fields += [_i32(6, converted), (10, _Kind.STRUCT, logical)]
        return _struct(*fields)

    def chunk(self, place: int) -> tuple[bytes, int, bytes]:
        """The waiting values as they go into the file at `place`, and an empty column after it.

        Returns:
            The bytes, their size before compression, and what the footer says (ColumnChunk).
        """
        rows = len(self._known) if self.nullable else len(self._values)
        levels = _levels(self._known) if self.nullable else b""
        distinct = dict.fromkeys(self._values)
        width = 1 if len(distinct) <= 256 else 2
        repeat = 0 < len(distinct) <= 65_536 and len(distinct) * 4 <= len(self._values) * 3
        repeat = repeat and all(value == value for value in distinct)  # noqa: PLR0124 -- no NaN
        dictionary, size = b"", 0
        if repeat:
            plain = self._plain(distinct)
            dictionary, size = _page(_DICTIONARY_PAGE, plain, len(distinct), _PLAIN)
            number = {value: index for index, value in enumerate(distinct)}
            body = _indices([number[value] for value in self._values], width)
        else:
            body = self._plain(self._values)
        encoding = _RLE_DICTIONARY if repeat else _PLAIN
        data, more = _page(_DATA_PAGE, levels + body, rows, encoding)
        size += more
        used = [_PLAIN, _RLE, *([_RLE_DICTIONARY] if repeat else [])]
        about = [
            _i32(1, self.type.value[0]),
            (2, _Kind.LIST, _list(_Kind.I32, [_zigzag(each) for each in used])),
            (3, _Kind.LIST, _list(_Kind.BINARY, [_binary(self.name.encode())])),
            _i32(4, _GZIP),
            _i64(5, rows),
            _i64(6, size),
            _i64(7, len(dictionary) + len(data)),
            _i64(9, place + len(dictionary)),
        ]
        if repeat:
            about.append(_i64(11, place))
        if self.type is Type.INSTANT:
            about.append((12, _Kind.STRUCT, _between(self._values)))
        self._begin()
        told = _struct(_i64(2, place), (3, _Kind.STRUCT, _struct(*about)))
        return dictionary + data, size, told

    def _plain(self, values: Iterable[Any]) -> bytes:
        if self.type is Type.TEXT:
            texts = [value.encode() for value in values]
            return b"".join(len(text).to_bytes(4, "little") + text for text in texts)
        numbers = list(values)
        return struct.pack(f"<{len(numbers)}{self.type.value[1]}", *numbers)


def _between(values: Iterable[Any]) -> bytes:
    """First and last instant (Statistics), by which a reader skips row groups."""
    instants = list(values)
    last, first = (struct.pack("<q", f(instants)) for f in (max, min))
    return _struct((5, _Kind.BINARY, _binary(last)), (6, _Kind.BINARY, _binary(first)))


def _levels(known: bytearray) -> bytes:
    """Which values are there (definition levels): a run, or a bit for each."""
    many = len(known)
    there = known.count(1)
    if there in (0, many):
        runs = _varint(many << 1) + bytes([there > 0])
    else:
        runs = _bit_packed(
            many, int(known[::-1].translate(_BITS), 2).to_bytes(-(-many // 8), "little")
        )
    return len(runs).to_bytes(4, "little") + runs


def _indices(numbers: Sequence[int], width: int) -> bytes:
    """Places in the dictionary, of whole bytes each: gzip takes out what that wastes."""
    packed = struct.pack(f"<{len(numbers)}{'BH'[width - 1]}", *numbers)
    return bytes([width * 8]) + _bit_packed(
        len(numbers), packed.ljust(-(-len(numbers) // 8) * 8 * width, b"\0")
    )


def _bit_packed(many: int, packed: bytes) -> bytes:
    return _varint(-(-many // 8) << 1 | 1) + packed


def _page(kind: int, body: bytes, values: int, encoding: int) -> tuple[bytes, int]:
    """A page with its header, and their size before compression."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WBITS)
    packed = packer.compress(body) + packer.flush()
    about = [_i32(1, values), _i32(2, encoding)]
    if kind == _DATA_PAGE:
        about += [_i32(3, _RLE), _i32(4, _RLE)]
    place = 5 if kind == _DATA_PAGE else 7
    head = _struct(
        _i32(1, kind),
        _i32(2, len(body)),
        _i32(3, len(packed)),
        (place, _Kind.STRUCT, _struct(*about)),
    )
    return head + packed, len(head) + len(body)


class ParquetWriter:
    """Writes a file from its first byte to its last; it is only written to."""

    def __init__(self, out: BinaryIO, columns: Sequence[Column]) -> None:
        """Begin a file of these columns."""
        self._out, self._columns = out, columns
        self._groups: list[bytes] = []  # RowGroup each, packed: they all wait for the footer
        self._rows = 0
        out.write(MAGIC)
        self._place = len(MAGIC)

    def write_group(self, rows: int) -> None:
        """Write what the columns hold, so many rows, as a row group."""
        begin, size, chunks = self._place, 0, []
        for column in self._columns:
            data, plain, told = column.chunk(self._place)
            self._out.write(data)
            self._place += len(data)
            size += plain
            chunks.append(told)
        self._rows += rows
        group = _struct(
            (1, _Kind.LIST, _list(_Kind.STRUCT, chunks)),
            _i64(2, size),
            _i64(3, rows),
            _i64(5, begin),
            _i64(6, self._place - begin),
        )
        self._groups.append(zlib.compress(group, _LEVEL))

    def finish(self, about: Mapping[str, str], creator: str) -> None:
        """Write the footer (FileMetaData), with what else is to be known of the file."""
        root = _struct((4, _Kind.BINARY, _binary(b"schema")), _i32(5, len(self._columns)))
        schema = [root, *(column.schema() for column in self._columns)]
        pairs = [
            _struct(
                *((at, _Kind.BINARY, _binary(text.encode())) for at, text in enumerate(pair, 1))
            )
            for pair in about.items()
        ]
        by_type = _struct((1, _Kind.STRUCT, _NOTHING))  # how Statistics compare: as their types do
        begin = _struct(
            _i32(1, 2),
            (2, _Kind.LIST, _list(_Kind.STRUCT, schema)),
            _i64(3, self._rows),
            (4, _Kind.LIST, _list_head(_Kind.STRUCT, len(self._groups))),
        ).removesuffix(_STOP)
        end = _struct(
            (5, _Kind.LIST, _list(_Kind.STRUCT, pairs)),
            (6, _Kind.BINARY, _binary(creator.encode())),
            (7, _Kind.LIST, _list(_Kind.STRUCT, [by_type] * len(self._columns))),
            after=4,
        )
        length = 0
        for part in chain([begin], map(zlib.decompress, self._groups), [end]):
            self._out.write(part)
            length += len(part)
        self._out.write(length.to_bytes(4, "little") + MAGIC)
