"""The live terminal screen: one recloser in full, or a fleet line by line; in Spanish."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from celador.domain import writing
from celador.domain.event import Event
from celador.domain.sample import SwitchState, Value
from celador.ports import StoreHealth
from celador.surfaces.live import DeviceLive, Live

# Colour is information: red and green belong to the switch (closed red and filled, open green and
# hollow, as utilities of the region have it), the phases are amber, blue and violet.
_STATES = {
    SwitchState.CLOSED: ("■ CERRADO", "bold red"),
    SwitchState.OPEN: ("□ ABIERTO", "bold green"),
    SwitchState.LOCKED_OUT: ("□ BLOQUEADO", "bold green"),
    SwitchState.RECLOSING: ("□ RECERRANDO", "bold green"),
}
_UNKNOWN = "? SIN DATO"
_PHASES = (("A", "yellow"), ("B", "cyan"), ("C", "magenta"))
_FLEET_ROWS = 30
_BARS = "▁▂▃▄▅▆▇█"
_STALE = 15_000_000  # µs; three of the default analog periods
_TREND = 60  # samples; what fits beside a name in the narrowest usual terminal
_BESIDE_EVENTS = {True: 15, False: 6}  # lines of one recloser in full, of a fleet's frame


def screen(
    live: Live,
    health: StoreHealth,
    now: int,
    zone: tzinfo,
    *,
    footer: str,
    height: int = 40,
) -> RenderableType:
    """The whole screen.

    Args:
        live: what is known.
        health: how the store is.
        now: wall clock, UTC in µs since 1970.
        zone: the zone that times are shown in.
        footer: where things are: file, address of the simulator.
        height: lines that the terminal has; events take what the rest leaves.
    """
    devices = list(live.devices.values())
    single = len(devices) == 1
    room = height - _BESIDE_EVENTS[single] - (0 if single else min(len(devices), _FLEET_ROWS))
    body = _recloser(devices[0], now) if single else _fleet(devices, now)
    events = _events(_newest(devices, max(1, room)), zone)
    return Group(_header(health, now, zone), body, events, _footer(health, footer))


def is_old(known: DeviceLive, now: int) -> bool:
    """Whether what is known of a device may no longer be shown as what is now."""
    return known.sample is None or known.link is False or now - known.sample.at >= _STALE


def line(known: DeviceLive, now: int) -> Text:
    """One recloser in one line, for logs and pipes; no figure where it is not known now."""
    head = Text.assemble(f"{known.device.name}  ", _state(known, now), "  ")
    if is_old(known, now):
        return Text.assemble(head, _age(known, now))
    values = known.sample.values if known.sample else {}
    figures = (
        ("Ia", "ia", "A", 0),
        ("Ib", "ib", "A", 0),
        ("Ic", "ic", "A", 0),
        ("Uab", "vab", "V", 0),
        ("P", "p_act", "kW", 0),
        ("fp", "fp", "", 2),
        ("f", "frec", "Hz", 2),
    )
    parts = (
        f"{name} {number(values.get(key), d)} {unit}".rstrip() for name, key, unit, d in figures
    )
    return Text.assemble(head, "  ".join(parts))


def number(value: Value, decimals: int) -> str:
    """A number as Spanish readers write it (13.214 or 0,93); a dash where there is none."""
    if value is None:
        return "—"
    return writing.number(value, decimals, "es")


def spark(values: Iterable[Value]) -> str:
    """A trend in one line of text; a hole is a blank, never zero."""
    points = list(values)
    known = [value for value in points if value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    return "".join(
        " " if value is None else _BARS[int((value - low) / span * (len(_BARS) - 1))]
        for value in points
    )


def _header(health: StoreHealth, now: int, zone: tzinfo) -> RenderableType:
    moment = datetime.fromtimestamp(now // 1_000_000, tz=zone)
    grid = Table.grid(expand=True)
    grid.add_column()
    grid.add_column(justify="right")
    clock = Text(moment.strftime("%d/%m/%Y %H:%M:%S %z"), style="dim")
    grid.add_row(Text("CELADOR", style="bold"), clock)
    if health.trouble is None:
        return grid
    lost = f", {health.lost} perdidas" if health.lost else ""
    loud = Text(f"■ SIN GUARDAR EN DISCO: {health.queued} filas en espera{lost}", style="bold red")
    # The detail is the program's own message, in its language.
    return Group(grid, loud, Text(health.trouble, style="dim", no_wrap=True, overflow="ellipsis"))


def _state(known: DeviceLive, now: int) -> Text:
    state = known.sample.state if known.sample else None
    if state is None or known.sample is None:
        return Text(_UNKNOWN, style="italic dim")
    text, style = _STATES[state]
    if is_old(known, now):
        ago = number((now - known.sample.at) / 1_000_000, 0)
        return Text(f"{_UNKNOWN} (era {text[2:]} hace {ago} s)", style="italic dim")
    return Text(text, style=style)


def _age(known: DeviceLive, now: int) -> Text:
    if known.sample is None:
        return Text("sin datos", style="italic dim")
    age = max(0, now - known.sample.at)
    style = "dim" if age < _STALE and known.link is not False else "bold yellow"
    text = f"hace {number(age / 1_000_000, 1)} s"
    return Text(f"✕ sin enlace, {text}" if known.link is False else text, style=style)


def _recloser(known: DeviceLive, now: int) -> RenderableType:
    values = known.sample.values if known.sample else {}
    dim = "italic dim" if is_old(known, now) else ""
    phases = Table(box=None, pad_edge=False, expand=True)
    for title in ("", "I (A)", "Ufase (V)", "Ulínea (V)", "P (kW)", "Q (kvar)", "fp"):
        phases.add_column(title, justify="left" if not title else "right")
    for (phase, colour), line in zip(_PHASES, ("vab", "vbc", "vca"), strict=True):
        low = phase.lower()
        phases.add_row(
            Text(phase, style=f"bold {colour}"),
            *(
                Text(number(values.get(name), places), style=dim)
                for name, places in (
                    (f"i{low}", 0),
                    (f"v{low}", 0),
                    (line, 0),
                    (f"p_{low}", 0),
                    (f"q_{low}", 0),
                    (f"fp_{low}", 2),
                )
            ),
        )
    totals = Text.assemble(
        _figure("P", values.get("p_act"), "kW", 0),
        _figure("Q", values.get("p_react"), "kvar", 0),
        _figure("S", values.get("s_apar"), "kVA", 0),
        _figure("fp", values.get("fp"), "", 2),
        _figure("f", values.get("frec"), "Hz", 2),
        _figure("In", values.get("in_res"), "A", 0),
        style=dim,
    )
    head = Table.grid(expand=True)
    head.add_column()
    head.add_column(justify="right")
    head.add_row(_state(known, now), _age(known, now))
    trend = Text.assemble(("Ia ", "yellow"), (spark(list(known.trend)[-_TREND:]), "yellow"))
    title = f"{known.device.name}  {known.device.place}".rstrip()
    return Panel(Group(head, "", phases, "", totals, trend), title=title, title_align="left")


def _figure(name: str, value: Value, unit: str, decimals: int) -> Text:
    return Text.assemble((f"{name} ", "dim"), number(value, decimals), (f" {unit}   ", "dim"))


def _fleet(devices: list[DeviceLive], now: int) -> RenderableType:
    table = Table(expand=True, box=None)
    for title in ("Equipo", "Estado", "I (A)", "Ulínea (V)", "P (kW)", "fp", "Dato"):
        table.add_column(title, justify="left" if title in ("Equipo", "Estado") else "right")
    # The ones in trouble first; a screen has room for about thirty.
    ordered = sorted(devices, key=lambda known: (known.link is not False, known.device.id))
    for known in ordered[:_FLEET_ROWS]:
        values = known.sample.values if known.sample else {}
        dim = "italic dim" if is_old(known, now) else ""
        figures = (("ia", 0), ("vab", 0), ("p_act", 0), ("fp", 2))
        table.add_row(
            known.device.name,
            _state(known, now),
            *(Text(number(values.get(name), places), style=dim) for name, places in figures),
            _age(known, now),
        )
    if len(devices) > _FLEET_ROWS:
        table.caption = f"y {len(devices) - _FLEET_ROWS} equipos más"
    return table


def _newest(devices: list[DeviceLive], most: int) -> list[Event]:
    events = [event for known in devices for event in known.events]
    return sorted(events, key=lambda event: event.at, reverse=True)[:most]


def _events(events: list[Event], zone: tzinfo) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis")
    for event in events:
        moment = datetime.fromtimestamp(event.at // 1_000_000, tz=zone)
        # The change lies before the poll that saw it, so the doubt goes one way only.
        spread = event.uncertainty
        doubt = "" if spread is None else f"-{number(spread, 1)} s"
        table.add_row(
            Text(moment.strftime("%H:%M:%S"), style="dim"),
            Text(doubt, style="dim"),
            Text(event.text_es),
        )
    if not events:
        table.add_row("", "", Text("ningún evento todavía", style="italic dim"))
    return Panel(table, title="Eventos", title_align="left")


def _footer(health: StoreHealth, footer: str) -> RenderableType:
    stored = f"{health.stored} filas en disco ({number(health.size / 1e6, 1)} MB)"
    return Text(f"{stored} · {footer}", style="dim")
