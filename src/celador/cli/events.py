"""`celador events`: every change that was seen or concluded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

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
)

if TYPE_CHECKING:
    from celador.domain.event import Event

EVENT_TITLES = ("seen", "± s", "recloser", "kind", "event")


def events(
    start: From = "-1d",
    end: To = "now",
    device: Devices = None,
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

    celador events --from -30d --json
    """
    from celador.surfaces.record_rows import event_row

    form = form_of(as_json=as_json, as_csv=as_csv)
    with reading(start, end, device, timezone, config, store) as (reader, choice):
        show(
            "events",
            reader.events(choice.start, choice.end, choice.device_ids),
            lambda event: event_row(event, choice),
            lambda event: event_line(event, choice, english=english),
            EVENT_TITLES,
            form=form,
        )


def event_line(event: Event, choice: Choice, *, english: bool) -> Sequence[str]:
    """For people, one cell per title."""
    uncertainty = event.uncertainty
    return (
        choice.shown(event.at),
        "?" if uncertainty is None else f"{uncertainty:.1f}",
        choice.name(event.device_id) or "",
        event.kind.value,
        event.text_en if english else event.text_es,
    )
