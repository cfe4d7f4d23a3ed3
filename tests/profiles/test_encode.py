"""The cells made for a value are read back as that value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celador.profiles.codec import Decoder
from celador.profiles.encode import encode
from celador.profiles.plan import PlannedBlock, plan
from celador.profiles.schema import Point, load_profile

RC10 = load_profile("noja-rc10")
NUMBERS = [point for point in RC10.points if point.quantity is not None]


def quantity(point: Point) -> str | None:
    return point.quantity


@given(data=st.data())
@pytest.mark.parametrize("point", NUMBERS, ids=lambda point: point.key)
def test_what_the_codec_reads_of_any_cells_is_encoded_to_the_same(
    point: Point, data: st.DataObject
) -> None:
    (planned,) = plan([point])
    cells = data.draw(st.lists(st.integers(0, 0xFFFF), min_size=point.count, max_size=point.count))
    decoder = Decoder(PlannedBlock(planned.block, (point,)), key=quantity)
    value = decoder.decode(cells).values[str(point.quantity)]
    assert not isinstance(value, str)
    back = encode(point, value)
    if value is None and not point.sentinels:
        assert set(back) == {None}
    else:
        assert decoder.decode(list(back)).values[str(point.quantity)] == value


def test_the_words_of_the_guide() -> None:
    """32 bits are high word first; 50.02 Hz is 5002; 0x7FFF is a frequency that is not known."""
    by_name = {point.quantity: point for point in NUMBERS}
    frequency = next(point for point in NUMBERS if point.choices)
    assert encode(frequency, 50.02) == [5002]
    assert encode(frequency, None) == [0x7FFF]
    wide = next(point for point in NUMBERS if point.count == 2)
    assert encode(wide, 65_537) == [1, 1]
    assert encode(by_name["co_total"], 245) == [245]
    assert encode(by_name["co_total"], 1e9) == [None]
