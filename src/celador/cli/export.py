"""`celador export`: stored samples as CSV."""

from __future__ import annotations

import difflib
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

if TYPE_CHECKING:
    from datetime import tzinfo

    from celador.domain.device import Device
    from celador.ports import HistoryReader, SampleQuery

_DEFAULT_FILE = Path("celador.toml")


def export(
    start: Annotated[
        str, typer.Option("--from", help="First instant: 2026-11-01, 2026-11-01T10:30, -7d, today.")
    ],
    output: Annotated[
        str, typer.Option("--output", "-o", help="The file to write; - for standard output.")
    ],
    end: Annotated[
        str, typer.Option("--to", help="Instant before which it ends, written like --from.")
    ] = "now",
    device: Annotated[
        list[str] | None, typer.Option(help="Name or id of a recloser; may be repeated.")
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(help="Columns of mediciones with commas between; else ia to fp and estado."),
    ] = None,
    every: Annotated[
        str | None, typer.Option(help="One row per window: 15min, 1h, 1d. Else every sample.")
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(help="Zone of all times, such as America/Argentina/Cordoba; else this one's."),
    ] = None,
    decimal_comma: Annotated[
        bool, typer.Option("--decimal-comma", help="13,2 and semicolons, for spreadsheets.")
    ] = False,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", help="Configuration that names the store; else celador.toml."
        ),
    ] = None,
    store: Annotated[Path | None, typer.Option(help="The store itself, instead.")] = None,
) -> None:
    """Write stored samples as CSV: local time, recloser, values; an empty cell is no value.

    In a window a value is the mean of its samples, estado the last one known, and muestras how many
    samples there are: 0 is a gap. Windows count from the local midnight before --from.

    celador export --from 2026-11-01 --to 2026-12-01 --every 15min --output noviembre.csv

    celador export --from -1d --device norte --columns ia,ib,ic --output - | head
    """
    from celador.stores.sqlite.reader import SqliteReader
    from celador.surfaces.export import local_timezone, parse_timezone

    zone = parse_timezone(timezone) if timezone is not None else local_timezone()
    query = _query(start, end, columns, every, zone)
    reader = SqliteReader(_store(config, store))
    try:
        devices = reader.devices()
        chosen = _with_devices(query, devices, device or ())
        names = {each.id: each.name for each in devices}
        _export(reader, chosen, names, zone, output, decimal_comma=decimal_comma)
    finally:
        reader.close()


def _query(
    start: str, end: str, columns: str | None, every: str | None, zone: tzinfo
) -> SampleQuery:
    from celador.domain.errors import UsageError
    from celador.ports import SampleQuery
    from celador.surfaces.export import (
        DEFAULT_COLUMNS,
        parse_columns,
        parse_every,
        parse_instant,
        start_of_day,
    )

    now = time.time_ns() // 1000
    first, last = (parse_instant(text, zone, now=now) for text in (start, end))
    if first >= last:
        raise UsageError(f"--from {start} is not before --to {end}; exchange or mend them")
    return SampleQuery(
        start=first,
        end=last,
        columns=parse_columns(columns) if columns is not None else DEFAULT_COLUMNS,
        every=parse_every(every) if every is not None else None,
        origin=start_of_day(first, zone),
    )


def _store(config: Path | None, store: Path | None) -> Path:
    from celador.config import load_config
    from celador.domain.errors import UsageError

    if config is not None and store is not None:
        raise UsageError("--config and --store both say where the samples are; give one of them")
    if store is not None:
        return store
    if config is None and _DEFAULT_FILE.exists():
        config = _DEFAULT_FILE
    return load_config(config, os.environ).config.store.path


def _with_devices(
    query: SampleQuery, devices: Sequence[Device], wanted: Sequence[str]
) -> SampleQuery:
    from dataclasses import replace

    from celador.domain.errors import UsageError

    # A name goes before an id: names are what people see.
    known = {str(each.id): each.id for each in devices} | {each.name: each.id for each in devices}
    for text in wanted:
        if text not in known:
            near = difflib.get_close_matches(text, known, n=1)
            names = ", ".join(each.name for each in devices) or "none yet"
            mend = f"did you mean {near[0]}?" if near else f"it has: {names}"
            raise UsageError(f"the store knows no recloser {text!r}; {mend}")
    return replace(query, device_ids=tuple(sorted({known[text] for text in wanted})))


def _export(
    reader: HistoryReader,
    query: SampleQuery,
    names: Mapping[int, str],
    zone: tzinfo,
    output: str,
    *,
    decimal_comma: bool,
) -> None:
    from celador.surfaces.export import export_csv, write_export, write_stream

    with _progress(reader, query, output) as advance:

        def write(out: BinaryIO) -> int:
            return export_csv(
                reader,
                query,
                names=names,
                timezone=zone,
                decimal_comma=decimal_comma,
                out=out,
                progress=advance,
            )

        if output == "-":
            write_stream(sys.stdout.buffer, write)
            return
        rows = write_export(Path(output), write)
    typer.echo(f"{rows} rows in {output}", err=True)


@contextmanager
def _progress(
    reader: HistoryReader, query: SampleQuery, output: str
) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error, where somebody sees it and it does not tear the output."""
    if not sys.stderr.isatty() or (output == "-" and sys.stdout.isatty()):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("exporting", total=reader.count(query))
        yield lambda samples: bar.advance(task, samples)
