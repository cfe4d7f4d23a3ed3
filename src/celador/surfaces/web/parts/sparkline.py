"""Trends as small pictures: a hole in the data is a hole in the line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from celador.surfaces.web.parts.markup import tag

Known = float | None
_HEIGHT = 240  # units, finer than any screen shows; a value is one wide
_ROOM = 5 / 6  # of it, so that a thick line has its place


def runs(values: Sequence[Known]) -> Iterator[list[tuple[int, float]]]:
    """The stretches without a hole, each as (place, value)."""
    run: list[tuple[int, float]] = []
    for place, value in enumerate(values):
        if value is not None:
            run.append((place, value))
        elif run:
            yield run
            run = []
    if run:
        yield run


def sparkline(values: Sequence[Known], *, label: str, tone: str = "a") -> str:
    """A line without axes, from the smallest to the largest value.

    Args:
        values: at equal distances, oldest first; None for a hole.
        label: what it shows, for those who do not see it.
        tone: the phase whose colour it has, or "ink".
    """
    known = [value for value in values if value is not None]
    inside = ""
    if known:
        low, high = min(known), max(known)
        # A quiet trend stays a flat line: noise of a hundredth must not look like a mountain.
        span = max(high - low, 0.05 * max(abs(low), abs(high)), 1e-9)
        middle = (low + high) / 2
        inside = "".join(_drawn(run, middle, span) for run in runs(values))
    return tag(
        "svg",
        inside,
        viewBox=f"0 0 {max(len(values) - 1, 1)} {_HEIGHT}",
        preserveAspectRatio="none",
        class_=f"spark tone-{tone}",
        role="img",
        aria_label=label,
    )


def _drawn(run: list[tuple[int, float]], middle: float, span: float) -> str:
    # Steps from point to point in whole units: a fleet has 30,000 points, drawn whenever a minute
    # has ended, in the loop that reads the reclosers.
    up = _HEIGHT * _ROOM / span
    heights = [round(_HEIGHT / 2 - (value - middle) * up) for _, value in run]
    steps = [f"1 {later - earlier}" for earlier, later in pairwise(heights)]
    # A value between two holes is a dot: a line of no length with round ends.
    path = f"M{run[0][0]} {heights[0]}l{' '.join(steps or ['0 0'])}"
    return tag("path", d=path, vector_effect="non-scaling-stroke")
