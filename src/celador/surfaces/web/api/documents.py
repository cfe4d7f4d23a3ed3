"""The parameters of the API as its OpenAPI document shows them; `asking` reads them."""

from __future__ import annotations

from typing import Annotated, Any

from celador.surfaces.export_http.document import FILE, Answers, answer, refusals
from celador.surfaces.export_http.parameters import text

_From = Annotated[str | None, text("First instant.", "2026-11-01T00:00", alias="from")]
_To = Annotated[str | None, text("Instant before which it ends; else now.", "now")]
_Devices = Annotated[list[str] | None, text("Name or id; may be repeated; else all.", "norte")]
_Zone = Annotated[
    str | None, text("Zone of all times; else the server's.", "America/Argentina/Cordoba")
]
_Limit = Annotated[str | None, text("Most records, 1 to 10000; else 1000.", "1000")]
_Cursor = Annotated[str | None, text("`next` of the answer before.", "3-1784332800000000")]


_PROBLEM = {
    "type": "object",
    "required": ["type", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence, with the mend."},
    },
}
_ROW = {"type": "object", "description": "Columns as in docs/esquema.md; null is not known."}
_DONE = {
    "type": "object",
    "required": ["ticket", "done"],
    "properties": {
        "ticket": {"type": "string"},
        "done": {"type": ["boolean", "null"], "description": "null: nobody has answered yet."},
        "texto": {"type": "string"},
        "texto_en": {"type": "string"},
    },
}
_WELL = {
    "type": "object",
    "required": ["status", "degraded"],
    "properties": {
        "status": {"enum": ["ok", "degraded", "failing"]},
        "degraded": {"type": "array", "items": {"type": "string"}},
    },
}
SHELVING = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["minutes", "reason"],
                    "properties": {
                        "minutes": {"type": "integer", "minimum": 1, "maximum": 720},
                        "reason": {"type": "string", "minLength": 1, "maxLength": 500},
                    },
                }
            }
        },
    }
}
"""What is sent to put an alarm away."""


def refused(*statuses: int) -> Answers:
    """The refusals that there may be, with those of the guard."""
    return refusals("application/problem+json", _PROBLEM, 401, 403, 421, 429, *statuses)


def a_list(name: str, *, paged: bool = True) -> Answers:
    """The answers to who asks for a list."""
    properties: dict[str, Any] = {name: {"type": "array", "items": _ROW}}
    if paged:
        said = "What `cursor` is for the rest; null: there is none."
        properties["next"] = {"type": ["string", "null"], "description": said}
    schema = {"type": "object", "required": list(properties), "properties": properties}
    return {200: answer(schema)} | refused(400, 503)


def a_file() -> Answers:
    """The answers to who asks for a file."""
    return FILE | refused(400, 503)


def an_action(*statuses: int) -> Answers:
    """The answers to who asks for something to be done."""
    done = {200: answer(_DONE), 202: answer(_DONE, "Left for the monitor.")}
    return {**done, 409: answer(_DONE, "It cannot be done.")} | refused(404, 503, *statuses)


def wellness() -> Answers:
    """The answers of /healthz."""
    return {200: answer(_WELL), 503: answer(_WELL, "Data cannot be read, or not be stored.")}


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
