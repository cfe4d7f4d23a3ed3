"""The alarms tied to configuration and store: settings, the clerk of requests, passing time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

from celador.config import Config, DeviceConfig, kinds_of
from celador.pipeline.alarms.centre import AlarmCentre
from celador.pipeline.alarms.requests import Ledger, RequestClerk
from celador.pipeline.alarms.settings import AlarmSettings
from celador.ports import Clock, EdgeStore
from celador.stores.sqlite.reader import SqliteReader
from celador.stores.sqlite.requests import SqliteRequestBox
from celador.surfaces.notify.build import zone_of

_TICK = 1.0  # s between looks at what only time brings about


def alarm_settings(config: Config, device: DeviceConfig) -> AlarmSettings:
    """What the rules of alarms are told of a recloser: [alarms] with the device's own over it."""
    general, own, polling = config.alarms, device.alarms, config.polling_of(device)
    layers = (general.catalogue, own.catalogue)

    def chosen(name: str) -> Any:  # noqa: ANN401 -- the type of the setting
        value = getattr(own, name)
        return getattr(general, name) if value is None else value

    return AlarmSettings(
        kinds=kinds_of(*layers),
        own_delays=frozenset(
            code
            for layer in layers
            for code, entry in layer.items()
            if entry.on_delay_s is not None
        ),
        nominal_voltage=device.nominal_voltage_v,
        source_side=device.source_side,
        status_period_s=min(polling.status_s, polling.analog_s),
        analog_period_s=polling.analog_s,
        counters_period_s=polling.counters_s,
        link=chosen("link"),
        expected={
            name: True if chosen(f"expected_{name}") == "on" else None
            for name in ("ar", "ef", "sef")
        },
        expected_group=chosen("expected_group"),
        reverse_flow_expected=chosen("reverse_flow_expected"),
        own_orders=chosen("own_orders"),
        autonomy_h=chosen("autonomy_h"),
        line_limit_a=own.line_limit_a,
        transformer_limit_a=own.transformer_limit_a,
        oc1_pickup_a=own.oc1_pickup_a,
        ef1_pickup_a=own.ef1_pickup_a,
        base_current_a=device.base_current_a,
        feeder=device.feeder,
        zone=zone_of(config),
    )


def request_clerk(
    config: Config, centre: AlarmCentre, store: EdgeStore, clock: Clock
) -> RequestClerk:
    """The clerk of a monitor: it takes the requests from the box beside the store."""
    path = config.store.path

    def asked(question: Callable[[SqliteReader], bool]) -> bool:
        with closing(SqliteReader(path)) as reader:
            return question(reader)

    ledger = Ledger(
        has_outage=lambda device, key: asked(lambda reader: reader.has_outage(device, key)),
        was_told=lambda point, since: asked(lambda reader: reader.was_told(point, since)),
    )
    return RequestClerk(SqliteRequestBox.beside(path), centre, store, clock, ledger)


async def pass_time(centre: AlarmCentre, store: EdgeStore, clock: Clock) -> None:
    """What time alone brings about: silent devices, shelves that are over."""
    while True:
        await clock.sleep(_TICK)
        store.add(centre.pass_time(clock.now()))
