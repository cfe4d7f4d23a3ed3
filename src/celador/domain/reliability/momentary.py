"""Momentary interruption events (IEEE Std 1366, MAIFI_E): openings within five minutes are one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from celador.domain.outage import FIVE_MINUTES
from celador.domain.periods import Period
from celador.domain.reliability.bounds import Bounds
from celador.domain.reliability.stretch import Interruption, Stretch

_WINDOW = FIVE_MINUTES * 1_000_000


def momentary_events(interruptions: Sequence[Interruption], period: Period) -> Bounds:
    """How many momentary events a group of customers lived through.

    An event is everything that begins within five minutes of its first opening; one that ends in a
    sustained interruption is none, since that interruption is counted already.

    Args:
        interruptions: of the group, all that are known, also outside the period.
        period: events belong to the period in which their first opening was seen.
    """
    parts = [part for each in interruptions for part in each.parts]
    wholes = [each.whole for each in interruptions]
    sure = [each for each in parts if each.least > FIVE_MINUTES]
    perhaps = [each for each in parts + wholes if each.most > FIVE_MINUTES]
    most = _most(
        each
        for each in parts
        if each.least <= FIVE_MINUTES and not any(_surely_before(each, one) for one in sure)
    )
    least = _least(
        each
        for each in wholes
        if each.most <= FIVE_MINUTES and not any(_maybe_before(each, one) for one in perhaps)
    )
    high = sum(period.holds(at) for at in most)
    # At the edge of a period the first opening may be another one in the two counts.
    return Bounds(float(min(high, sum(period.holds(at) for at in least))), float(high))


def _surely_before(short: Stretch, long: Stretch) -> bool:
    return long.begins >= short.begun and long.begun - short.begins <= _WINDOW


def _maybe_before(short: Stretch, long: Stretch) -> bool:
    return long.begun > short.begins and long.begins - short.begun <= _WINDOW


def _least(stretches: Iterable[Stretch]) -> list[float]:
    """First openings of the fewest windows that each beginning can lie in."""
    found: list[float] = []
    for each in sorted(stretches, key=lambda one: one.begun):
        if not found or each.begins > found[-1] + _WINDOW:
            found.append(each.begun)
    return found


def _most(stretches: Iterable[Stretch]) -> list[float]:
    """First openings of the windows that hold each beginning, wherever it lies."""
    found: list[float] = []
    opened = float("-inf")
    for each in sorted(stretches, key=lambda one: (one.begins, one.begun)):
        if each.begun - each.begins > _WINDOW:
            found.append(each.begun)  # no window is sure to hold it
        elif each.begun - opened > _WINDOW:
            found.append(each.begun)
            opened = each.begins
    return found
