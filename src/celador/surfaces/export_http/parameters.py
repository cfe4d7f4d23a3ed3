"""The parameters of an export as the OpenAPI documents show them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query


def text(description: str, example: str, alias: str | None = None) -> Any:  # noqa: ANN401 -- as FastAPI's own Query
    """A parameter as /openapi.json shows it."""
    return Query(alias=alias, description=description, examples=[example])


def documented(
    start: Annotated[
        str | None, text("First instant; needed.", "2026-11-01T00:00", alias="from")
    ] = None,
    to: Annotated[str | None, text("Instant before which it ends; else now.", "now")] = None,
    device: Annotated[
        list[str] | None, text("Name or id of a recloser; may be repeated; else all.", "norte")
    ] = None,
    columns: Annotated[
        str | None, text("Columns of mediciones with commas between.", "ia,ib,ic,estado")
    ] = None,
    every: Annotated[str | None, text("One row per window; else every sample.", "15min")] = None,
    timezone: Annotated[
        str | None, text("Zone of all times; else the server's.", "America/Argentina/Cordoba")
    ] = None,
    decimal: Annotated[str | None, text("point or comma; CSV only.", "comma")] = None,
) -> None:
    """The parameters as /openapi.json shows them; `understand` reads them as they came."""
