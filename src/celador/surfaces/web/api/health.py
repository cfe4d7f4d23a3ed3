"""What machines ask: whether we are well, and how we fare in figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from celador.domain.alarm import Priority
from celador.domain.errors import StoreError
from celador.surfaces.web.services import WebServices


async def health(services: WebServices) -> tuple[int, Mapping[str, Any]]:
    """Status and body of /healthz; names what is degraded and nothing that is secret.

    A lost link is no reason to start us anew, so the status is 200 as long as data can be read and
    stored.
    """
    degraded = []
    try:
        await services.history(lambda reader: reader.devices())
    except StoreError:
        degraded.append("history")
    if services.store is not None and services.store.health().trouble is not None:
        degraded.append("store")
    failing = bool(degraded)
    if services.live.is_blind(services.clock.now()):
        degraded.append("live")
    if any(known.link is False for known in services.live.devices.values()):
        degraded.append("links")
    status = "failing" if failing else "degraded" if degraded else "ok"
    return (503 if failing else 200), {"status": status, "degraded": degraded}


class _Fares(Collector):
    """The figures of the moment, read when they are asked for."""

    def __init__(self, services: WebServices) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        yield from self._devices()
        yield from self._alarms()
        yield from self._store()

    def _devices(self) -> Iterator[Metric]:
        link = GaugeMetricFamily(
            "celador_link_up", "1 while the recloser answers, 0 while not.", labels=["device"]
        )
        age = GaugeMetricFamily(
            "celador_sample_age_seconds", "Age of the latest sample.", labels=["device"]
        )
        now = self._services.clock.now()
        for known in self._services.live.devices.values():
            labels = [known.device.name]
            if known.link is not None:
                link.add_metric(labels, float(known.link))
            if known.sample is not None:
                age.add_metric(labels, (now - known.sample.at) / 1e6)
        yield link
        yield age

    def _alarms(self) -> Iterator[Metric]:
        alarms = GaugeMetricFamily(
            "celador_alarms", "Alarms whose life is not over.", labels=["priority"]
        )
        found = self._services.live.alarms()
        for priority in Priority:
            count = sum(1 for alarm in found if alarm.priority is priority)
            alarms.add_metric([priority.name.lower()], count)
        yield alarms

    def _store(self) -> Iterator[Metric]:
        if self._services.store is None:
            return
        health = self._services.store.health()
        yield GaugeMetricFamily(
            "celador_store_queued", "Records not yet durable.", value=health.queued
        )
        yield GaugeMetricFamily("celador_store_bytes", "Size of the store.", value=health.size)
        yield GaugeMetricFamily(
            "celador_store_trouble",
            "1 while nothing can be stored.",
            value=float(health.trouble is not None),
        )
        yield CounterMetricFamily(
            "celador_store_records", "Records made durable since the start.", value=health.stored
        )
        yield CounterMetricFamily(
            "celador_store_lost", "Records lost since the start.", value=health.lost
        )


class Figures:
    """Everything that /metrics says."""

    def __init__(self, services: WebServices, exports: CollectorRegistry) -> None:
        """Gather the figures.

        Args:
            services: of the room.
            exports: what the exports count.
        """
        self._registry = CollectorRegistry()
        self._registry.register(_Fares(services))
        self._exports = exports

    def text(self) -> bytes:
        """In Prometheus' text format 0.0.4."""
        return generate_latest(self._registry) + generate_latest(self._exports)
