"""`celador operations`: what the reclosers did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

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
    Titles,
    To,
    Zone,
    form_of,
    members,
    reading,
    show,
    tell_none,
    within,
    worded,
)

if TYPE_CHECKING:
    from celador.domain.operation import Operation
    from celador.domain.writing import Language
    from celador.ports import SupplyReader

OPERATION_TITLES: Titles = {
    "es": ("comienzo", "± s", "reconectador", "calidad", "maniobra"),
    "en": ("began", "± s", "recloser", "quality", "operation"),
}


def operations(
    start: From = "-7d",
    end: To = "now",
    device: Devices = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            help="Only secuencia, orden, automatismo or desconocida; may be repeated.",
        ),
    ] = None,
    result: Annotated[
        list[str] | None,
        typer.Option(
            "--result",
            help="Only those that ended so: bloqueo, recierre-exitoso, sin-recierre, "
            "interrumpida, abierta-por-orden, cerrada-por-orden or en-curso; may be repeated.",
        ),
    ] = None,
    detail: Annotated[
        bool, typer.Option("--detail", help="All that is known of each, fact by fact.")
    ] = False,
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

    celador operations --from -90d --result bloqueo --detail

    celador operations --from 2026-09-01 --to 2027-03-01 --csv > operaciones.csv
    """
    from celador.domain.errors import UsageError
    from celador.domain.operation import OperationKind, Result
    from celador.surfaces.record_rows import OPERATION_COLUMNS, operation_row

    form = form_of(as_json=as_json, as_csv=as_csv)
    if detail and form != "table":
        raise UsageError("--json and --csv have every fact already; leave --detail out")
    kinds, results = members("--kind", kind, OperationKind), members("--result", result, Result)
    with reading(start, end, device, timezone, config, store) as (reader, choice):

        def chosen() -> Iterator[Operation]:
            for each in reader.operations(choice.start, choice.end, choice.device_ids):
                if each.kind in kinds and (not result or each.result in results):
                    yield each

        if detail:
            _print_details(chosen(), choice, english=english)
        else:
            show(
                "operations",
                chosen(),
                lambda operation: operation_row(operation, choice),
                lambda operation: operation_line(operation, choice, english=english),
                OPERATION_TITLES["en" if english else "es"],
                form=form,
                columns=OPERATION_COLUMNS,
                below=1,
            )
        _tell_differences(reader, choice)


def _print_details(operations: Iterable[Operation], choice: Choice, *, english: bool) -> None:
    from celador.cli.tables import print_facts
    from celador.domain.operation_facts import facts
    from celador.domain.operation_text import told

    found = False
    language: Language = "en" if english else "es"
    for each in operations:
        if found:
            typer.echo()
        found = True
        what = told(each, language)
        typer.echo(f"{choice.shown(each.start.hi)} {choice.name(each.device_id)} {what}")
        print_facts(facts(each, language, choice.shown))
    if not found:
        tell_none("operations")


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
        worded(operation.quality.value, english=english),
        told(operation, "en" if english else "es"),
    )
