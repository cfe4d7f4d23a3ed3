"""Trends as small pictures: a hole in the data is a hole in the line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from celador.surfaces.web.parts.markup import number, tag

Known = float | None


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


def sparkline(
    values: Sequence[Known], *, label: str, width: int = 96, height: int = 24, tone: str = "a"
) -> str:
    """A line without axes, from the smallest to the largest value.

    Args:
        values: at equal distances, oldest first; None for a hole.
        label: what it shows, for those who do not see it.
        width: units of the picture.
        height: likewise.
        tone: the phase whose colour it has, or "ink".
    """
    known = [value for value in values if value is not None]
    inside = ""
    if known:
        low, high = min(known), max(known)
        # A quiet trend stays a flat line: noise of a hundredth must not look like a mountain.
        span = max(high - low, 0.05 * max(abs(low), abs(high)), 1e-9)
        middle = (low + high) / 2
        inside = "".join(
            _drawn(run, len(values), middle, span, (width, height)) for run in runs(values)
        )
    return tag(
        "svg",
        inside,
        viewBox=f"0 0 {width} {height}",
        preserveAspectRatio="none",
        class_=f"spark tone-{tone}",
        role="img",
        aria_label=label,
    )


def _drawn(
    run: list[tuple[int, float]], count: int, middle: float, span: float, size: tuple[int, int]
) -> str:
    width, height = size
    across, up = _places(width, count), 10 * (height - 4) / span
    half = 5 * height
    # A value between two holes is a dot: a line of no length with round ends.
    points = run if len(run) > 1 else run * 2
    path = "M" + "L".join(
        [f"{across[at]} {_tenths(round(half - (value - middle) * up))}" for at, value in points]
    )
    return tag("path", d=path, vector_effect="non-scaling-stroke")


# A fleet draws 30,000 points whenever a minute has ended, in the loop that reads the reclosers.
@cache
def _places(width: int, count: int) -> Sequence[str]:
    return [number(width * at / max(count - 1, 1)) for at in range(count)]


@cache
def _tenths(value: int) -> str:
    return number(value / 10)
