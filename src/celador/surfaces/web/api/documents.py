"""The parameters of the API as its OpenAPI document shows them; `asking` reads them."""

from __future__ import annotations

from typing import Annotated

from celador.surfaces.export_http.parameters import text

_From = Annotated[str | None, text("First instant.", "2026-11-01T00:00", alias="from")]
_To = Annotated[str | None, text("Instant before which it ends; else now.", "now")]
_Devices = Annotated[list[str] | None, text("Name or id; may be repeated; else all.", "norte")]
_Zone = Annotated[
    str | None, text("Zone of all times; else the server's.", "America/Argentina/Cordoba")
]
_Limit = Annotated[str | None, text("Most records, 1 to 10000; else 1000.", "1000")]
_Cursor = Annotated[str | None, text("`next` of the answer before.", "3-1784332800000000")]


def record_parameters(
    start: _From = None,
    to: _To = None,
    device: _Devices = None,
    timezone: _Zone = None,
    limit: _Limit = None,
    cursor: _Cursor = None,
) -> None:
    """Parameters of lists of records."""


def sample_parameters(
    columns: Annotated[
        str | None, text("Columns of mediciones with commas between.", "ia,ib,ic,estado")
    ] = None,
    every: Annotated[str | None, text("One row per window; else every sample.", "15min")] = None,
) -> None:
    """Parameters of samples, besides those of records."""


def export_format(
    format: Annotated[str, text("csv, xlsx or parquet.", "csv")] = "csv",  # noqa: A002 -- the name in the address
) -> None:
    """Which file is wanted."""


def open_only(
    open: Annotated[  # noqa: A002 -- the name in the address
        str | None, text("true: those whose life is not over, the most urgent first.", "true")
    ] = None,
) -> None:
    """Which alarms are wanted."""
