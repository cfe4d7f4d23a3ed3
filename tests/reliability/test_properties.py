"""What must hold for any interruptions."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from celador.domain.periods import Period
from celador.domain.reliability.bounds import Bounds
from celador.domain.reliability.indices import Indices, Totals, indices
from celador.domain.reliability.network import Node, groups
from celador.domain.reliability.stretch import Stretch
from tests.reliability.build import DAY, SECOND, by_device, exact

TREE = groups([Node(1, None, 400, 2000.0), Node(2, 1, 100, 500.0), Node(3, 2, 40, 100.0)])
TOTALS = Totals.of(TREE)
ADDITIVE = ("saifi", "saidi", "maifi", "asifi", "asidi", "fmik", "ttik")
ALL = (*ADDITIVE, "maifi_e", "caidi", "asai")

DURATIONS = st.one_of(st.integers(1, 20), st.sampled_from([179, 180, 181, 299, 300, 301, 900]))


@st.composite
def histories(draw: st.DrawFn) -> list[Stretch]:
    """Up to six exact interruptions of each of three reclosers, in order."""
    found = []
    for device in (1, 2, 3):
        at = draw(st.integers(0, 2000))
        for _ in range(draw(st.integers(0, 6))):
            length = draw(DURATIONS)
            found.append(exact(device, at, at + length))
            at += length + draw(st.integers(1, 700))
    return found


WIDENING = st.tuples(*[st.integers(0, 40) for _ in range(4)])


@st.composite
def widened(draw: st.DrawFn) -> tuple[list[Stretch], list[Stretch], list[Stretch]]:
    """The same interruptions as known exactly, less well, and still less well."""
    sharp = draw(histories())
    found = [sharp]
    for _ in range(2):
        found.append([_widen(each, draw(WIDENING)) for each in found[-1]])
    return found[0], found[1], found[2]


def _widen(stretch: Stretch, by: tuple[int, ...]) -> Stretch:
    begins, begun, ends, ended = by
    return Stretch(
        stretch.device_id,
        stretch.begins - begins * SECOND,
        stretch.begun + begun * SECOND,
        stretch.ends - ends * SECOND,
        stretch.ended + ended * SECOND,
    )


ANY_TIME = Period(-DAY.end, 2 * DAY.end, "any")


def of(stretches: list[Stretch], period: Period = ANY_TIME) -> Indices:
    return indices(TREE, by_device(stretches), TOTALS, period)


def bounds(found: Indices, name: str) -> Bounds:
    value = getattr(found, name)
    assert isinstance(value, Bounds)
    return value


def within(inner: Bounds, outer: Bounds) -> bool:
    slack = 1e-9
    return outer.low <= inner.low + slack and inner.high <= outer.high + slack


@given(widened(), st.integers(0, 6000))
def test_splitting_a_period_adds_up(known: tuple[list[Stretch], ...], second: int) -> None:
    edge = second * SECOND
    parts = (Period(ANY_TIME.start, edge, "a"), Period(edge, ANY_TIME.end, "b"))
    for stretches in known:
        whole = of(stretches)
        first, last = (of(stretches, part) for part in parts)
        for name in ADDITIVE:
            total = bounds(first, name) + bounds(last, name)
            assert within(total, bounds(whole, name))
            assert within(bounds(whole, name), total)


@given(histories(), st.integers(0, 6000))
def test_momentary_events_of_a_split_period_add_up(stretches: list[Stretch], second: int) -> None:
    edge = second * SECOND
    first = bounds(of(stretches, Period(ANY_TIME.start, edge, "a")), "maifi_e")
    last = bounds(of(stretches, Period(edge, ANY_TIME.end, "b")), "maifi_e")
    assert within(first + last, bounds(of(stretches), "maifi_e"))


@given(widened())
def test_knowing_less_never_makes_the_result_more_certain(
    known: tuple[list[Stretch], list[Stretch], list[Stretch]],
) -> None:
    sharp, blunt, blunter = map(of, known)
    for name in ALL:
        if getattr(sharp, name) is None:
            continue
        assert within(bounds(sharp, name), bounds(blunt, name)), name
        assert within(bounds(blunt, name), bounds(blunter, name)), name


@given(histories())
def test_what_is_known_exactly_gives_one_number(stretches: list[Stretch]) -> None:
    found = of(stretches)
    assert all(bounds(found, name).exact for name in (*ADDITIVE, "maifi_e", "asai"))


@given(histories())
def test_nesting_never_counts_a_customer_twice(stretches: list[Stretch]) -> None:
    # Second by second: a customer is without supply or not, whatever opened.
    assume(not _touching(stretches))
    dark = count = 0.0
    for each in TREE:
        seconds: set[int] = set()
        for stretch in stretches:
            if stretch.device_id in each.devices:
                seconds |= set(range(int(stretch.begun) // SECOND, int(stretch.ended) // SECOND))
        long = [run for run in _runs(sorted(seconds)) if run > 180]
        dark += sum(long) * (each.kva or 0)
        count += len(long) * (each.kva or 0)
    found = of(stretches)
    assert bounds(found, "ttik").high == pytest.approx(dark / 2000 / 3600)
    assert bounds(found, "fmik").high == pytest.approx(count / 2000)


def _runs(seconds: list[int]) -> list[int]:
    """Lengths of the unbroken runs."""
    runs: list[int] = []
    last = None
    for second in seconds:
        if last is not None and second == last + 1:
            runs[-1] += 1
        else:
            runs.append(1)
        last = second
    return runs


def _touching(stretches: list[Stretch]) -> bool:
    """Whether one ends in the very instant in which another begins, which are two."""
    ends = {each.ended for each in stretches}
    return any(each.begun in ends for each in stretches)


@given(histories())
def test_counting_by_hand_finds_the_same_momentary_events(stretches: list[Stretch]) -> None:
    one = [each for each in stretches if each.device_id == 1]
    found = indices([TREE[0]], by_device(one), Totals(TREE[0].customers, TREE[0].kva), ANY_TIME)
    events: list[list[Stretch]] = []
    for each in one:
        if events and each.begun - events[-1][0].begun <= 300 * SECOND:
            events[-1].append(each)
        else:
            events.append([each])
    momentary = [event for event in events if all(each.most <= 300 for each in event)]
    value = bounds(found, "maifi_e")
    assert [round(value.low, 9), round(value.high, 9)] == [len(momentary)] * 2
