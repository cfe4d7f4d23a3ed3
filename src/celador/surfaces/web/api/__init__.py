"""The REST API, version 1, and what machines ask: /healthz and /metrics."""
