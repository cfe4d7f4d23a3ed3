"""`celador read`: one snapshot of one recloser, decoded."""

from __future__ import annotations

import json
import math
import re
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from celador.domain.errors import DeviceRefusedError, SourceError, UsageError
from celador.domain.link_limits import (
    BAUDRATE,
    HOST_PATTERN,
    PARITY,
    PORT,
    SERIAL_UNITS,
    STOPBITS,
    TIMEOUT_S,
    UNIT,
)

if TYPE_CHECKING:
    from celador.domain.blocks import Block, Reply
    from celador.pipeline.snapshot import Reading
    from celador.ports import Source
    from celador.profiles.schema import Point, Profile
    from celador.sources.modbus import ModbusLink


# The gateway speaks for a device that it does not reach (MODBUS Application Protocol, clause 7).
_GATEWAY_CODES = (10, 11)


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


_PARITY = Parity(PARITY)


class Language(Enum):
    """Language of what is said of a point."""

    ES = "es"
    EN = "en"


def read(
    host: Annotated[str, typer.Argument(help="Address of the recloser, or its serial port.")],
    port: Annotated[
        int, typer.Option("--port", "-p", help="TCP port.", min=PORT.least, max=PORT.most)
    ] = PORT.default,
    unit: Annotated[
        int, typer.Option("--unit", "-u", help="Modbus unit id.", min=UNIT.least, max=UNIT.most)
    ] = UNIT.default,
    profile: Annotated[
        str, typer.Option(help="Device profile: a name of the library, or a file.")
    ] = "noja-rc10",
    transport: Annotated[
        Transport, typer.Option(help="With rtu, HOST is a serial port.")
    ] = Transport.TCP,
    baudrate: Annotated[
        int,
        typer.Option(help="Bits per second, serial only.", min=BAUDRATE.least, max=BAUDRATE.most),
    ] = BAUDRATE.default,
    parity: Annotated[Parity, typer.Option(help="Serial only.")] = _PARITY,
    stopbits: Annotated[int, typer.Option(help="Serial only.", min=1, max=2)] = STOPBITS,
    timeout: Annotated[
        float,
        typer.Option(help="Seconds of silence to bear.", min=TIMEOUT_S.least, max=TIMEOUT_S.most),
    ] = TIMEOUT_S.default,
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
    from celador import loop
    from celador.cli.runtime import say_links_once
    from celador.profiles.schema import load_profile
    from celador.sources.modbus import ModbusLink

    _check(host, unit, timeout, transport)
    say_links_once()
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
        stopbits=stopbits,
    )
    readings = loop.run(_snapshot(loaded, link))
    if as_json:
        typer.echo(json.dumps(_as_json(loaded, host, readings, language), ensure_ascii=False))
    else:
        _print(readings, language, every=every)


def _check(host: str, unit: int, timeout: float, transport: Transport) -> None:
    """What the limits of the options cannot say."""
    if not math.isfinite(timeout):
        raise UsageError(f"--timeout is {timeout}; give a number of seconds")
    if not host.strip():
        raise UsageError("the address is empty; give that of the recloser, such as 192.168.0.10")
    if transport is not Transport.TCP and unit not in SERIAL_UNITS:
        raise UsageError(
            f"--unit is {unit}, which no device on a serial line may have; give one from 1 to 247"
        )
    if transport is Transport.RTU:
        return
    if found := re.fullmatch(r"([^:]+):(\d+)", host):
        raise UsageError(f"{host!r} is an address with a port; write {found[1]} --port {found[2]}")
    if not re.fullmatch(HOST_PATTERN, host):
        raise UsageError(
            f"{host!r} is no address; give a name or an IP address alone, without http:// or a path"
        )


class _Remembering:
    """A source that keeps why the device refused; a snapshot only shows that it did."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.refusal: DeviceRefusedError | None = None

    async def read(self, block: Block) -> Reply:
        try:
            return await self._source.read(block)
        except DeviceRefusedError as refusal:
            self.refusal = refusal
            raise

    async def close(self) -> None:
        await self._source.close()


async def _snapshot(profile: Profile, link: ModbusLink) -> list[Reading]:
    from celador.clock import SystemClock
    from celador.pipeline.snapshot import snapshot
    from celador.sources.modbus import ModbusSource

    clock = SystemClock()
    source = _Remembering(ModbusSource(link, clock, name=link.place))
    try:
        readings = await snapshot(source, profile, clock)
    finally:
        await source.close()
    if source.refusal is not None and all(reading.quality == "refused" for reading in readings):
        raise SourceError(_nothing_read(link, profile, source.refusal))
    return readings


def _nothing_read(link: ModbusLink, profile: Profile, refusal: DeviceRefusedError) -> str:
    if refusal.code in _GATEWAY_CODES:
        mend = f"that its unit number is {link.unit} and that it is switched on"
    else:
        mend = f"that its profile is {profile.name} and its unit number {link.unit}"
    return f"{link.place}: nothing could be read, {refusal}; check {mend}."


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
                "age_s": None if (age := _age(r)) is None else round(age, 3),
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
    Language.ES: ("Ref.", "Punto", "Valor", "Unidad", "Edad", "Crudo", "Descripción"),
    Language.EN: ("Ref.", "Point", "Value", "Unit", "Age", "Raw", "Description"),
}
_FOOT = {
    Language.ES: "{} bits en 0 sin mostrar (--all); edad del dato más viejo: {}",
    Language.EN: "{} bits at 0 not shown (--all); age of the oldest value: {}",
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
    oldest = max((age for age in map(_age, readings) if age is not None), default=None)
    typer.echo(_FOOT[language].format(len(readings) - len(shown), _in_ms(oldest)))


def _age(reading: Reading) -> float | None:
    """Seconds; None for a point that was not given, though its neighbours were."""
    return None if reading.quality == "refused" else reading.age


def _in_ms(age: float | None) -> str:
    return "—" if age is None else f"{age * 1000:.0f} ms"


def _row(reading: Reading, language: Language) -> tuple[str, ...]:
    point = reading.point
    value = "—" if reading.value is None else _text(reading, language)
    mark = _MARKS[language][reading.quality]
    return (
        str(point.reference or ""),
        point.symbol or point.key,
        f"{value} {mark}".rstrip(),
        point.unit,
        _in_ms(_age(reading)),
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
