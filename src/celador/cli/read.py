"""`celador read`: one snapshot of one recloser, decoded."""

from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from celador.pipeline.snapshot import Reading
    from celador.profiles.schema import Point, Profile
    from celador.sources.modbus import ModbusLink


class Transport(Enum):
    """How a recloser is reached."""

    TCP = "tcp"
    RTU_OVER_TCP = "rtu-over-tcp"
    RTU = "rtu"


class Parity(Enum):
    """Parity of a serial line."""

    NONE = "N"
    EVEN = "E"
    ODD = "O"


class Language(Enum):
    """Language of what is said of a point."""

    ES = "es"
    EN = "en"


def read(
    host: Annotated[str, typer.Argument(help="Address of the recloser, or its serial port.")],
    port: Annotated[int, typer.Option("--port", "-p", help="TCP port.")] = 502,
    unit: Annotated[int, typer.Option("--unit", "-u", help="Modbus unit id.")] = 1,
    profile: Annotated[
        str, typer.Option(help="Device profile: a name of the library, or a file.")
    ] = "noja-rc10",
    transport: Annotated[
        Transport, typer.Option(help="With rtu, HOST is a serial port.")
    ] = Transport.TCP,
    baudrate: Annotated[int, typer.Option(help="Bits per second, serial only.")] = 9600,
    parity: Annotated[Parity, typer.Option(help="Serial only.")] = Parity.NONE,
    timeout: Annotated[float, typer.Option(help="Seconds of silence to bear.")] = 2.0,
    every: Annotated[
        bool, typer.Option("--all", help="Show also the status bits that are 0.")
    ] = False,
    language: Annotated[Language, typer.Option(help="Of the descriptions.")] = Language.ES,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Read everything a recloser tells, once; nothing is stored and nothing is written to it.

    celador read 192.168.0.10

    celador read 127.0.0.1 --port 5020 --json
    """
    from celador import app
    from celador.profiles.schema import load_profile
    from celador.sources.modbus import ModbusLink

    loaded = load_profile(profile)
    serial = transport is Transport.RTU
    link = ModbusLink(
        transport=transport.value,
        host="" if serial else host,
        port=port,
        unit=unit,
        timeout=timeout,
        serial_port=host if serial else "",
        baudrate=baudrate,
        parity=parity.value,
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


def _as_json(
    profile: Profile, host: str, readings: list[Reading], language: Language
) -> dict[str, Any]:
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


def _description(point: Point, language: Language) -> str:
    return point.description_es if language is Language.ES else point.description_en


_MARKS = {
    Language.ES: {
        "not_computable": "no calculable",
        "out_of_range": "! fuera de rango",
        "refused": "✕ rechazado",
        "good": "",
    },
    Language.EN: {
        "not_computable": "not computable",
        "out_of_range": "! out of range",
        "refused": "✕ refused",
        "good": "",
    },
}
_TITLES = {
    Language.ES: ("Ref.", "Punto", "Valor", "Unidad", "Crudo", "Descripción"),
    Language.EN: ("Ref.", "Point", "Value", "Unit", "Raw", "Description"),
}
_FOOT = {
    Language.ES: "{} bits en 0 sin mostrar (--all); edad del dato: {:.0f} ms",
    Language.EN: "{} bits at 0 not shown (--all); age of the data: {:.0f} ms",
}


def _print(readings: list[Reading], language: Language, *, every: bool) -> None:
    from celador.cli.tables import print_table

    # A hundred and fifty zeros hide the few bits that say something.
    shown = [
        reading
        for reading in readings
        if every or not (reading.point.table.is_bits and reading.value in (0, False))
    ]
    print_table(_TITLES[language], (_row(reading, language) for reading in shown))
    age = max((reading.age for reading in readings if reading.age is not None), default=0.0)
    typer.echo(_FOOT[language].format(len(readings) - len(shown), age * 1000))


def _row(reading: Reading, language: Language) -> tuple[str, ...]:
    point = reading.point
    value = "—" if reading.value is None else _text(reading, language)
    mark = _MARKS[language][reading.quality]
    return (
        str(point.reference or ""),
        point.symbol or point.key,
        f"{value} {mark}".rstrip(),
        point.unit,
        " ".join("—" if cell is None else str(cell) for cell in reading.raw),
        _description(point, language),
    )


def _text(reading: Reading, language: Language) -> str:
    for code, label in reading.point.labels:
        if code == reading.value:
            return label.es if language is Language.ES else label.en
    if isinstance(reading.value, bool):
        return str(int(reading.value))
    return str(reading.value)
