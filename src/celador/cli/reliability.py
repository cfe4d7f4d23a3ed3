"""`celador reliability`: the reliability indices of each recloser and of the fleet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from celador.cli.bar import progress
from celador.cli.records import (
    AsCsv,
    AsJson,
    ConfigFile,
    Devices,
    English,
    StoreFile,
    Zone,
    form_of,
)
from celador.cli.supply import FLEET, End, PeriodName, Request, Start, requested, show_figures

if TYPE_CHECKING:
    from celador.surfaces.supply import Figure


def reliability(
    start: Start = None,
    end: End = "now",
    period: PeriodName = None,
    device: Devices = None,
    without_planned: Annotated[
        bool, typer.Option("--without-planned", help="Leave out what is marked as planned.")
    ] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    english: English = False,
    timezone: Zone = None,
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """Tell SAIFI, SAIDI, CAIDI, MAIFI, FMIK, TTIK and others, of each recloser and of all together.

    With --device it tells of those reclosers only, and not of all together.

    A duration is known to lie between two polls; where it lies on both sides of a threshold the
    index is told as a range. "propias" are openings of the recloser, "total" adds losses of supply
    from upstream. Accepted force majeure is left out. docs/calidad.md tells the formulas.

    celador reliability --period semester

    celador reliability --period 2026-S1 --without-planned --csv > semestre.csv
    """
    form = form_of(as_json=as_json, as_csv=as_csv)
    with requested(start, end, period, device, timezone, config, store) as request:
        with progress("measuring") as bar:
            sections = list(_sections(request, bar, without_planned=without_planned))
        show_figures(request, sections, form=form, language="en" if english else "es")


def _sections(
    request: Request, bar: Callable[[float], None], *, without_planned: bool
) -> Iterator[tuple[str, list[Figure]]]:
    from celador.domain.device import labels
    from celador.surfaces import supply

    asked, devices, names = request.asked, request.devices, labels(request.devices)
    if len(request.chosen) < len(devices):
        some = supply.reliability_of(
            asked, devices, request.chosen, without_planned=without_planned, progress=bar
        )
        for found in some:
            yield names[found.node.device_id], list(supply.recloser_figures(found))
        return
    report = supply.reliability_report(
        asked, devices, without_planned=without_planned, progress=bar
    )
    for found in report.devices:
        yield names[found.node.device_id], list(supply.recloser_figures(found))
    yield FLEET, list(supply.fleet_figures(report))
