"""`celador outages`: the interruptions of supply, and what people say of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from celador.cli.records import Choice, within

if TYPE_CHECKING:
    from celador.domain.outage import Outage
    from celador.domain.reliability.marks import OutageMarks

OUTAGE_TITLES = ("began", "± s", "recloser", "lasted", "origin", "class", "marks", "quality")


def outage_line(outage: Outage, marks: OutageMarks | None, choice: Choice) -> Sequence[str]:
    """For people, one cell per title."""
    from celador.domain.outage import THREE_MINUTES

    known = outage.duration(THREE_MINUTES)
    return (
        choice.when(outage.start.hi, seconds=True),
        within(outage.start),
        choice.name(outage.device_id),
        _lasted(outage),
        outage.origin.value,
        "en curso" if known is None else known.value,
        _marks(marks),
        outage.quality.value,
    )


def _lasted(outage: Outage) -> str:
    from celador.domain.operation import least, most

    if outage.end is None:
        return "…"
    shortest, longest = least(outage.start, outage.end), most(outage.start, outage.end)
    if longest is None:
        return f"≥ {_clock(shortest)}"
    if longest - shortest < 1:
        return _clock(longest)
    return f"{_clock(shortest)} … {_clock(longest)}"


def _clock(seconds: float) -> str:
    """Tenths while they mean something; then whole seconds as hours, minutes, seconds."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02} min"


def _marks(marks: OutageMarks | None) -> str:
    from celador.domain.reliability.marks import ForceMajeure

    if marks is None:
        return ""
    said = {True: ["programada"], False: ["no programada"], None: []}[marks.planned]
    if marks.force_majeure is not ForceMajeure.NO:
        said = [*said, f"fuerza mayor {marks.force_majeure.value}"]
    return ", ".join(said)
