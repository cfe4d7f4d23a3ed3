"""From values back to the cells that a device would show for them; the codec's other way."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from celador.profiles.model import Point, PointType

Cells = Sequence[int | None]


def encode(point: Point, value: float | None) -> Cells:
    """The cells of one point; each is None where the device would refuse it or nobody can tell.

    A value that is not known becomes the device's own word for it where it has one.

    Args:
        point: of one of the whole-number types; others give None.
        value: in the point's unit; None where it is not known.
    """
    unknown: Cells = [None] * point.count
    if not point.type.is_integer or point.type is PointType.BITS16:
        return unknown
    if value is None:
        return _cells(point, point.sentinels[0]) if point.sentinels else unknown
    raw = _raw(point, value)
    low = -(1 << 16 * point.count - 1) if point.type.signed else 0
    if raw is None or not low <= raw < 1 << 16 * point.count:
        return unknown
    return _cells(point, raw % (1 << 16 * point.count))


def _raw(point: Point, value: float) -> int | None:
    """The raw number whose value is nearest, of the scales that can show it."""
    exact = Fraction(repr(value)) - Fraction(repr(point.offset))
    if not point.choices:
        return round(exact / Fraction(repr(point.scale)))
    found = []
    for choice in point.choices:
        scale = Fraction(repr(choice.scale))
        raw = round(exact / scale)
        if choice.raw_low <= raw <= choice.raw_high:
            found.append((abs(raw * scale - exact), raw))
    return min(found)[1] if found else None


def _cells(point: Point, pattern: int) -> Cells:
    registers = [pattern >> 16 * place & 0xFFFF for place in range(point.count)]
    if point.byte_order == "little":
        registers = [(each & 0xFF) << 8 | each >> 8 for each in registers]
    return registers if point.word_order == "little" else registers[::-1]
