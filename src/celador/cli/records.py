"""What the commands that list records share: options, the choice of rows, ways to print."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from celador.domain.operation import Span
    from celador.ports import FullReader

T = TypeVar("T")
E = TypeVar("E", bound=Enum)
Cell = str | int | float | bool | None
_OTHERWISE = "--from and the filters choose others"

From = Annotated[
    str, typer.Option("--from", help="First instant: 2026-11-01, 2026-11-01T10:30, -7d, today.")
]
To = Annotated[str, typer.Option("--to", help="Instant before which it ends, written like --from.")]
Devices = Annotated[
    list[str] | None, typer.Option("--device", help="Name or id of a recloser; may be repeated.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print it as CSV.")]
English = Annotated[bool, typer.Option("--english", help="Tables in English; else in Spanish.")]
Zone = Annotated[
    str | None,
    typer.Option(
        "--timezone", help="Zone of all times, such as America/Argentina/Cordoba; else this one's."
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Configuration that names the store; else celador.toml."),
]
StoreFile = Annotated[Path | None, typer.Option("--store", help="The store itself, instead.")]


Titles = Mapping[Literal["es", "en"], Sequence[str]]
"""The head of a table, by its language."""

_IN_ENGLISH = {
    "punto": "point",
    "enlace": "link",
    "hueco": "gap",
    "sistema": "system",
    "deducido": "concluded",
    "propia-falla": "own fault",
    "propia-maniobra": "own switching",
    "externa": "external",
    "desconocida": "unknown origin",
    "momentánea": "momentary",
    "sostenida": "sustained",
    "indeterminada": "undetermined",
    "en curso": "under way",
    "programada": "planned",
    "no programada": "not planned",
    "fuerza mayor invocada": "force majeure claimed",
    "fuerza mayor aceptada": "force majeure accepted",
    "observada": "observed",
    "reconstruida": "reconstructed",
    "estimada": "estimated",
}


def worded(stored: str, *, english: bool) -> str:
    """A word as it is stored, in the language of the table."""
    return _IN_ENGLISH[stored] if english else stored


@dataclass(frozen=True, slots=True)
class Choice:
    """Which records are wanted, and how times are shown.

    Attributes:
        start: first instant, included, UTC in microseconds since 1970.
        end: last instant, excluded.
        device_ids: which reclosers; empty means all.
        names: name of every recloser, by id.
        zone: whose clock.
    """

    start: int
    end: int
    device_ids: tuple[int, ...]
    names: Mapping[int, str]
    zone: tzinfo

    def when(self, at: int | None) -> str | None:
        """An instant as programs read it, to the millisecond; None for none."""
        return None if at is None else self._clock(at).isoformat(" ", "milliseconds")

    def shown(self, at: int | None) -> str:
        """An instant as people read it, to the second; "" for none."""
        return "" if at is None else self._clock(at).isoformat(" ", "seconds")

    def _clock(self, at: int) -> datetime:
        from datetime import UTC, datetime, timedelta

        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).astimezone(self.zone)

    def name(self, device_id: int | None) -> str | None:
        """A recloser's name; None for a record of the whole collector."""
        return None if device_id is None else self.names.get(device_id, str(device_id))


def within(span: Span) -> str:
    """How wide a span is, s; "?" where its beginning is not known."""
    return "?" if span.lo is None else f"{(span.hi - span.lo) / 1_000_000:.1f}"


@contextmanager
def reading(
    start: str,
    end: str,
    device: Sequence[str] | None,
    timezone: str | None,
    config: Path | None,
    store: Path | None,
) -> Iterator[tuple[FullReader, Choice]]:
    """Open the history and make the choice that the options describe.

    Raises:
        UsageError: an option cannot be understood.
        StoreError: the history cannot be read.
    """
    from celador.cli.export import config_of
    from celador.domain.device import labels
    from celador.reading import open_history
    from celador.surfaces.export import (
        build_query,
        choose_devices,
        local_timezone,
        parse_timezone,
    )

    zone = parse_timezone(timezone) if timezone is not None else local_timezone()
    query = build_query(start, end, None, None, zone=zone, now=time.time_ns() // 1000)
    reader = open_history(config_of(config, store))
    try:
        devices = reader.devices()
        query = choose_devices(query, devices, device or ())
        names = labels(devices)
        yield reader, Choice(query.start, query.end, query.device_ids, names, zone)
    finally:
        reader.close()


def show(
    what: str,
    records: Iterable[T],
    row: Callable[[T], Mapping[str, Cell]],
    line: Callable[[T], Sequence[str]],
    titles: Sequence[str],
    *,
    form: Literal["table", "json", "csv"],
    columns: Sequence[str] = (),
    below: int = 0,
    otherwise: str = _OTHERWISE,
) -> None:
    """Print records.

    Args:
        what: the key of the list, as JSON.
        records: in the order in which they are shown.
        row: a record by the names of the columns of its table, for programs.
        line: a record for people, one cell per title.
        titles: of the table for people.
        form: how.
        columns: names in a row, the head of a CSV that has none.
        below: how many of the last columns may stand under their row, as `print_table` has it.
        otherwise: what to do where there are none, for people.
    """
    if form == "json":
        listed = [dict(row(record)) for record in records]
        typer.echo(json.dumps({what: listed}, ensure_ascii=False))
    elif form == "csv":
        if not _print_csv(map(row, records), columns):
            tell_none(what, otherwise)
    else:
        from celador.cli.tables import print_table

        lines = [line(record) for record in records]
        print_table(titles, lines, below=below)
        if not lines:
            tell_none(what, otherwise)


def tell_none(what: str, otherwise: str = _OTHERWISE) -> None:
    """Say beside an empty list that it is not empty by mistake."""
    typer.echo(f"no {what} found; {otherwise}", err=True)


def members(option: str, words: Sequence[str] | None, of: type[E]) -> frozenset[E]:
    """The members that the words of an option name; all of them for none.

    A word of several parts may have hyphens between them, so that a shell needs no quotes.

    Raises:
        UsageError: a word names none of them.
    """
    known = {str(member.value): member for member in of}
    wanted = []
    for word in words or known:
        member = known.get(word) or known.get(word.replace("-", " "))
        if member is None:
            from celador.domain.errors import UsageError

            choices = ", ".join(name.replace(" ", "-") for name in known)
            raise UsageError(f"{option} {word} is not known; use one of {choices}")
        wanted.append(member)
    return frozenset(wanted)


def form_of(*, as_json: bool, as_csv: bool) -> Literal["table", "json", "csv"]:
    """Which of the forms is wanted.

    Raises:
        UsageError: both.
    """
    if as_json and as_csv:
        from celador.domain.errors import UsageError

        raise UsageError("--json and --csv exclude each other; give one of them")
    if as_json:
        return "json"
    return "csv" if as_csv else "table"


def _print_csv(rows: Iterable[Mapping[str, Cell]], columns: Sequence[str]) -> bool:
    """Print rows under the names of their columns; False when there are none."""
    rows = iter(rows)
    first = next(rows, None)
    writer = csv.DictWriter(sys.stdout, first or columns, lineterminator="\n")
    if writer.fieldnames:
        writer.writeheader()
    if first is None:
        return False
    writer.writerow(first)
    writer.writerows(rows)
    return True
