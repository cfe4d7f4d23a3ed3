"""`celador quality`: quality of supply of each recloser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

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
from celador.domain.writing import Language, Text

if TYPE_CHECKING:
    from celador.surfaces.supply import Figure

_FOREWORD = Text(
    "Todo es indicativo: valores eficaces al ritmo de la lectura, no clase A ni S.",
    "All is indicative: RMS values at the pace of the reading, neither class A nor S.",
)


def quality(
    start: Start = None,
    end: End = "now",
    period: PeriodName = None,
    device: Devices = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    english: English = False,
    timezone: Zone = None,
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """Tell the quality of supply: voltage, unbalance, events, frequency, demand, energy, tan φ.

    All of it is indicative: a recloser gives RMS values at the pace of the poll. Each figure tells
    its coverage; docs/calidad.md tells its formula and its limits. A year of samples takes minutes.

    celador quality --period 2026-07 --device norte

    celador quality --from -7d --csv > calidad.csv
    """
    form = form_of(as_json=as_json, as_csv=as_csv)
    language: Language = "en" if english else "es"
    with requested(start, end, period, device, timezone, config, store) as request:
        with progress("measuring", len(request.chosen)) as bar:
            sections = list(_sections(request, bar))  # a bar and a table would tear each other
        show_figures(request, sections, form=form, language=language, foreword=_FOREWORD)


def _sections(request: Request, bar: Callable[[float], None]) -> Iterator[tuple[str, list[Figure]]]:
    from celador.pipeline.quality.fleet import FleetDemand
    from celador.surfaces.supply import coincidence_figure, quality_figures, quality_report

    fleet = FleetDemand(request.asked.period)
    for number, device in enumerate(request.chosen):

        def told(share: float, before: int = number) -> None:
            bar(before + share)

        report = quality_report(request.asked, device, fleet, told)
        yield device.name, list(quality_figures(report, request.asked.zone))
    if len(request.chosen) > 1:
        yield FLEET, [coincidence_figure(request.asked, fleet, len(request.chosen))]
