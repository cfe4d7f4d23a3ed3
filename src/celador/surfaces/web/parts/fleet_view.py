"""One recloser as a row of the fleet: what its cells show, and what it is sorted by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from celador.domain.alarm import Priority
from celador.domain.sample import Value
from celador.surfaces.live import DeviceLive
from celador.surfaces.web.format import age, quantity
from celador.surfaces.web.parts.alarm_states import UNSEEN
from celador.surfaces.web.parts.energised import LINES
from celador.surfaces.web.parts.markup import tag, text
from celador.surfaces.web.parts.priority import priority_symbol
from celador.surfaces.web.parts.scene import Scene
from celador.surfaces.web.parts.sparkline import sparkline
from celador.surfaces.web.parts.switch import Shown, Switch, classes, symbol, word
from celador.surfaces.web.stream import Cell
from celador.surfaces.web.viewer import View

_SECOND = 1_000_000
_STEP = 5  # s; a fresh age is told in such steps, or every row would change every second

RANK = {
    Shown.LOCKED: 0,
    Shown.TRIPPED: 1,
    Shown.RECLOSING: 2,
    Shown.UNKNOWN: 3,
    Shown.OPEN: 4,
    Shown.CLOSED: 5,
}
"""The order of states by how much they ask for somebody."""


@dataclass(frozen=True, slots=True)
class AlarmFact:
    """The worst alarm of a recloser, as its row shows it."""

    priority: Priority
    unseen: bool
    es: str
    en: str
    more: int


@dataclass(frozen=True, slots=True)
class RowFacts:
    """All that a row is made of; equal facts make equal rows.

    Attributes:
        shown: state of the switch.
        trips: of the sequence under way.
        trips_to_lockout: of a whole one; None where nobody said.
        was: the last known state where the present one is not known.
        amps: largest phase current, A; None where not known.
        kw: active power, kW.
        volts: mean line voltage of the source side, V.
        nominal: the rated one, V.
        band: how far it may be from it, %.
        stale: nothing of it is from now.
        age: s since the last news, in steps while it is fresh; None where there never were any.
        alarm: the worst one.
        trend: mean of the largest phase in each whole minute of the last hour.
    """

    shown: Shown
    trips: int
    trips_to_lockout: int | None
    was: Shown | None
    amps: Value
    kw: Value
    volts: Value
    nominal: float
    band: float
    stale: bool
    age: int | None
    alarm: AlarmFact | None
    trend: tuple[float | None, ...]


def facts_of(known: DeviceLive, now: int) -> RowFacts:
    """The facts of one recloser."""
    scene = Scene(known, now)
    sample = known.sample
    values: Mapping[str, Value] = {} if sample is None else sample.values
    last = scene.last_switch
    return RowFacts(
        shown=scene.switch.shown,
        trips=scene.switch.trips,
        trips_to_lockout=scene.switch.trips_to_lockout,
        was=last.shown if last is not None and scene.stale else None,
        amps=_largest(values),
        kw=values.get("p_act"),
        volts=_mean([values.get(name) for name in LINES[known.outlook.source_side]]),
        nominal=known.device.nominal_voltage,
        band=known.outlook.band_percent,
        stale=scene.sample_old,
        age=_stepped(scene.age, stale=scene.stale),
        alarm=_alarm(scene),
        trend=known.minutes.peaks(now),
    )


def _largest(values: Mapping[str, Value]) -> Value:
    amps = [values.get(name) for name in ("ia", "ib", "ic")]
    known = [each for each in amps if each is not None]
    return max(known) if len(known) == len(amps) else None


def _mean(values: Sequence[Value]) -> float | None:
    known = [each for each in values if each is not None]
    return sum(known) / len(known) if len(known) == len(values) else None


def _stepped(micros: int | None, *, stale: bool) -> int | None:
    if micros is None:
        return None
    seconds = micros // _SECOND
    return seconds if stale else (seconds // _STEP + 1) * _STEP


def _alarm(scene: Scene) -> AlarmFact | None:
    worst = scene.worst()
    if worst is None:
        return None
    count = len(scene.known.alarms)
    unseen = worst.state in UNSEEN
    return AlarmFact(worst.priority, unseen, worst.text_es, worst.text_en, count - 1)


@lru_cache(maxsize=8192)
def cells_of(facts: RowFacts, view: View) -> Mapping[str, Cell]:
    """The cells of a row, by the end of their keys."""
    alarm = facts.alarm
    return {
        "row": Cell(attributes=_sorting(facts)),
        "state": _state(facts, view),
        "amps": _figure(facts, view, facts.amps, "A", "f-amps"),
        "kw": _figure(facts, view, facts.kw, "kW", "f-kw"),
        "volts": _volts(facts, view),
        "age": _age(facts, view),
        "alarm": Cell(html="" if alarm is None else _alarm_html(alarm, view), css="f-alarm"),
        "trend": Cell(html=_spark(facts.trend, view), css="f-trend"),
    }


@lru_cache(maxsize=2048)
def _spark(trend: tuple[float | None, ...], view: View) -> str:
    return sparkline(trend, label=view.t("Current of the last hour"), tone="ink")


def _sorting(facts: RowFacts) -> dict[str, str | None]:
    alarm = facts.alarm
    return {
        "data-state": facts.shown.value,
        "data-rank": str(RANK[facts.shown]),
        "data-prio": "9" if alarm is None else str(int(alarm.priority)),
        "data-amps": "-1" if facts.amps is None or facts.stale else f"{facts.amps:.0f}",
        "data-kw": "-1" if facts.kw is None or facts.stale else f"{abs(facts.kw):.0f}",
        "data-volts": "-1" if facts.volts is None or facts.stale else f"{facts.volts:.0f}",
        "data-age": "999999999" if facts.age is None else str(facts.age),
    }


def _state(facts: RowFacts, view: View) -> Cell:
    switch = Switch(facts.shown, facts.trips, facts.trips_to_lockout, stale=facts.was is not None)
    said = tag("b", text(word(switch, view.t)))
    if facts.was is not None:
        was = view.t("was {state}", state=word(Switch(facts.was), view.t))
        said = tag("span", said, tag("small", text(was), class_="was"))
    return Cell(html=symbol(switch) + said, css=f"f-state state {classes(switch)}")


def _figure(facts: RowFacts, view: View, value: Value, unit: str, css: str) -> Cell:
    said = quantity(view, value, unit)
    if value is None or not facts.stale:
        return Cell(html=said, css=f"{css} num r")
    return Cell(html=said + tag("sup", "✕"), css=f"{css} num r bad")


def _volts(facts: RowFacts, view: View) -> Cell:
    volts = facts.volts
    if volts is None:
        return Cell(html=quantity(view, None), css="f-volts num r")
    said = quantity(view, volts / 1000, "kV", 2)
    if facts.stale:
        return Cell(html=said + tag("sup", "✕"), css="f-volts num r bad")
    deviation = 100 * (volts - facts.nominal) / facts.nominal
    outside = abs(deviation) > facts.band
    mark = tag("i", "▲" if deviation > 0 else "▼", class_="mind") if outside else ""
    return Cell(html=said + mark, css="f-volts num r")


def _age(facts: RowFacts, view: View) -> Cell:
    if facts.age is None:
        return Cell(text=view.t("no data"), css="f-age num r bad")
    if facts.stale:
        return Cell(text=age(view, 0, facts.age * _SECOND), css="f-age num r mind")
    return Cell(text=f"≤ {facts.age} s", css="f-age num r muted")


def _alarm_html(alarm: AlarmFact, view: View) -> str:
    said = view.pick(alarm.es, alarm.en)
    more = tag("small", f"+{alarm.more}") if alarm.more else ""
    symbol = priority_symbol(alarm.priority, view.t, blinking=alarm.unseen)
    return symbol + tag("span", text(said), title=said, class_="said") + more


def counts(rows: Sequence[RowFacts]) -> Mapping[Shown, int]:
    """How many are in each state."""
    return {shown: sum(1 for row in rows if row.shown is shown) for shown in Shown}
