"""`celador events`: every change that was seen or concluded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    worded,
)

if TYPE_CHECKING:
    from celador.domain.event import Event

EVENT_TITLES: Titles = {
    "es": ("visto", "± s", "reconectador", "clase", "evento"),
    "en": ("seen", "± s", "recloser", "kind", "event"),
}


def events(
    start: From = "-1d",
    end: To = "now",
    device: Devices = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            help="Only punto, enlace, hueco, sistema or deducido; may be repeated.",
        ),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            "--origin", help="Only equipo, estimado, operador or sistema; may be repeated."
        ),
    ] = None,
    find: Annotated[
        str | None, typer.Option("--find", help="Only those with this in their sentence or point.")
    ] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    english: English = False,
    timezone: Zone = None,
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """List events: changes of status points, of the link, gaps in the data, and what follows.

    A change happened at the time shown or up to ± earlier.

    celador events --from today --device norte

    celador events --from -30d --kind deducido --find "no observad"

    celador events --from -30d --json
    """
    from celador.domain.event import EventKind, Origin
    from celador.domain.writing import plain
    from celador.surfaces.record_rows import EVENT_COLUMNS, event_row

    form = form_of(as_json=as_json, as_csv=as_csv)
    kinds, origins = members("--kind", kind, EventKind), members("--origin", origin, Origin)
    wanted = plain(find or "")
    with reading(start, end, device, timezone, config, store) as (reader, choice):

        def chosen() -> Iterator[Event]:
            for each in reader.events(choice.start, choice.end, choice.device_ids):
                said = plain(f"{each.point}\n{each.text_es}\n{each.text_en}")
                if each.kind in kinds and each.origin in origins and wanted in said:
                    yield each

        show(
            "events",
            chosen(),
            lambda event: event_row(event, choice),
            lambda event: event_line(event, choice, english=english),
            EVENT_TITLES["en" if english else "es"],
            form=form,
            columns=EVENT_COLUMNS,
            below=1,
        )


def event_line(event: Event, choice: Choice, *, english: bool) -> Sequence[str]:
    """For people, one cell per title."""
    uncertainty = event.uncertainty
    return (
        choice.shown(event.at),
        "?" if uncertainty is None else f"{uncertainty:.1f}",
        choice.name(event.device_id) or "",
        worded(event.kind.value, english=english),
        event.text_en if english else event.text_es,
    )
