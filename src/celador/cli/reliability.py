"""`celador reliability`: the reliability indices of each recloser and of the fleet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from celador.cli.records import (
    AsCsv,
    AsJson,
    ConfigFile,
    Devices,
    StoreFile,
    Zone,
    form_of,
)
from celador.cli.supply import End, PeriodName, Request, Start, requested, show_figures

if TYPE_CHECKING:
    from celador.domain.reliability.network import Node
    from celador.pipeline.reliability import ReliabilitySettings
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
    timezone: Zone = None,
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """Tell SAIFI, SAIDI, CAIDI, MAIFI, FMIK, TTIK and others, of each recloser and of all together.

    A duration is known to lie between two polls; where it lies on both sides of a threshold the
    index is told as a range. "propias" are openings of the recloser, "total" adds losses of supply
    from upstream. Accepted force majeure is left out. docs/calidad.md tells the formulas.

    celador reliability --period semester

    celador reliability --period 2026-S1 --without-planned --csv > semestre.csv
    """
    form = form_of(as_json=as_json, as_csv=as_csv)
    with requested(start, end, period, device, timezone, config, store) as request:
        show_figures(request, _sections(request, without_planned=without_planned), form=form)


def _sections(request: Request, *, without_planned: bool) -> Iterator[tuple[str, list[Figure]]]:
    from celador.domain.device import labels
    from celador.pipeline.reliability import ReliabilityMeter
    from celador.surfaces.supply import fleet_figures, recloser_figures

    settings = _settings(request, without_planned=without_planned)
    meter = ReliabilityMeter(request.reader, settings, request.period, request.zone, request.now)
    report = meter.report()
    names = labels(request.devices)
    for found in report.devices:
        yield names[found.node.device_id], list(recloser_figures(found))
    yield "flota", list(fleet_figures(report))


def _settings(request: Request, *, without_planned: bool) -> ReliabilitySettings:
    from celador.domain.reliability.indices import Totals
    from celador.pipeline.reliability import ReliabilitySettings

    system = request.config.reliability
    return ReliabilitySettings(
        nodes=_nodes(request),
        chosen=[each.id for each in request.chosen],
        system=Totals(system.customers, system.kva),
        period_s={
            each.id: request.config.polling_of(request.settings_of(each)).analog_s
            for each in request.devices
        },
        without_planned=without_planned,
    )


def _nodes(request: Request) -> list[Node]:
    """The tree of all reclosers that the history knows."""
    from celador.domain.reliability.network import Node

    ids = {each.name: each.id for each in request.config.devices}
    known = {each.id for each in request.devices}
    nodes = []
    for device in request.devices:
        own = request.settings_of(device)
        parent = ids.get(own.parent) if own.parent is not None else None
        above = parent if parent in known else None
        nodes.append(Node(device.id, above, own.customers, own.kva))
    return nodes
