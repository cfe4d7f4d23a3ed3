"""Export: stored samples as files for spreadsheets and for other programs."""

from celador.surfaces.export.arguments import (
    DEFAULT_COLUMNS,
    local_timezone,
    parse_columns,
    parse_every,
    parse_instant,
    parse_timezone,
    start_of_day,
)
from celador.surfaces.export.csv_file import export_csv
from celador.surfaces.export.formats import ExportJob, FileKind, kind_of
from celador.surfaces.export.replace import write_export, write_stream
from celador.surfaces.export.request import build_query, choose_devices, rows_in

__all__ = [
    "DEFAULT_COLUMNS",
    "ExportJob",
    "FileKind",
    "build_query",
    "choose_devices",
    "export_csv",
    "kind_of",
    "local_timezone",
    "parse_columns",
    "parse_every",
    "parse_instant",
    "parse_timezone",
    "rows_in",
    "start_of_day",
    "write_export",
    "write_stream",
]
