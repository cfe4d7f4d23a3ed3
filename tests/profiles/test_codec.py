"""The codec on a device that is nothing like the RC10, and its properties."""

from __future__ import annotations

import math
import struct
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from celador.domain.blocks import Block, Table
from celador.domain.errors import BadAnswerError
from celador.profiles.codec import Decoded, Decoder
from celador.profiles.plan import PlannedBlock, plan
from celador.profiles.schema import (
    CellRange,
    Number,
    Order,
    Point,
    PointType,
    ScaleChoice,
    load_profile,
)

METER = load_profile(Path(__file__).with_name("meter.yaml"))


def number(type_: PointType, **fields: object) -> Point:
    return Point(
        key="x",
        table=Table.INPUT_REGISTER,
        address=0,
        count=type_.registers or 1,
        type=type_,
        description_es="",
        description_en="",
        group="analog",
        **fields,  # type: ignore[arg-type]  # any field of the point
    )


def decode(point: Point, *cells: int | None) -> Decoded:
    planned = PlannedBlock(Block(point.table, point.address, point.count), (point,))
    return Decoder(planned).decode(cells)


def meter(key: str, *cells: int) -> Decoded:
    return decode(METER.point(key), *cells)


def words(raw: bytes, word_order: Order, byte_order: Order) -> list[int]:
    """The registers in which a device sends a value of which `raw` is big-endian."""
    pairs = [raw[n : n + 2] for n in range(0, len(raw), 2)]
    if word_order == "little":
        pairs.reverse()
    return [int.from_bytes(pair, byte_order) for pair in pairs]


@pytest.mark.parametrize(
    ("key", "cells", "value"),
    [
        ("voltage", (0x8000, 0x4366), 230.5),  # 0x43668000, words swapped
        ("frequency", (0x0A3D, 0x4248), 50.01),  # the float32 next to 50.01
        ("power", (0x2400, 0x4974), 1000.0),  # 0x49742400 = 1000000 W
        ("ratio", (0x3FF8, 0x0000, 0x0000, 0x0000), 1.5),
        ("serial", (0x4D45, 0x5445, 0x522D, 0x3700), "METER-7"),
        ("swapped_text", (0x4241, 0x2043), "ABC"),
        ("swapped_number", (0x0403, 0x0201), 0x01020304),
        ("temperature", (0xFF83,), -12.5),  # -125
        ("fahrenheit", (0xFFF6,), 14.0),  # -10 °C
        ("energy", (0xFFFF, 0xFFFF, 0xFFFF, 0xFFFB), -5),
        ("pulses", (0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF), 18_446_744_073_709_551_615),
        ("balance", (0x8000, 0x0000), -2_147_483_648),
        ("flags", (0xFF5A,), 0b1010),
        ("mode", (0xFF5A,), 5),
        ("gain", (99,), 99),
        ("gain", (1234,), 12.34),
        ("relay_state", (1,), 1),
    ],
)
def test_value_written_by_hand(key: str, cells: tuple[int, ...], value: object) -> None:
    decoded = meter(key, *cells)
    assert repr(decoded.values[key]) == repr(value)
    assert decoded.out_of_range == ()


@pytest.mark.parametrize(
    ("key", "cells"),
    [
        ("voltage", (0x8001, 0x4396)),  # a little above 300 V
        ("voltage", (0x0000, 0x7FC0)),  # NaN
        ("frequency", (0x0001, 0x7FC0)),  # a NaN that is not the sentinel
        ("power", (0x0000, 0x7F80)),  # +infinity
        ("power", (0x0000, 0xFF80)),  # -infinity
        ("ratio", (0x7FF0, 0x0000, 0x0000, 0x0000)),
        ("serial", (0x4D45, 0x5445, 0x52FF, 0x3700)),  # not ASCII
        ("serial", (0x4D45, 0x5401, 0x522D, 0x3700)),  # a control character
        ("temperature", (0xFE6F,)),  # -40.1
        ("temperature", (0x04E3,)),  # 125.1
        ("mode", (0x0010,)),  # a code without a label
        ("gain", (500,)),  # between the two scales
    ],
)
def test_what_cannot_be_true_is_none_and_marked(key: str, cells: tuple[int, ...]) -> None:
    assert meter(key, *cells) == Decoded({key: None}, (key,), ())


@pytest.mark.parametrize(("key", "cells"), [("frequency", (0, 0x7FC0)), ("temperature", (0x8000,))])
def test_a_sentinel_is_none_and_not_marked(key: str, cells: tuple[int, ...]) -> None:
    assert meter(key, *cells) == Decoded({key: None}, (), ())


def test_the_ends_of_a_range_are_inside() -> None:
    assert meter("temperature", 0xFE70).values == {"temperature": -40.0}
    assert meter("temperature", 0x04E2).values == {"temperature": 125.0}


def test_an_empty_string_is_empty() -> None:
    assert meter("serial", 0, 0, 0, 0).values == {"serial": ""}


@pytest.mark.parametrize("key", ["voltage", "ratio", "serial", "energy", "flags", "relay_state"])
def test_one_refused_cell_spoils_its_point(key: str) -> None:
    point = METER.point(key)
    cells: list[int | None] = [0] * point.count
    cells[-1] = None
    assert decode(point, *cells) == Decoded({key: None}, (), (key,))


def test_a_refused_cell_costs_only_its_own_points() -> None:
    planned = next(
        one
        for one in plan(METER.points, forbidden=METER.forbidden)
        if one.block.table is Table.HOLDING_REGISTER
    )
    cells: list[int | None] = [0] * planned.block.count
    cells[0] = cells[12] = None
    decoded = Decoder(planned).decode(cells)
    assert decoded.refused == ("temperature", "flags", "mode")
    assert decoded.values == {
        "temperature": None,
        "fahrenheit": 32.0,
        "energy": 0,
        "pulses": 0,
        "balance": 0,
        "flags": None,
        "mode": None,
        "gain": 0,
    }


def test_points_without_a_name_are_left_out() -> None:
    (planned, *_) = plan(METER.group("analog"), forbidden=METER.forbidden)
    decoded = Decoder(planned, key=lambda point: point.quantity).decode([0] * planned.block.count)
    assert decoded.values.keys() == {"va", "frec", "p_act"}


@pytest.mark.parametrize("cells", [(1,), (1, 2, 3)])
def test_an_answer_of_the_wrong_length_is_refused(cells: tuple[int, ...]) -> None:
    with pytest.raises(BadAnswerError, match=f"holds {len(cells)} cells and 2 were asked"):
        meter("voltage", *cells)


INTEGERS = [
    PointType.UINT16,
    PointType.INT16,
    PointType.UINT32,
    PointType.INT32,
    PointType.UINT64,
    PointType.INT64,
]
orders: st.SearchStrategy[Order] = st.sampled_from(["big", "little"])
scales = st.sampled_from([1, 10, 0.1, 0.01, 0.001, 0.5, 2.5, -0.1, 1e-5])
offsets = st.sampled_from([0, 32, -40, 0.5, -273.15])


@settings(deadline=None)
@given(st.sampled_from(INTEGERS), st.data(), scales, offsets, orders, orders)
def test_a_scaled_integer_is_the_float_nearest_to_its_decimal(
    type_: PointType,
    data: st.DataObject,
    scale: Number,
    offset: Number,
    word_order: Order,
    byte_order: Order,
) -> None:
    size = 2 * (type_.registers or 0)
    raw = data.draw(st.binary(min_size=size, max_size=size))
    point = number(type_, scale=scale, offset=offset, word_order=word_order, byte_order=byte_order)
    whole = int.from_bytes(raw, "big", signed=type_.signed)
    expected = whole * Decimal(str(scale)) + Decimal(str(offset))
    value = decode(point, *words(raw, word_order, byte_order)).values["x"]
    assert value == (int(expected) if isinstance(value, int) else float(expected))


@settings(deadline=None)
@given(st.floats(width=32), orders, orders)
def test_a_float32_becomes_the_shortest_decimal_that_stands_for_it(
    value: float, word_order: Order, byte_order: Order
) -> None:
    packed = struct.pack(">f", value)
    point = number(PointType.FLOAT32, word_order=word_order, byte_order=byte_order)
    decoded = decode(point, *words(packed, word_order, byte_order))
    if not math.isfinite(value):
        assert decoded == Decoded({"x": None}, ("x",), ())
        return
    shown = decoded.values["x"]
    assert isinstance(shown, float)
    assert struct.pack(">f", shown) == packed
    digits = len(Decimal(repr(shown)).normalize().as_tuple().digits)
    assert digits <= 9
    assert digits <= 6 or struct.pack(">f", float(f"{value:.{digits - 1}g}")) != packed


@settings(deadline=None)
@given(st.integers(-99_999, 99_999), st.sampled_from([1, 2, 3]))
def test_a_decimal_sent_as_float32_comes_back_as_written(whole: int, places: int) -> None:
    text = str(Decimal(whole).scaleb(-places))
    cells = words(struct.pack(">f", float(text)), "big", "big")
    assert decode(number(PointType.FLOAT32), *cells).values["x"] == float(text)


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False), orders, orders)
def test_a_float64_comes_through_unchanged(
    value: float, word_order: Order, byte_order: Order
) -> None:
    point = number(PointType.FLOAT64, word_order=word_order, byte_order=byte_order)
    cells = words(struct.pack(">d", value), word_order, byte_order)
    assert decode(point, *cells).values["x"] == value


@settings(deadline=None)
@given(
    st.sampled_from(INTEGERS[:4]),
    st.data(),
    scales,
    st.tuples(st.integers(-500, 500), st.integers(-500, 500)).map(sorted),
)
def test_a_range_holds_in_engineering_units(
    type_: PointType, data: st.DataObject, scale: Number, limits: list[int]
) -> None:
    size = 2 * (type_.registers or 0)
    near = st.integers(-600, 600) if type_.signed else st.integers(0, 600)
    whole = data.draw(near)
    low, high = limits
    cells = words(whole.to_bytes(size, "big", signed=type_.signed), "big", "big")
    decoded = decode(number(type_, scale=scale, low=low, high=high), *cells)
    assert (decoded.out_of_range == ()) == (low <= whole * Decimal(str(scale)) <= high)


@settings(deadline=None)
@given(st.integers(0, 15), st.integers(1, 16), st.integers(0, 0xFFFF))
def test_bits_are_cut_out_of_their_register(first: int, count: int, register: int) -> None:
    count = min(count, 16 - first)
    point = number(PointType.BITS16, first_bit=first, bit_count=count)
    text = f"{register:016b}"[::-1]
    expected = sum(1 << n for n in range(count) if text[first + n] == "1")
    assert decode(point, register).values["x"] == expected


@settings(deadline=None)
@given(st.lists(st.none() | st.integers(0, 0xFFFF), min_size=99, max_size=99))
def test_nothing_the_rc10_can_send_raises_or_goes_unnamed(cells: list[int | None]) -> None:
    profile = load_profile("noja-rc10")
    points = (*profile.group("analog"), *profile.group("counters"))
    (planned,) = plan(points, forbidden=profile.forbidden)
    decoded = Decoder(planned).decode(cells)
    assert decoded.values.keys() == {point.key for point in points}
    assert not set(decoded.refused) & set(decoded.out_of_range)
    for point in points:
        mine = cells[point.address : point.end]
        value = decoded.values[point.key]
        assert (point.key in decoded.refused) == (None in mine)
        if None in mine or point.key in decoded.out_of_range:
            assert value is None
        elif value is None:
            assert mine[0] in point.sentinels
        else:
            assert isinstance(value, int | float)
            assert point.low is None or point.low <= value
            assert point.high is None or value <= point.high


def test_choices_may_be_of_signed_numbers() -> None:
    choices = (ScaleChoice(-100, -1, 0.1), ScaleChoice(0, 100, 1))
    point = number(PointType.INT16, choices=choices)
    assert decode(point, 0xFFFB).values == {"x": -0.5}
    assert decode(point, 5).values == {"x": 5}


def test_a_base_of_one_counts_from_one_and_controls_are_forbidden() -> None:
    assert METER.point("voltage").address == 0
    assert METER.point("temperature").address == 0
    assert METER.forbidden == (
        CellRange(Table.INPUT_REGISTER, 39, 48),
        CellRange(Table.COIL, 10, 10),
    )
    assert (METER.max_registers, METER.max_gap_registers, METER.max_bits) == (60, 8, 2000)
