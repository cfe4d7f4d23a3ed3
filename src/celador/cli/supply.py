"""What `celador quality` and `celador reliability` share: period, settings, ways to print."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from datetime import tzinfo

    from celador.domain.device import Device
    from celador.domain.periods import Period
    from celador.domain.writing import Language, Text
    from celador.surfaces.supply import Asked, Figure

Start = Annotated[
    str | None, typer.Option("--from", help="First instant, such as 2026-11-01 or -7d.")
]
End = Annotated[
    str, typer.Option("--to", help="Instant before which it ends, written like --from.")
]
PeriodName = Annotated[
    str | None,
    typer.Option(
        "--period",
        help="2026-07, 2026-S1, 2026, or month, semester, year: the running one. Default: month.",
    ),
]

FLEET = "flota"
"""Stands for all reclosers together, where a recloser's name would."""

_TITLES = {
    "es": ("figura", "valor", "unidad", "cobertura", "nota"),
    "en": ("figure", "value", "unit", "coverage", "note"),
}


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for.

    Attributes:
        asked: what the reports are made of.
        chosen: the reclosers to tell about.
        devices: every recloser that the history knows.
    """

    asked: Asked
    chosen: Sequence[Device]
    devices: Sequence[Device]


@contextmanager
def requested(
    start: str | None,
    end: str,
    period: str | None,
    device: Sequence[str] | None,
    timezone: str | None,
    config: Path | None,
    store: Path | None,
) -> Iterator[Request]:
    """Open the history and understand the options.

    Raises:
        UsageError: an option cannot be understood.
        StoreError: the history cannot be read.
    """
    from celador.cli.export import config_of
    from celador.reading import open_history
    from celador.surfaces.export import (
        build_query,
        choose_devices,
        local_timezone,
        parse_timezone,
    )
    from celador.surfaces.supply import Asked

    zone = parse_timezone(timezone) if timezone is not None else local_timezone()
    now = time.time_ns() // 1000
    settings = config_of(config, store)
    found = _period(start, end, period, zone, settings.reliability.semester_month, now)
    reader = open_history(settings)
    try:
        devices = reader.devices()
        query = build_query("1970-01-02", "now", None, None, zone=zone, now=now)
        wanted = choose_devices(query, devices, device or ()).device_ids
        chosen = [each for each in devices if each.id in (wanted or (each.id,))]
        yield Request(Asked(reader, settings, found, zone, now), chosen, devices)
    finally:
        reader.close()


def _period(
    start: str | None, end: str, name: str | None, zone: tzinfo, semester: int, now: int
) -> Period:
    from celador.domain.errors import UsageError
    from celador.domain.periods import Period, parse_period
    from celador.surfaces.export import parse_instant

    if start is None:
        return parse_period(name or "month", zone, (semester, semester + 6), now=now)
    if name is not None:
        raise UsageError("--from and --period both say which time; give one of them")
    first, last = (parse_instant(text, zone, now=now) for text in (start, end))
    if first >= last:
        raise UsageError(f"from {start} is not before to {end}; exchange or mend them")
    return Period(first, last, f"{start} … {end}")


def show_figures(
    request: Request,
    sections: Iterable[tuple[str, Iterable[Figure]]],
    *,
    form: Literal["table", "json", "csv"],
    language: Language = "es",
    foreword: Text | None = None,
) -> None:
    """Print figures.

    Args:
        request: what was asked for.
        sections: what the figures are of (a recloser's name, or the fleet), and they.
        form: how.
        language: of the tables; programs get the Spanish.
        foreword: what people must know of all of them, before the tables.
    """
    from celador.domain.writing import Text
    from celador.surfaces.supply import as_row, as_text, write_csv

    if form == "table":
        from celador.cli.tables import print_table

        name, zone = request.asked.period.name, request.asked.zone
        heading = Text(f"Período {name}, hora {zone}", f"Period {name}, times of {zone}")
        typer.echo(heading.pick(language))
        if foreword:
            typer.echo(foreword.pick(language))
        for name, figures in sections:
            typer.echo(f"\n{'fleet' if name == FLEET and language == 'en' else name}")
            print_table(_TITLES[language], [as_text(each, language) for each in figures], below=1)
        return
    if form == "csv":
        import sys

        write_csv(sys.stdout, request.asked.period.name, sections)
        return
    import json

    rows = [
        {"equipo": name, "periodo": request.asked.period.name, **as_row(figure)}
        for name, figures in sections
        for figure in figures
    ]
    typer.echo(json.dumps({"figuras": rows}, ensure_ascii=False))
