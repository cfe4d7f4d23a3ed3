"""The reports on the supply made from a history and a configuration, for commands and screens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from celador.config import Config, DeviceConfig
from celador.domain.device import Device
from celador.domain.periods import Period
from celador.domain.quality.catalogue import frequency_limits, hour_bands
from celador.domain.reliability.indices import Totals
from celador.domain.reliability.network import Node
from celador.domain.writing import Text
from celador.pipeline.quality.cells import SIDES, columns_of
from celador.pipeline.quality.fleet import FleetDemand
from celador.pipeline.quality.report import (
    READING_COLUMNS,
    QualityMeter,
    QualityReport,
    QualitySettings,
)
from celador.pipeline.reliability import (
    DeviceReliability,
    ReliabilityMeter,
    ReliabilityReport,
    ReliabilitySettings,
)
from celador.ports import SampleQuery, SampleRow, SupplyReader
from celador.surfaces.supply.figure import Figure

_TOLD_EVERY = 20_000  # samples between two words about the progress

Progress = Callable[[float], None]
"""Told now and then how far a report has come, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is made of.

    Attributes:
        reader: the history.
        config: the settings.
        period: which stretch of time.
        zone: whose clock.
        now: the present, UTC in microseconds since 1970.
    """

    reader: SupplyReader
    config: Config
    period: Period
    zone: tzinfo
    now: int


def settings_of(config: Config, device: Device) -> DeviceConfig:
    """The settings of a recloser; the defaults where the configuration does not have it."""
    for each in config.devices:
        if each.id == device.id:
            return each
    return DeviceConfig(
        id=device.id,
        name=device.name,
        nominal_voltage_v=device.nominal_voltage,
        customers=device.customers,
        kva=device.kva,
    )


def quality_report(
    asked: Asked,
    device: Device,
    fleet: FleetDemand | None = None,
    progress: Progress = lambda _share: None,
) -> QualityReport:
    """The quality of supply of one recloser.

    Args:
        asked: what it is made of.
        device: the recloser.
        fleet: told the demand of each block.
        progress: told how far it is.

    Raises:
        StoreError: the history cannot be read.
    """
    settings, period = _quality_settings(asked.config, device), asked.period
    columns = columns_of(SIDES[settings.side])
    rows = asked.reader.samples(SampleQuery(period.start, period.end, columns, (device.id,)))
    margin = round(2_000_000 * settings.counters_s)
    readings = asked.reader.readings(
        period.start - margin, period.end + margin, READING_COLUMNS, device.id
    )
    operations = asked.reader.operations(period.start, period.end, (device.id,))
    meter = QualityMeter(device.id, period, settings, asked.zone, asked.now, fleet)
    until = max(period.start + 1, min(period.end, asked.now))
    return meter.measure(_told(rows, period.start, until, progress), readings, operations)


def _told(
    rows: Iterator[SampleRow], start: int, end: int, progress: Progress
) -> Iterator[SampleRow]:
    for number, row in enumerate(rows):
        if number % _TOLD_EVERY == 0:
            progress(min(1.0, (row.at - start) / (end - start)))
        yield row


def _quality_settings(config: Config, device: Device) -> QualitySettings:
    own, common = settings_of(config, device), config.quality
    polling = config.polling_of(own)
    return QualitySettings(
        nominal_voltage=own.nominal_voltage_v,
        period_s=period_of(config, device),
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


def period_of(config: Config, device: Device) -> float:
    """How often its voltages are read, s: by whoever reads them, whatever configuration is here."""
    return device.period_s or config.polling_of(settings_of(config, device)).analog_s


def coincidence_figure(asked: Asked, fleet: FleetDemand, devices: int) -> Figure:
    """How far the demands of some reclosers fall together."""
    factor, coverage = fleet.coincidence(devices, min(asked.period.end, asked.now))
    note = Text(
        "la suma, en los bloques de 15 min en que todos los equipos tienen datos",
        "the sum, in the blocks of 15 min in which every recloser has data",
    )
    name = Text("Factor de coincidencia", "Coincidence factor")
    return Figure("coincidencia", name, factor, "", coverage, note)


def reliability_report(
    asked: Asked,
    devices: Sequence[Device],
    *,
    without_planned: bool,
    progress: Progress = lambda _share: None,
) -> ReliabilityReport:
    """The reliability of every recloser and of the fleet.

    Args:
        asked: what it is made of.
        devices: every recloser that the history knows.
        without_planned: leave out what is marked as planned.
        progress: told how far it is.

    Raises:
        StoreError: the history cannot be read.
    """
    meter = _reliability(asked, devices, (), without_planned=without_planned)
    return meter.report(lambda done: progress(done / len(devices)))


def reliability_of(
    asked: Asked,
    devices: Sequence[Device],
    chosen: Sequence[Device],
    *,
    without_planned: bool,
    progress: Progress = lambda _share: None,
) -> Sequence[DeviceReliability]:
    """The reliability of some reclosers, of which alone samples and interruptions are read.

    Args:
        asked: what it is made of.
        devices: every recloser that the history knows.
        chosen: those to tell about.
        without_planned: leave out what is marked as planned.
        progress: told how far it is.

    Raises:
        StoreError: the history cannot be read.
    """
    ids = [each.id for each in chosen]
    meter = _reliability(asked, devices, ids, without_planned=without_planned)
    return meter.reclosers(lambda done: progress(done / len(ids)))


def _reliability(
    asked: Asked, devices: Sequence[Device], chosen: Sequence[int], *, without_planned: bool
) -> ReliabilityMeter:
    config, system = asked.config, asked.config.reliability
    settings = ReliabilitySettings(
        nodes=_nodes(config, devices),
        system=Totals(system.customers, system.kva),
        period_s={each.id: period_of(config, each) for each in devices},
        without_planned=without_planned,
    )
    return ReliabilityMeter(asked.reader, settings, asked.period, asked.zone, asked.now, chosen)


def _nodes(config: Config, devices: Sequence[Device]) -> list[Node]:
    """The tree of all reclosers that the history knows."""
    ids = {each.name: each.id for each in config.devices}
    known = {each.id for each in devices}
    nodes = []
    for device in devices:
        own = settings_of(config, device)
        parent = ids.get(own.parent) if own.parent is not None else None
        nodes.append(Node(device.id, parent if parent in known else None, own.customers, own.kva))
    return nodes
