"""Samples as Parquet, streamed: for pandas, DuckDB, Spark and whatever comes after them.

Instants are UTC in microseconds and declared as such; the zone in which they were asked for stands
in the metadata (`zona_horaria`), and the units of the columns too (`unidades`, as JSON). Numbers
are numbers, and what is not there is null.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import BinaryIO

from celador.domain.quantities import BY_NAME
from celador.ports import HistoryReader, SampleQuery
from celador.surfaces.export.parquet_format import Column, ParquetWriter, Type

_ROWS_AT_ONCE = 500
_ROWS_IN_GROUP = 10_000  # 8 bytes of memory a value; of each group 1 kB waits for the footer


def export_parquet(
    reader: HistoryReader,
    query: SampleQuery,
    *,
    names: Mapping[int, str],
    timezone: tzinfo,
    out: BinaryIO,
    progress: Callable[[int], None],
) -> int:
    """Write the rows of a query as Parquet; the columns are those of the CSV.

    Args:
        reader: where the samples are.
        query: which samples and columns.
        names: name of each recloser by id.
        timezone: kept in the metadata; instants are UTC.
        out: where the bytes go; it is only written to.
        progress: told, now and then, how many stored samples went in since it was last told.

    Returns:
        The number of rows written.
    """
    columns = _columns(query)
    counts = [columns.pop()] if query.every is not None else []
    instants, reclosers, *quantities = columns
    writer = ParquetWriter(out, [*columns, *counts])
    rows = reader.samples(query)
    written = waiting = 0
    while batch := list(itertools.islice(rows, _ROWS_AT_ONCE)):
        instants.add([row.at for row in batch])
        reclosers.add([names[row.device_id] for row in batch])
        for column, values in zip(
            quantities, zip(*(row.values for row in batch), strict=True), strict=True
        ):
            column.add(values)
        for column in counts:
            column.add([row.count for row in batch])
        written += len(batch)
        waiting += len(batch)
        progress(sum(row.count for row in batch))
        if waiting >= _ROWS_IN_GROUP:
            writer.write_group(waiting)
            waiting = 0
    if waiting:
        writer.write_group(waiting)
    writer.finish(_about(query, str(timezone)), "celador")
    return written


def _columns(query: SampleQuery) -> list[Column]:
    columns = [Column("fecha_hora", Type.INSTANT, False), Column("equipo", Type.TEXT, False)]
    for name in query.columns:
        quantity = BY_NAME.get(name)
        whole = quantity is None or (quantity.integer and query.every is None)
        columns.append(Column(name, Type.INT32 if whole else Type.DOUBLE, True))
    if query.every is not None:
        columns.append(Column("muestras", Type.INT64, False))
    return columns


def _about(query: SampleQuery, zone: str) -> dict[str, str]:
    quantities = [BY_NAME[name] for name in query.columns if name in BY_NAME]
    units = {each.name: each.unit for each in quantities if each.unit}
    return {"zona_horaria": zone, "unidades": json.dumps(units, ensure_ascii=False)}
