"""Samples as an Excel workbook (Office Open XML, ECMA-376), streamed.

The sheet is written straight into the archive, row by row: a library that keeps rows in temporary
files needs some 400 MB of disk for a full sheet, which a container with a read-only file system
does not have, and whoever downloads would wait until the last row.

A spreadsheet knows no time zones. Times are therefore local wall times, and the heading tells the
zone and its offset; where the clocks change within the range, each row tells its own offset.
"""

from __future__ import annotations

import itertools
import re
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo
from typing import BinaryIO
from xml.sax.saxutils import escape

from celador.domain.errors import ExportError
from celador.domain.sample import Value
from celador.ports import HistoryReader, SampleQuery, SampleRow
from celador.surfaces.export.offsets import Offset, offsets
from celador.surfaces.export.request import rows_in

MAX_ROWS = 1_048_576
"""Rows of a sheet, the heading included (Excel specifications and limits)."""

_MAX_SHEET_BYTES = 2**31 - 1  # beyond it the archive needs ZIP64, which Excel offers to repair
_CELL_BYTES = 48  # more than any cell takes
_DAY_US = 86_400_000_000
_EPOCH_SERIAL = 25_569  # days from 1899-12-30, where Excel's count begins, to 1970-01-01
_ROWS_AT_ONCE = 200  # a row of all columns is 5 kB on its way into the sheet
_FOREIGN_TO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f"""{_XML}<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>
<Override PartName="/xl/styles.xml" ContentType="{_SHEET_TYPE}.styles+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET_TYPE}.worksheet+xml"/>
</Types>""",
    "_rels/.rels": f"""{_XML}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/>
</Relationships>""",
    "xl/_rels/workbook.xml.rels": f"""{_XML}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId2" Type="{_DOCUMENT}/styles" Target="styles.xml"/>
</Relationships>""",
    "xl/workbook.xml": f"""{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}">
<sheets><sheet name="mediciones" sheetId="1" r:id="rId1"/></sheets></workbook>""",
    # Styles of a cell by number: 0 plain, 1 a time in seconds, 2 a time in milliseconds, 3 heading.
    "xl/styles.xml": f"""{_XML}<styleSheet xmlns="{_MAIN}">
<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>
<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss.000"/></numFmts>
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>
<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill>
<fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>
</styleSheet>""",
}


def export_xlsx(
    reader: HistoryReader,
    query: SampleQuery,
    *,
    names: Mapping[int, str],
    timezone: tzinfo,
    out: BinaryIO,
    progress: Callable[[int], None],
) -> int:
    """Write the rows of a query as an Excel workbook of one sheet; the columns are the CSV's.

    Args:
        reader: where the samples are.
        query: which samples and columns.
        names: name of each recloser by id.
        timezone: zone of `fecha_hora`.
        out: where the bytes go; it is only written to.
        progress: told, now and then, how many stored samples went in since it was last told.

    Returns:
        The number of rows written, without the heading.

    Raises:
        ExportError: the rows do not fit in a sheet; nothing has been written then.
    """
    now = time.time_ns() // 1000
    _ensure_it_fits(rows_in(reader, query, now), len(query.columns) + 4)
    sheet = _Sheet(query, names, str(timezone), _shifts(query, timezone, now))
    written = 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _PARTS.items():
            archive.writestr(_member(name), text)
        with archive.open(_member("xl/worksheets/sheet1.xml"), "w") as part:
            part.write(sheet.beginning().encode())
            rows = reader.samples(query)
            while batch := list(itertools.islice(rows, _ROWS_AT_ONCE)):
                part.write("".join(sheet.lines(batch, written + 2)).encode())
                written += len(batch)
                progress(sum(row.count for row in batch))
            part.write(b"</sheetData></worksheet>")
    return written


def _shifts(query: SampleQuery, zone: tzinfo, now: int) -> list[Offset]:
    # The first window may begin before the range. Nothing is stored of a time far ahead, so a range
    # without an end is not searched to its end.
    width = (query.every or 0) * 1_000_000
    first = query.start - (query.start - query.origin) % width if width else query.start
    return list(offsets(zone, first, max(first + 1, min(query.end, now + _DAY_US))))


def _ensure_it_fits(rows: int, columns: int) -> None:
    if rows >= MAX_ROWS:
        raise ExportError(
            f"a sheet holds {MAX_ROWS - 1:,} rows and this would be {rows:,}; "
            "choose a shorter range, longer windows, or CSV"
        )
    if rows * columns * _CELL_BYTES > _MAX_SHEET_BYTES:
        raise ExportError(
            f"{rows:,} rows of {columns} columns are too much for one workbook; "
            "choose fewer columns, a shorter range, or CSV"
        )


def _member(name: str) -> zipfile.ZipInfo:
    # With a fixed time inside, the same samples make the same file.
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


class _Sheet:
    """The text of the sheet's part."""

    def __init__(
        self, query: SampleQuery, names: Mapping[int, str], zone: str, shifts: list[Offset]
    ) -> None:
        self._names = {key: _text(name) for key, name in names.items()}
        self._shifts = shifts
        self._shift = shifts[0]
        self._many = len(shifts) > 1
        self._counted = query.every is not None
        self._style = 1 if self._counted and query.origin % 1_000_000 == 0 else 2
        where = zone if self._many else f"{zone}, {shifts[0].text}"
        extra = ["desfase"] if self._many else []
        self._heading = [f"fecha_hora ({where})", *extra, "equipo", *query.columns]
        self._heading += ["muestras"] if self._counted else []
        self._letters = [_letters(number) for number in range(len(self._heading))]

    def beginning(self) -> str:
        """Everything before the first row of samples."""
        cells = (
            f'<c r="{letter}1" s="3" t="inlineStr">{_text(title)}</c>'
            for letter, title in zip(self._letters, self._heading, strict=True)
        )
        return (
            f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
            "</sheetView></sheetViews>"
            '<cols><col min="1" max="1" width="26" customWidth="1"/></cols>'
            f'<sheetData><row r="1">{"".join(cells)}</row>'
        )

    def lines(self, rows: list[SampleRow], number: int) -> Iterator[str]:
        """The rows as XML, the first of them with this number."""
        first = 3 if self._many else 2
        for at, row in enumerate(rows, number):
            yield f'<row r="{at}">{self._begin(row, at)}'
            values = (*row.values, row.count) if self._counted else row.values
            for letter, value in zip(self._letters[first:], values, strict=True):
                if value is not None:
                    yield f'<c r="{letter}{at}"><v>{_number(value)}</v></c>'
            yield "</row>"

    def _begin(self, row: SampleRow, at: int) -> str:
        """Time, offset where it changes, and recloser."""
        shift = self._shift_at(row.at)
        serial = (row.at + shift.seconds * 1_000_000) / _DAY_US + _EPOCH_SERIAL
        text = f'<c r="A{at}" s="{self._style}"><v>{serial!r}</v></c>'
        if self._many:
            text += f'<c r="B{at}" t="inlineStr"><is><t>{shift.text}</t></is></c>'
        where = self._letters[2 if self._many else 1]
        return f'{text}<c r="{where}{at}" t="inlineStr">{self._names[row.device_id]}</c>'

    def _shift_at(self, instant: int) -> Offset:
        if not self._shift.start <= instant < self._shift.end:
            self._shift = [each for each in self._shifts if each.start <= instant][-1]
        return self._shift


def _text(text: str) -> str:
    return f"<is><t>{escape(_FOREIGN_TO_XML.sub(chr(0xFFFD), text))}</t></is>"


def _number(value: Value) -> str:
    return "0" if value == 0 else f"{value:.15g}"


def _letters(column: int) -> str:
    """The name of a column counted from 0: A to Z, AA, AB ..."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
