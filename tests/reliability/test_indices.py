"""The worked case of the sheet, and what each rule of it means."""

from __future__ import annotations

import math

import pytest

from celador.domain.operation import Span
from celador.domain.periods import Period
from celador.domain.reliability.bounds import Bounds
from celador.domain.reliability.indices import (
    Indices,
    Totals,
    indices,
    major_event_threshold,
)
from celador.domain.reliability.network import Group, Node, groups
from celador.domain.reliability.stretch import Stretch, unite
from tests.reliability.build import DAY, SECOND, both, by_device, clock, exact, group, seen

A, B, C = 1, 2, 3
WORKED = by_device(
    [
        exact(A, clock("13:00:00"), clock("13:00:00.5")),
        exact(A, clock("13:00:02"), clock("13:00:17")),
        exact(B, clock("14:00:00"), clock("14:00:00.5")),
        # The second trip of B follows its first reclosing at once, and is closed by hand.
        exact(B, clock("14:00:01"), clock("14:04:01")),
        exact(C, clock("15:00:00"), clock("16:00:00")),
    ]
)
CUSTOMERS = [group(A, customers=400, kva=2000), group(B, customers=400, kva=2000), group(C)]


def near(found: Bounds | None, value: float) -> bool:
    assert found is not None
    return [found.low, found.high] == pytest.approx([value, value], abs=1e-4)


def test_the_worked_case() -> None:
    found = indices(CUSTOMERS, WORKED, Totals(1000, 5000), DAY)
    assert near(found.saifi, 0.1)
    assert near(found.saidi, 6.0)
    assert near(found.caidi, 60.0)
    assert near(found.maifi, 1.6)
    assert near(found.maifi_e, 0.8)
    assert near(found.fmik, 0.5)
    assert near(found.ttik, 0.1267)
    assert near(found.asifi, 0.1)
    assert near(found.asidi, 6.0)
    assert near(found.asai, 1 - 6 / 1440)


@pytest.mark.parametrize(
    ("device", "customers", "kva", "saifi", "maifi", "maifi_e", "fmik", "ttik"),
    [
        (A, 400, 2000, 0.0, 0.8, 0.4, 0.0, 0.0),
        (B, 400, 2000, 0.0, 0.8, 0.4, 0.4, 0.4 * 240 / 3600),
        (C, 100, 500, 0.1, 0.0, 0.0, 0.1, 0.1),
    ],
)
def test_what_each_recloser_of_the_worked_case_adds(
    device: int,
    customers: float,
    kva: float,
    saifi: float,
    maifi: float,
    maifi_e: float,
    fmik: float,
    ttik: float,
) -> None:
    here = [group(device, customers=customers, kva=kva)]
    found = indices(here, WORKED, Totals(1000, 5000), DAY)
    assert near(found.saifi, saifi)
    assert near(found.maifi, maifi)
    assert near(found.maifi_e, maifi_e)
    assert near(found.fmik, fmik)
    assert near(found.ttik, ttik)


def alone(*stretches: Stretch, period: Period = DAY) -> Indices:
    return indices([group(A)], by_device(stretches), Totals(100, 500), period)


@pytest.mark.parametrize(
    ("seconds", "ieee", "argentine"),
    [(180, 0, 0), (180.1, 0, 1), (300, 0, 1), (300.1, 1, 1)],
)
def test_thresholds_count_what_is_longer(seconds: float, ieee: int, argentine: int) -> None:
    found = alone(exact(A, 1000, 1000 + seconds))
    assert (found.saifi, found.fmik) == (both(ieee), both(argentine))


def test_a_duration_on_both_sides_of_a_threshold_is_undetermined() -> None:
    found = alone(seen(A, 1000, 1010, 1295, 1320))
    assert found.saifi == Bounds(0, 1)
    assert found.maifi == Bounds(0, 1)
    assert found.maifi_e == Bounds(0, 1)
    assert found.saidi is not None
    assert found.saidi.low == 0
    assert found.saidi.high == pytest.approx(320 / 60)
    assert found.fmik == both(1)


def test_a_sequence_that_ends_in_a_sustained_interruption_is_no_momentary_event() -> None:
    found = alone(exact(A, 100, 101), exact(A, 102, 102 + 3600))
    assert (found.saifi, found.maifi, found.maifi_e) == (both(1), both(1), both(0))


def test_openings_more_than_five_minutes_after_the_first_are_another_event() -> None:
    found = alone(*(exact(A, start, start + 1) for start in (0, 299, 301, 602)))
    assert (found.maifi, found.maifi_e) == (both(4), both(3))


def test_a_beginning_that_nobody_saw_counts_and_its_duration_has_no_upper_end() -> None:
    stretch = Stretch.between(A, Span(None, 1000 * SECOND), Span(4590 * SECOND, 4600 * SECOND), 0)
    found = alone(stretch)
    assert found.saifi == both(1)
    assert found.saidi is not None
    assert found.saidi.low == pytest.approx(3590 / 60)
    assert math.isinf(found.saidi.high)
    assert found.asai is not None
    assert found.asai.low == 0.0


def test_an_interruption_under_way_lasts_at_least_until_now() -> None:
    start = Span(990 * SECOND, 1000 * SECOND)
    early = alone(Stretch.between(A, start, None, 1060 * SECOND))
    late = alone(Stretch.between(A, start, None, 2000 * SECOND))
    assert early.saifi == Bounds(0, 1)
    assert late.saifi == both(1)
    assert late.saidi is not None
    assert late.saidi.low == pytest.approx(1000 / 60)
    assert math.isinf(late.saidi.high)


def test_an_end_of_which_only_the_latest_instant_is_known_may_have_been_at_once() -> None:
    stretch = Stretch.between(A, Span(0, SECOND), Span(None, 900 * SECOND), 0)
    assert (stretch.least, stretch.most) == (0.0, 900.0)


def test_an_interruption_belongs_to_the_period_in_which_it_began() -> None:
    over_midnight = exact(A, 86_000, 90_000)
    tomorrow = Period(DAY.end, 2 * DAY.end, "tomorrow")
    assert near(alone(over_midnight).saidi, 4000 / 60)
    assert near(alone(over_midnight, period=tomorrow).saidi, 0.0)


PARENT, CHILD = 1, 2
TREE = groups([Node(PARENT, None, 400, 2000), Node(CHILD, PARENT, 100, 500)])


def fleet(*stretches: Stretch) -> Indices:
    return indices(TREE, by_device(stretches), Totals.of(TREE), DAY)


def test_customers_of_nested_reclosers_are_split_into_groups() -> None:
    upper, lower = TREE
    assert upper == Group((PARENT,), 300, 1500)
    assert lower == Group((CHILD, PARENT), 100, 500)
    assert Totals.of(TREE) == Totals(400, 2000)


def test_when_the_parent_opens_all_customers_are_counted_once() -> None:
    found = fleet(exact(PARENT, 0, 3600))
    assert (found.saifi, found.fmik) == (both(1), both(1))
    assert near(found.saidi, 60)


def test_a_child_that_is_out_already_begins_no_new_interruption() -> None:
    found = fleet(exact(CHILD, 0, 7200), exact(PARENT, 1800, 3600))
    assert near(found.saifi, 1)
    assert near(found.saidi, (300 * 30 + 100 * 120) / 400)


def test_a_child_that_stays_out_after_its_parent_came_back_has_one_long_interruption() -> None:
    found = fleet(exact(PARENT, 0, 1800), exact(CHILD, 600, 5400))
    assert near(found.saidi, (300 * 30 + 100 * 90) / 400)


def test_supply_restored_in_steps_by_a_nested_recloser() -> None:
    """The child is opened at 0:20 for the parent to close at 0:30, and closed at 1:00 (rule 4)."""
    found = fleet(exact(PARENT, 0, 1800), exact(CHILD, 1200, 3600))
    assert (found.saifi, found.fmik) == (both(1), both(1))
    assert near(found.saidi, (300 * 30 + 100 * 60) / 400)
    assert near(found.ttik, (1500 * 0.5 + 500 * 1.0) / 2000)


def test_the_child_that_sees_the_parents_opening_adds_nothing() -> None:
    own = fleet(seen(PARENT, 0, 1, 3600, 3601))
    total = fleet(seen(PARENT, 0, 1, 3600, 3601), seen(CHILD, 0, 5, 3600, 3605))
    assert total.saifi == own.saifi == both(1)
    assert total.saidi is not None
    assert own.saidi is not None
    assert total.saidi.low == own.saidi.low
    assert total.saidi.high == pytest.approx(own.saidi.high, abs=0.1)


def test_where_it_is_not_known_whether_two_overlap_both_counts_are_told() -> None:
    (one,) = unite([seen(PARENT, 0, 1, 400, 410), seen(CHILD, 405, 415, 900, 901)])
    assert one.sustained(300) == Bounds(1, 2)
    two = unite([seen(PARENT, 0, 1, 400, 405), seen(CHILD, 405, 415, 900, 901)])
    assert len(two) == 2


def test_two_short_ones_that_may_be_one_long_one() -> None:
    (one,) = unite([seen(PARENT, 0, 1, 195, 205), seen(CHILD, 200, 210, 400, 401)])
    assert one.sustained(300) == Bounds(0, 1)
    assert one.momentary(300) == Bounds(0, 2)


def test_a_recloser_never_overlaps_itself() -> None:
    # A cycle that nobody saw lies somewhere between two polls, together with what is around it.
    assert len(unite([seen(A, 0, 10, 10, 20), seen(A, 10, 20, 30, 40)])) == 2


def test_customers_that_are_not_known_make_no_index_of_customers() -> None:
    nodes = [Node(1, None, None, 800), Node(2, 1, 50, 300)]
    found = indices(groups(nodes), {}, Totals.of(groups(nodes)), DAY)
    assert (found.saifi, found.saidi, found.asai, found.maifi_e) == (None, None, None, None)
    assert found.fmik == both(0)


@pytest.mark.parametrize(
    ("nodes", "match"),
    [
        ([Node(1, 2), Node(2, 1)], "not above"),
        ([Node(1, 9)], "not above"),
        ([Node(1, None, 10), Node(2, 1, 11)], "fewer customers"),
    ],
)
def test_trees_that_cannot_be(nodes: list[Node], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        groups(nodes)


def test_no_interruption_has_no_mean_duration() -> None:
    assert alone().caidi is None
    assert alone().asai == both(1)


def test_the_threshold_of_major_event_days() -> None:
    # ln of 1, e and e squared: mean 1, standard deviation 1, so exp(1 + 2.5).
    days = [1.0, math.e, math.e**2, 0.0]
    assert major_event_threshold(days) == pytest.approx(math.exp(3.5))
    assert major_event_threshold([5.0, 0.0]) is None
