"""The counters as witnesses, by the figures of the sheet of operations, 1.4."""

from __future__ import annotations

import pytest

from celador.domain.causes import Family
from celador.pipeline.operations.witnesses import COUNTED, Counts, counts_of, difference

AT = 0


def counts(**changed: int) -> Counts:
    return Counts(AT, dict.fromkeys(COUNTED, 100) | changed, {})


@pytest.mark.parametrize(
    ("old", "new", "cycles"),
    [
        (100, 103, 3),
        (65_535, 0, 1),
        (65_001, 499, 1034),  # from the very end to the very start: it wrapped
        (65_000, 499, None),  # not near enough to the end: erased, or another controller
        (65_001, 500, None),  # not near enough to the start
        (240, 12, None),
    ],
)
def test_a_counter_that_falls_has_wrapped_or_is_another_one(
    old: int, new: int, cycles: int | None
) -> None:
    found = difference(counts(co_total=old), counts(co_total=new))
    assert (found.cycles if found else None) == cycles


@pytest.mark.parametrize(
    ("moved", "fewest", "most", "phases", "families"),
    [
        # A trip of two phases moves two counters, so their sum counts too many.
        ({"co_total": 1, "disp_oc_a": 1, "disp_oc_b": 1}, 1, 2, "AB", (Family.OC,)),
        ({"co_total": 2, "disp_oc_a": 3, "disp_oc_b": 3}, 3, 3, "AB", (Family.OC,)),
        ({"co_total": 0, "disp_sef": 1}, 1, 1, "", (Family.SEF,)),
        (
            {"co_total": 5, "disp_oc_c": 2, "disp_ef": 1, "disp_uv": 1},
            2,
            4,
            "C",
            (Family.OC, Family.EF, Family.UV),
        ),
        ({"co_total": 1}, 0, 0, "", ()),
    ],
)
def test_how_many_trips_there_were(
    moved: dict[str, int], fewest: int, most: int, phases: str, families: tuple[Family, ...]
) -> None:
    found = difference(counts(), counts(**{name: 100 + step for name, step in moved.items()}))
    assert found is not None
    assert (found.fewest_trips, found.most_trips) == (fewest, most)
    assert (found.phases, found.families) == (phases, families)


def test_one_counter_that_was_not_read_leaves_no_witness() -> None:
    values = dict.fromkeys(COUNTED, 1) | {"disp_ef": None}
    assert counts_of(AT, values) is None
