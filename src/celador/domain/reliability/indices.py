"""SAIFI and its kin (IEEE Std 1366-2022), and FMIK and TTIK (Argentina)."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from celador.domain.outage import FIVE_MINUTES, THREE_MINUTES
from celador.domain.periods import Period
from celador.domain.reliability.bounds import NOTHING, Bounds
from celador.domain.reliability.momentary import momentary_events
from celador.domain.reliability.network import Group
from celador.domain.reliability.stretch import Interruption, Stretch, unite


@dataclass(frozen=True, slots=True)
class Indices:
    """The indices of some customers in a period; None where customers or kVA are not known.

    Attributes:
        saifi: sustained interruptions (more than 5 min) per customer.
        saidi: minutes of them per customer.
        caidi: minutes of one of them; None also where there was none.
        asai: share of the time with supply, 0 to 1.
        maifi: momentary interruptions (up to 5 min) per customer, each cycle counted.
        maifi_e: the same by events: openings within five minutes are one.
        asifi: as SAIFI, by connected kVA.
        asidi: as SAIDI, by connected kVA, min.
        fmik: interruptions of more than 3 min per installed kVA.
        ttik: hours of them per installed kVA.
    """

    saifi: Bounds | None
    saidi: Bounds | None
    caidi: Bounds | None
    asai: Bounds | None
    maifi: Bounds | None
    maifi_e: Bounds | None
    asifi: Bounds | None
    asidi: Bounds | None
    fmik: Bounds | None
    ttik: Bounds | None


@dataclass(frozen=True, slots=True)
class Totals:
    """What the sums are divided by.

    Attributes:
        customers: N_T; None for unknown.
        kva: L_T, kVA; None for unknown.
    """

    customers: float | None
    kva: float | None

    @staticmethod
    def of(groups: Iterable[Group]) -> Totals:
        """The sum of all groups; unknown where any of them is."""
        listed = list(groups)
        return Totals(
            _total([group.customers for group in listed]), _total([group.kva for group in listed])
        )


def _total(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def interruptions_of(
    group: Group, stretches: Mapping[int, Sequence[Stretch]]
) -> list[Interruption]:
    """What a group lived through: the union of what all reclosers before it did.

    Args:
        group: the customers.
        stretches: of each recloser, all that are known.
    """
    return unite(each for device in group.devices for each in stretches.get(device, ()))


def indices(
    groups: Sequence[Group],
    stretches: Mapping[int, Sequence[Stretch]],
    totals: Totals,
    period: Period,
) -> Indices:
    """The indices of some groups of customers.

    An interruption belongs, with its whole duration, to the period in which it was seen to begin,
    so the parts of a period add up to the whole.

    Args:
        groups: the customers.
        stretches: without supply, by recloser; all that are known, also outside the period, since
            what overlaps the edge of the period must be seen whole.
        totals: what to divide by.
        period: which interruptions count.
    """
    lived = [interruptions_of(group, stretches) for group in groups]
    here = [[each for each in found if period.holds(each.whole.begun)] for found in lived]
    customers = [group.customers for group in groups]
    kva = [group.kva for group in groups]

    def per_customer(figure: Callable[[Interruption], Bounds]) -> Bounds | None:
        return _weigh([_sum(map(figure, found)) for found in here], customers, totals.customers)

    def per_kva(figure: Callable[[Interruption], Bounds]) -> Bounds | None:
        return _weigh([_sum(map(figure, found)) for found in here], kva, totals.kva)

    events = [momentary_events(found, period) for found in lived]
    saifi = per_customer(lambda each: each.sustained(FIVE_MINUTES))
    saidi = per_customer(lambda each: each.time(FIVE_MINUTES).times(1 / 60))
    return Indices(
        saifi=saifi,
        saidi=saidi,
        caidi=saidi.over(saifi) if saidi and saifi else None,
        asai=_availability(saidi, period),
        maifi=per_customer(lambda each: each.momentary(FIVE_MINUTES)),
        maifi_e=_weigh(events, customers, totals.customers),
        asifi=per_kva(lambda each: each.sustained(FIVE_MINUTES)),
        asidi=per_kva(lambda each: each.time(FIVE_MINUTES).times(1 / 60)),
        fmik=per_kva(lambda each: each.sustained(THREE_MINUTES)),
        ttik=per_kva(lambda each: each.time(THREE_MINUTES).times(1 / 3600)),
    )


def _sum(bounds: Iterable[Bounds]) -> Bounds:
    return sum(bounds, NOTHING)


def _weigh(
    figures: Sequence[Bounds], weights: Sequence[float | None], total: float | None
) -> Bounds | None:
    if not total:
        return None
    weighed = []
    for figure, weight in zip(figures, weights, strict=True):
        if weight is None:
            return None
        weighed.append(figure.times(weight))
    return _sum(weighed).times(1 / total)


def _availability(saidi: Bounds | None, period: Period) -> Bounds | None:
    if saidi is None or period.hours <= 0:
        return None
    minutes = 60 * period.hours
    return Bounds(*(max(0.0, 1 - edge / minutes) for edge in (saidi.high, saidi.low)))


def major_event_threshold(daily_saidi: Iterable[float]) -> float | None:
    """T_MED: a day with more SAIDI than this is a major event day (IEEE Std 1366, clause 5).

    Args:
        daily_saidi: of the days of five years, min; days without any are left out.

    Returns:
        Minutes; None with fewer than two days, which have no deviation.
    """
    logarithms = [math.log(minutes) for minutes in daily_saidi if minutes > 0]
    if len(logarithms) < 2:
        return None
    return math.exp(statistics.mean(logarithms) + 2.5 * statistics.stdev(logarithms))
