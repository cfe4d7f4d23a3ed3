"""Short forms that a browser sends without scripts."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request

_LONGEST = 4096  # bytes


async def short_form(request: Request) -> dict[str, str] | None:
    """The fields of a form, the first of each name; None where it is longer than forms here are."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST:
            return None
    try:
        fields = parse_qs(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50
        )
    except ValueError:
        return None
    return {name: values[0] for name, values in fields.items()}
