"""What a client accepts."""

from __future__ import annotations

from starlette.datastructures import Headers


def takes_gzip(headers: Headers) -> bool:
    """Whether the client accepts gzip (RFC 9110, clause 12.5.3)."""
    weights: dict[str, float] = {}
    for part in headers.get("accept-encoding", "").split(","):
        coding, _, parameter = part.strip().lower().partition(";")
        name, _, weight = parameter.strip().partition("=")
        try:
            weights[coding.strip()] = float(weight) if name.strip() == "q" else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0  # what cannot be understood is not accepted
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0
