"""What the service counts of itself, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """Counters of one service; every label has few values, none comes from a request."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "celador_export_requests",
            "Exports asked for, by format and how they ended.",
            ["format", "outcome"],
            registry=self.registry,
        )
        self.rows = Counter(
            "celador_export_rows", "Rows written.", ["format"], registry=self.registry
        )
        self.bytes = Counter(
            "celador_export_bytes", "Bytes sent.", ["format"], registry=self.registry
        )
        self.seconds = Histogram(
            "celador_export_seconds",
            "How long exports take.",
            ["format"],
            buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 1800),
            registry=self.registry,
        )
        self.running = Gauge(
            "celador_exports_running", "Exports under way.", registry=self.registry
        )

    def text(self) -> bytes:
        """Everything in Prometheus' text format 0.0.4."""
        return generate_latest(self.registry)
