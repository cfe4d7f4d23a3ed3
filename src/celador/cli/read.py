"""`celador read`: one snapshot of one recloser, decoded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from celador.pipeline.snapshot import Reading
    from celador.profiles.schema import Point, Profile
    from celador.sources.modbus import ModbusLink


def read(
    host: Annotated[str, typer.Argument(help="Address of the recloser, or its serial port.")],
    port: Annotated[int, typer.Option("--port", "-p", help="TCP port.")] = 502,
    unit: Annotated[int, typer.Option("--unit", "-u", help="Modbus unit id.")] = 1,
    profile: Annotated[
        str, typer.Option(help="Device profile: a name of the library, or a file.")
    ] = "noja-rc10",
    transport: Annotated[
        str, typer.Option(help="tcp, rtu-over-tcp, or rtu (HOST is then a serial port).")
    ] = "tcp",
    baudrate: Annotated[int, typer.Option(help="Bits per second, serial only.")] = 9600,
    parity: Annotated[str, typer.Option(help="N, E or O, serial only.")] = "N",
    timeout: Annotated[float, typer.Option(help="Seconds of silence to bear.")] = 2.0,
    every: Annotated[
        bool, typer.Option("--all", help="Show also the status bits that are 0.")
    ] = False,
    language: Annotated[str, typer.Option(help="Of the descriptions: es or en.")] = "es",
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Read everything a recloser tells, once; nothing is stored and nothing is written to it.

    celador read 192.168.0.10

    celador read 127.0.0.1 --port 5020 --json
    """
    from celador import app
    from celador.domain.errors import UsageError
    from celador.profiles.schema import load_profile
    from celador.sources.modbus import ModbusLink

    if transport not in ("tcp", "rtu-over-tcp", "rtu"):
        raise UsageError(f"transport {transport!r} is unknown; say tcp, rtu-over-tcp or rtu.")
    if parity not in ("N", "E", "O"):
        raise UsageError(f"parity {parity!r} is unknown; say N, E or O.")
    if language not in ("es", "en"):
        raise UsageError(f"language {language!r} is not there; say es or en.")
    loaded = load_profile(profile)
    serial = transport == "rtu"
    link = ModbusLink(
        transport=transport,
        host="" if serial else host,
        port=port,
        unit=unit,
        timeout=timeout,
        serial_port=host if serial else "",
        baudrate=baudrate,
        parity=parity,
        stopbits=1,
    )
    readings = app.run(_snapshot(loaded, link, host))
    if as_json:
        typer.echo(json.dumps(_as_json(loaded, host, readings, language), ensure_ascii=False))
    else:
        _print(readings, language, every=every)


async def _snapshot(profile: Profile, link: ModbusLink, name: str) -> list[Reading]:
    from celador.clock import SystemClock
    from celador.pipeline.snapshot import snapshot
    from celador.sources.modbus import ModbusSource

    clock = SystemClock()
    source = ModbusSource(link, clock, name=name)
    try:
        return await snapshot(source, profile, clock)
    finally:
        await source.close()


def _as_json(profile: Profile, host: str, readings: list[Reading], language: str) -> dict[str, Any]:
    return {
        "host": host,
        "profile": profile.name,
        "points": [
            {
                "key": r.point.key,
                "reference": r.point.reference,
                "table": r.point.table.value,
                "address": r.point.address,
                "value": r.value,
                "unit": r.point.unit,
                "raw": list(r.raw),
                "quality": r.quality,
                "age_s": None if r.age is None else round(r.age, 3),
                "description": _description(r.point, language),
            }
            for r in readings
        ],
    }


def _description(point: Point, language: str) -> str:
    return point.description_es if language == "es" else point.description_en


_MARKS = {
    "es": {
        "not_computable": "no calculable",
        "out_of_range": "! fuera de rango",
        "refused": "✕ rechazado",
        "good": "",
    },
    "en": {
        "not_computable": "not computable",
        "out_of_range": "! out of range",
        "refused": "✕ refused",
        "good": "",
    },
}
_TITLES = {
    "es": ("Ref.", "Punto", "Valor", "Unidad", "Crudo", "Descripción"),
    "en": ("Ref.", "Point", "Value", "Unit", "Raw", "Description"),
}


def _print(readings: list[Reading], language: str, *, every: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    for title in _TITLES[language]:
        numeric = title in (*_TITLES["es"][2:5:2], *_TITLES["en"][2:5:2])
        table.add_column(title, justify="right" if numeric else "left")
    hidden = 0
    for reading in readings:
        # A hundred and fifty zeros hide the few bits that say something.
        if reading.point.table.is_bits and reading.value in (0, False) and not every:
            hidden += 1
            continue
        _add_row(table, reading, language)
    console = Console()
    console.print(table)
    age = max((reading.age for reading in readings if reading.age is not None), default=0.0)
    foot = {
        "es": f"{hidden} bits en 0 sin mostrar (--all); edad del dato: {age * 1000:.0f} ms",
        "en": f"{hidden} bits at 0 not shown (--all); age of the data: {age * 1000:.0f} ms",
    }
    console.print(foot[language], style="dim")


def _add_row(table: Table, reading: Reading, language: str) -> None:
    point = reading.point
    value = "—" if reading.value is None else _text(reading, language)
    mark = _MARKS[language][reading.quality]
    table.add_row(
        str(point.reference or ""),
        point.symbol or point.key,
        f"[italic]{value} {mark}[/]" if mark else value,
        point.unit,
        " ".join("—" if cell is None else str(cell) for cell in reading.raw),
        _description(point, language),
    )


def _text(reading: Reading, language: str) -> str:
    for code, label in reading.point.labels:
        if code == reading.value:
            return label.es if language == "es" else label.en
    if isinstance(reading.value, bool):
        return str(int(reading.value))
    return str(reading.value)
