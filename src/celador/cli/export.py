"""`celador export`: stored samples as CSV, Parquet or an Excel workbook."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from celador.config import Config
    from celador.ports import HistoryReader, SampleQuery
    from celador.surfaces.export import ExportJob

_DEFAULT_FILE = Path("celador.toml")


def export(
    start: Annotated[
        str, typer.Option("--from", help="First instant: 2026-11-01, 2026-11-01T10:30, -7d, today.")
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            help="The file to write: .csv, .csv.gz, .xlsx or .parquet; - for standard output.",
        ),
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
    """Write stored samples to a file: local time, recloser, values; an empty cell is no value.

    In a window a value is the mean of its samples, estado the last one known, and muestras how many
    samples there are: 0 is a gap. Windows count from the local midnight before --from.

    celador export --from 2026-11-01 --to 2026-12-01 --every 15min --output noviembre.xlsx

    celador export --from -1d --device norte --columns ia,ib,ic --output - | head
    """
    from celador.domain.device import labels
    from celador.domain.errors import UsageError
    from celador.reading import open_history
    from celador.surfaces.export import (
        ExportJob,
        FileKind,
        build_query,
        choose_devices,
        kind_of,
        local_timezone,
        parse_timezone,
    )

    kind = kind_of(output)
    if decimal_comma and kind not in (FileKind.CSV, FileKind.CSV_GZ):
        raise UsageError(f"--decimal-comma is for CSV; leave it out for {output}")
    zone = parse_timezone(timezone) if timezone is not None else local_timezone()
    query = build_query(start, end, columns, every, zone=zone, now=time.time_ns() // 1000)
    reader = open_history(config_of(config, store))
    try:
        devices = reader.devices()
        chosen = choose_devices(query, devices, device or ())
        names = labels(devices)
        _export(ExportJob(reader, chosen, names, zone, kind, decimal_comma), output)
    finally:
        reader.close()


def config_of(config: Path | None, store: Path | None) -> Config:
    """The configuration that says where the samples are.

    Raises:
        UsageError: both are given.
        ConfigError: the configuration cannot be used.
    """
    from celador.config import Config, StoreConfig, load_config
    from celador.domain.errors import UsageError

    if config is not None and store is not None:
        raise UsageError("--config and --store both say where the samples are; give one of them")
    if store is not None:
        return Config(store=StoreConfig(path=store))
    if config is None and _DEFAULT_FILE.exists():
        config = _DEFAULT_FILE
    return load_config(config, os.environ).config


def _export(job: ExportJob, output: str) -> None:
    from celador.surfaces.export import write_export, write_stream

    with _progress(job.reader, job.query, output) as advance:
        if output == "-":
            write_stream(sys.stdout.buffer, lambda out: job.write(out, advance))
            return
        rows = write_export(Path(output), lambda out: job.write(out, advance))
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
