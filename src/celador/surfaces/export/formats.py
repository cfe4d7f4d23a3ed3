"""The kinds of file that an export may be, and which one a file name asks for."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from enum import Enum
from typing import BinaryIO

from celador.domain.errors import UsageError
from celador.ports import HistoryReader, SampleQuery
from celador.surfaces.export.csv_file import ByteSink, export_csv
from celador.surfaces.export.parquet_file import export_parquet
from celador.surfaces.export.xlsx_file import export_xlsx

_FAST = 6  # zlib's usual level; more costs twice the time for a twentieth of the size


class FileKind(Enum):
    """A kind of file; the value is the end of its name."""

    CSV = "csv"
    CSV_GZ = "csv.gz"
    PARQUET = "parquet"
    XLSX = "xlsx"


_WRITERS = {FileKind.PARQUET: export_parquet, FileKind.XLSX: export_xlsx}


@dataclass(frozen=True, slots=True)
class ExportJob:
    """One export, ready to be written.

    Attributes:
        reader: where the samples are.
        query: which of them.
        names: name of each recloser by id.
        timezone: zone of the times that people read.
        kind: what file it becomes.
        decimal_comma: in CSV, 13,2 and semicolons.
    """

    reader: HistoryReader
    query: SampleQuery
    names: Mapping[int, str]
    timezone: tzinfo
    kind: FileKind = FileKind.CSV
    decimal_comma: bool = False

    def write(self, out: BinaryIO, progress: Callable[[int], None]) -> int:
        """Write the file in constant memory; `out` need not be seekable.

        Args:
            out: where the bytes go.
            progress: told, now and then, how many stored samples went in since last time.

        Returns:
            The number of rows written.

        Raises:
            ExportError: the rows do not fit in such a file.
            StoreError: the samples cannot be read.
        """
        if self.kind in _WRITERS:
            return _WRITERS[self.kind](
                self.reader,
                self.query,
                names=self.names,
                timezone=self.timezone,
                out=out,
                progress=progress,
            )
        if self.kind is FileKind.CSV_GZ:
            # No name and no time inside: the same samples make the same file.
            with gzip.GzipFile("", "wb", _FAST, out, mtime=0) as packed:
                return self._write_csv(packed, progress)
        return self._write_csv(out, progress)

    def _write_csv(self, out: ByteSink, progress: Callable[[int], None]) -> int:
        return export_csv(
            self.reader,
            self.query,
            names=self.names,
            timezone=self.timezone,
            decimal_comma=self.decimal_comma,
            out=out,
            progress=progress,
        )


def kind_of(name: str) -> FileKind:
    """The kind that a file's name asks for; `-`, standard output, is CSV.

    Raises:
        UsageError: the name ends like none of them.
    """
    if name == "-":
        return FileKind.CSV
    for kind in FileKind:
        if name.lower().endswith(f".{kind.value}"):
            return kind
    known = ", ".join(f".{kind.value}" for kind in FileKind)
    raise UsageError(f"{name!r} does not say which kind of file it is; end it in one of {known}")
