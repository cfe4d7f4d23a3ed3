"""Energy not supplied."""

from __future__ import annotations

import math

import pytest

from celador.domain.operation import Span
from celador.domain.reliability.stretch import Stretch
from celador.domain.reliability.unserved import BLOCK, unserved
from tests.reliability.build import SECOND, exact, seen


def test_each_block_gives_its_own_load() -> None:
    # Half of a block of 100 kW and a third of one of 300 kW.
    found = unserved(exact(1, 450, 1200), {0: 100.0, BLOCK: 300.0}.get)
    assert found.kwh.exact
    assert found.kwh.low == pytest.approx((100 * 450 + 300 * 300) / 3600)


def test_ends_between_polls_give_a_least_and_a_most() -> None:
    found = unserved(seen(1, 0, 10, 100, 130), lambda _: 360.0)
    assert [found.kwh.low, found.kwh.high] == pytest.approx([9.0, 13.0])


def test_a_load_that_nobody_knows_leaves_the_energy_without_an_upper_end() -> None:
    found = unserved(exact(1, 450, 1200), {0: 100.0}.get)
    assert found.kwh.low == pytest.approx(100 * 450 / 3600)
    assert math.isinf(found.kwh.high)
    assert found.unknown_s == pytest.approx(300.0)


def test_of_an_interruption_under_way_only_what_has_been_is_counted() -> None:
    stretch = Stretch.between(1, Span(None, 0), None, 100 * SECOND)
    found = unserved(stretch, lambda _: 36.0)
    assert [found.kwh.low, found.kwh.high] == pytest.approx([1.0, 1.0])
