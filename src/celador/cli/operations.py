"""`celador operations`: what the reclosers did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from celador.cli.records import (
    AsCsv,
    AsJson,
    Choice,
    ConfigFile,
    Devices,
    English,
    From,
    StoreFile,
    To,
    Zone,
    form_of,
    reading,
    show,
    within,
)

if TYPE_CHECKING:
    from celador.domain.operation import Operation
    from celador.ports import SupplyReader

OPERATION_TITLES = ("began", "± s", "recloser", "operation", "quality")


def operations(
    start: From = "-7d",
    end: To = "now",
    device: Devices = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    english: English = False,
    timezone: Zone = None,
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """List operations of protection and of people: element, phases, current, trips, how it ended.

    An operation began at the time shown or up to ± earlier. Quality: observada, every move was
    seen; reconstruida, counters tell of moves that nobody saw; estimada, something is assumed.
    Where the device's own counter and the records differ, that is said on standard error.

    celador operations --from -30d --device norte

    celador operations --from 2026-09-01 --to 2027-03-01 --csv > operaciones.csv
    """
    from celador.surfaces.record_rows import operation_row

    form = form_of(as_json=as_json, as_csv=as_csv)
    with reading(start, end, device, timezone, config, store) as (reader, choice):
        show(
            "operations",
            reader.operations(choice.start, choice.end, choice.device_ids),
            lambda operation: operation_row(operation, choice),
            lambda operation: operation_line(operation, choice, english=english),
            OPERATION_TITLES,
            form=form,
        )
        _tell_differences(reader, choice)


def _tell_differences(reader: SupplyReader, choice: Choice) -> None:
    """Where a device counted what is not on record, or the reverse; beside the list."""
    from celador.pipeline.watch import SUBJECT, audit_of

    for device, memory in sorted(reader.memories(SUBJECT).items()):
        audit = audit_of(memory)
        if audit is None or not audit.difference or device not in (choice.device_ids or (device,)):
            continue
        typer.echo(
            f"{choice.name(device)}: its counter of close-open cycles (now {audit.now}) has moved "
            f"by {audit.counted} since watching began, the records hold {audit.recorded}; "
            "look into the device's own log",
            err=True,
        )


def operation_line(operation: Operation, choice: Choice, *, english: bool) -> Sequence[str]:
    """For people, one cell per title."""
    from celador.domain.operation_text import told

    return (
        choice.shown(operation.start.hi),
        within(operation.start),
        choice.name(operation.device_id) or "",
        told(operation, "en" if english else "es"),
        operation.quality.value,
    )
