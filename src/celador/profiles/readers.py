"""How one point is read out of the cells of a block; each reader is compiled for its point.

Scaled integers are exact decimals: scale and offset are taken as the decimal numbers that the
profile writes, brought to a common denominator, and the value is one correctly rounded division of
whole numbers. Raw 5001 with scale 0.01 is therefore the same float as the literal 50.01. Where
scale and offset are whole the value stays an int. A float32 becomes the shortest decimal that
stands for the same float32 (50.01, not 50.0099983215332); scaled floats are cut to 15 significant
digits, which is what a float64 can hold of a decimal.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from enum import Enum
from fractions import Fraction
from operator import itemgetter
from typing import Final, NamedTuple

from celador.profiles.model import Number, Point, PointType

Value = float | int | str | None


class _Mark(Enum):
    IMPOSSIBLE = "a raw number that cannot be true"


IMPOSSIBLE: Final = _Mark.IMPOSSIBLE
Reading = Value | _Mark
Read = Callable[[Sequence[int]], Reading]


class _Line(NamedTuple):
    """value = (raw * factor + shift) / divisor while low <= raw <= high; all exact."""

    low: float
    high: float
    factor: int
    shift: int
    divisor: int


def is_plain(point: Point) -> bool:
    """True where the cell is the value and every cell is possible: nothing to look at."""
    return (
        point.type in (PointType.BIT, PointType.UINT16)
        and (point.scale, point.offset, point.byte_order) == (1, 0, "big")
        and not (point.sentinels or point.labels or point.choices)
        and (point.low is None or point.low <= 0)
        and (point.high is None or point.high >= (1 if point.type is PointType.BIT else 0xFFFF))
    )


def picker(places: Sequence[int]) -> Callable[[Sequence[int]], Sequence[int]]:
    """A function that takes the cells at `places`."""
    if places and list(places) == list(range(places[0], places[0] + len(places))):
        start, end = places[0], places[0] + len(places)
        return itemgetter(slice(start, end))
    return itemgetter(*places) if places else itemgetter(slice(0))


def reader(point: Point, at: int) -> Read:
    """A function that reads the point out of cells of which its first is at `at`."""
    if point.type is PointType.STRING:
        return _string(point, at)
    if _is_bounded(point):
        return _bounded(point, at)
    raw = _pattern(point, at)
    convert = _floating(point) if point.type.is_float else _whole(point)
    return lambda cells: convert(raw(cells))


def _is_bounded(point: Point) -> bool:
    """True for the most frequent kind: one or two registers that are the value, within a range."""
    return (
        point.type in (PointType.UINT16, PointType.UINT32)
        and (point.scale, point.offset, point.byte_order) == (1, 0, "big")
        and not (point.sentinels or point.labels or point.choices)
    )


def _bounded(point: Point, at: int) -> Read:
    """Same as the general reader in one call instead of three; most of a scan is spent here."""
    low, high, *_ = _line(point, point.scale, 0, (1 << 16 * point.count) - 1)
    places = _places(point, at)
    first, last = places[0], places[-1]

    def one(cells: Sequence[int]) -> Reading:
        value = cells[first]
        return value if low <= value <= high else IMPOSSIBLE

    def two(cells: Sequence[int]) -> Reading:
        value = cells[first] << 16 | cells[last]
        return value if low <= value <= high else IMPOSSIBLE

    return one if point.count == 1 else two


def _places(point: Point, at: int) -> range:
    places = range(at, at + point.count)
    return places if point.word_order == "big" else places[::-1]


def _swapped(register: int) -> int:
    return (register & 0xFF) << 8 | register >> 8


def _pattern(point: Point, at: int) -> Callable[[Sequence[int]], int]:
    """The unsigned number that the cells hold."""
    places = _places(point, at)
    if point.byte_order == "big":
        if point.count == 1:
            return itemgetter(at)
        if point.count == 2:
            first, second = places
            return lambda cells: cells[first] << 16 | cells[second]

    def fold(cells: Sequence[int]) -> int:
        total = 0
        for place in places:
            register = cells[place]
            total = total << 16 | (register if point.byte_order == "big" else _swapped(register))
        return total

    return fold


def _exact(number: Number) -> Fraction:
    # The decimal that the profile writes, not the binary float beside it.
    return Fraction(repr(number))


def _line(point: Point, scale: Number, raw_low: float, raw_high: float) -> _Line:
    """The scale, with the engineering range brought back to raw numbers."""
    factor, shift = _exact(scale), _exact(point.offset)
    ends = [
        None if end is None else (_exact(end) - shift) / factor for end in (point.low, point.high)
    ]
    if factor < 0:
        ends.reverse()
    low = raw_low if ends[0] is None else max(raw_low, math.ceil(ends[0]))
    high = raw_high if ends[1] is None else min(raw_high, math.floor(ends[1]))
    divisor = math.lcm(factor.denominator, shift.denominator)
    return _Line(low, high, int(factor * divisor), int(shift * divisor), divisor)


def _whole(point: Point) -> Callable[[int], Reading]:
    sentinels = frozenset(point.sentinels)
    number, value = _number(point), _value(point)
    if number is None and not sentinels:
        return value

    def convert(pattern: int) -> Reading:
        if pattern in sentinels:
            return None
        return value(pattern if number is None else number(pattern))

    return convert


def _number(point: Point) -> Callable[[int], int] | None:
    """From the bit pattern to the raw number; None where they are the same."""
    if point.type is PointType.BITS16:
        shift, mask = point.first_bit, (1 << point.bit_count) - 1
        return lambda pattern: pattern >> shift & mask
    if point.type.signed:
        sign, size = 1 << (16 * point.count - 1), 1 << 16 * point.count
        return lambda pattern: pattern - size if pattern & sign else pattern
    return None


def _value(point: Point) -> Callable[[int], Reading]:
    """From the raw number to the value."""
    if point.labels:
        known = frozenset(code for code, _ in point.labels)
        return lambda raw: raw if raw in known else IMPOSSIBLE
    lines = _lines(point)
    low, high, factor, shift, divisor = lines[0]
    if len(lines) == 1 and (factor, shift, divisor) == (1, 0, 1):
        return lambda raw: raw if low <= raw <= high else IMPOSSIBLE

    def scale(raw: int) -> Reading:
        for low, high, factor, shift, divisor in lines:
            if low <= raw <= high:
                number = raw * factor + shift
                return number if divisor == 1 else number / divisor
        return IMPOSSIBLE

    return scale


def _lines(point: Point) -> tuple[_Line, ...]:
    if not point.choices:
        return (_line(point, point.scale, -math.inf, math.inf),)
    return tuple(
        _line(point, choice.scale, choice.raw_low, choice.raw_high) for choice in point.choices
    )


def _floating(point: Point) -> Callable[[int], Reading]:
    size = 2 * point.count
    sentinels = frozenset(point.sentinels)
    layout = ">f" if point.type is PointType.FLOAT32 else ">d"
    scaled = point.scale != 1 or point.offset != 0
    low = -math.inf if point.low is None else point.low
    high = math.inf if point.high is None else point.high

    def convert(pattern: int) -> Reading:
        if pattern in sentinels:
            return None
        (value,) = struct.unpack(layout, pattern.to_bytes(size, "big"))
        if layout == ">f":
            value = _shortest(value)
        if scaled:
            value = float(f"{value * point.scale + point.offset:.15g}")
        # A NaN is in no range; the infinities are in a range without ends.
        return value if low <= value <= high and math.isfinite(value) else IMPOSSIBLE

    return convert


def _shortest(value: float) -> float:
    if not math.isfinite(value):
        return value
    packed = struct.pack(">f", value)
    for digits in (6, 7, 8):
        rounded = float(f"{value:.{digits}g}")
        if struct.pack(">f", rounded) == packed:
            return rounded
    return float(f"{value:.9g}")


def _string(point: Point, at: int) -> Read:
    places = _places(point, at)

    def read(cells: Sequence[int]) -> Reading:
        raw = b"".join(cells[place].to_bytes(2, point.byte_order) for place in places)
        text = raw.split(b"\0", 1)[0].decode("latin-1").rstrip(" ")
        return text if text.isascii() and (text.isprintable() or not text) else IMPOSSIBLE

    return read
