"""`celador quality`: quality of supply of each recloser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

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
    from celador.domain.device import Device
    from celador.pipeline.quality.fleet import FleetDemand
    from celador.pipeline.quality.report import QualityReport, QualitySettings
    from celador.surfaces.supply import Figure


def quality(
    start: Start = None,
    end: End = "now",
    period: PeriodName = None,
    device: Devices = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
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
    with requested(start, end, period, device, timezone, config, store) as request:
        show_figures(request, _sections(request), form=form)


def _sections(request: Request) -> Iterator[tuple[str, list[Figure]]]:
    from celador.pipeline.quality.fleet import FleetDemand
    from celador.surfaces.supply import quality_figures

    fleet = FleetDemand(request.period)
    for device in request.chosen:
        yield device.name, list(quality_figures(_report(request, device, fleet), request.zone))
    if len(request.chosen) > 1:
        yield "flota", [_coincidence(request, fleet)]


def _report(request: Request, device: Device, fleet: FleetDemand) -> QualityReport:
    from celador.pipeline.quality.cells import SIDES, columns_of
    from celador.pipeline.quality.energies import COUNTER_COLUMNS
    from celador.pipeline.quality.report import QualityMeter
    from celador.ports import SampleQuery

    settings, period = _settings(request, device), request.period
    columns = columns_of(SIDES[settings.side])
    rows = request.reader.samples(SampleQuery(period.start, period.end, columns, (device.id,)))
    margin = round(2_000_000 * settings.counters_s)
    readings = request.reader.readings(
        period.start - margin, period.end + margin, COUNTER_COLUMNS, device.id
    )
    meter = QualityMeter(device.id, period, settings, request.zone, request.now, fleet)
    return meter.measure(rows, readings)


def _settings(request: Request, device: Device) -> QualitySettings:
    from celador.domain.quality.catalogue import frequency_limits, hour_bands
    from celador.pipeline.quality.report import QualitySettings

    own, common = request.settings_of(device), request.config.quality
    polling = request.config.polling_of(own)
    return QualitySettings(
        nominal_voltage=own.nominal_voltage_v,
        period_s=polling.analog_s,
        counters_s=polling.counters_s,
        refresh_s=common.refresh_s,
        profile=common.profile(own.voltage_profile),
        frequency=frequency_limits()["EN50160"],
        bands=hour_bands()[common.hour_bands],
        rule=common.rule(own.tariff),
        side=own.source_side,
        earthed=common.neutral == "earthed",
        base_current=own.base_current_a,
    )


def _coincidence(request: Request, fleet: FleetDemand) -> Figure:
    from celador.surfaces.supply import Figure

    until = min(request.period.end, request.now)
    factor, coverage = fleet.coincidence(len(request.chosen), until)
    note = "la suma, en los bloques de 15 min en que todos los equipos tienen datos"
    return Figure("coincidencia", "Factor de coincidencia", factor, "", coverage, note)
