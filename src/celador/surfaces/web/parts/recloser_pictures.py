"""The phasor diagram and the last hour of one recloser, from what is known now."""

from __future__ import annotations

from collections.abc import Mapping

from celador.domain.event import Event, EventKind
from celador.domain.quality.unbalance import (
    U0_FLOOR,
    computable,
    current_unbalance,
    voltage_unbalance,
)
from celador.domain.sample import Value
from celador.surfaces.live import DeviceLive
from celador.surfaces.minutes import COUNT, MINUTE, Bucket
from celador.surfaces.web.parts.energised import LINES, TERMINALS
from celador.surfaces.web.parts.hour import Hour, Mark, Panel, hour_chart
from celador.surfaces.web.parts.markup import tag, text
from celador.surfaces.web.parts.mimic import Flow
from celador.surfaces.web.parts.phasor import (
    Angles,
    Phasors,
    Three,
    components,
    current_phasor,
    voltage_phasors,
)
from celador.surfaces.web.parts.phasor_svg import Diagram, phasor_diagram
from celador.surfaces.web.parts.scene import Scene
from celador.surfaces.web.parts.ticks import clock
from celador.surfaces.web.stream import Cell
from celador.surfaces.web.viewer import View

_SQRT3 = 3**0.5
_MOVES = frozenset(("open", "closed", "pickup", "open_prot", "lockout"))


def picture_cells(scene: Scene, view: View) -> Mapping[str, Cell]:
    """The cells of both pictures."""
    volts = _phasors(scene)
    return {
        "phasors": Cell(html=_diagram(scene, view, volts)),
        "unbalance": Cell(html=_unbalance(scene, view, volts)),
        "angles": Cell(_honest(scene, view, volts)),
        "hour": Cell(html=hour_chart(_hour(scene, view))),
    }


def _known(values: Mapping[str, Value], names: tuple[str, ...]) -> Three | None:
    found = [values.get(name) for name in names]
    known = [each for each in found if each is not None]
    return (known[0], known[1], known[2]) if len(known) == 3 else None


def _phasors(scene: Scene) -> Phasors | None:
    """Of the source side as measured now; None where a voltage is missing."""
    values, terminals = scene.values_now(), scene.known.outlook.source_side
    phase = _known(values, TERMINALS[terminals])
    if phase is None:
        return None
    line = _known(values, LINES[terminals])
    return voltage_phasors(phase, line, forward=values.get(f"sec_{terminals}") != 0)


def _diagram(scene: Scene, view: View, volts: Phasors | None) -> str:
    values = scene.values_now()
    reverse = scene.flow is Flow.REVERSE
    shown: tuple[complex | None, ...] = (None, None, None) if volts is None else volts.values
    currents = tuple(
        None
        if at is None or scene.flow is Flow.UNKNOWN
        else current_phasor(
            at,
            values.get(f"i{phase}"),
            values.get(f"p_{phase}"),
            values.get(f"q_{phase}"),
            reverse=reverse,
        )
        for phase, at in zip("abc", shown, strict=True)
    )
    names = [f"U{phase}" for phase in scene.known.outlook.source_side]
    model = Diagram(
        shown,
        names,
        currents,
        scene.known.device.nominal_voltage / _SQRT3,
        view.t("Phasors of voltages and currents"),
        stale=scene.sample_old,
    )
    return phasor_diagram(model)


def _unbalance(scene: Scene, view: View, volts: Phasors | None) -> str:
    values, outlook = scene.values_now(), scene.known.outlook
    line = _known(values, LINES[outlook.source_side])
    nominal = scene.known.device.nominal_voltage
    u2 = voltage_unbalance(*line) if line and computable(line, nominal) else None
    u0 = components(volts.values).u0 if volts and volts.angles is Angles.COMPUTED else None
    if u0 is not None and u0 < U0_FLOOR:
        zero = f"&lt; {view.number(U0_FLOOR)}<small>%</small>"
    else:
        zero = _percent(view, u0)
    amps = _known(values, ("ia", "ib", "ic"))
    uneven = amps and current_unbalance(amps, values.get("in_res"), outlook.base_current)
    spread = uneven.deviation if uneven else None
    return "".join(
        tag("div", tag("span", text(title)), tag("strong", said), class_="tile", title=more)
        for title, said, more in (
            (
                "u2",
                _percent(view, u2),
                view.t("Voltage unbalance, negative over positive sequence"),
            ),
            ("u0", zero, view.t("Zero over positive sequence; smaller ones tell of the sensors")),
            (
                "ΔI",
                _percent(view, spread),
                view.t("Largest deviation of a current from their mean"),
            ),
        )
    )


def _percent(view: View, value: float | None) -> str:
    if value is None:
        return tag("i", "—", class_="bad")
    return f"{view.number(value, 1)}<small>%</small>"


def _honest(scene: Scene, view: View, volts: Phasors | None) -> str:
    if volts is None:
        return view.t("A voltage is not known: there is nothing to draw.")
    if not any(volts.values):
        return view.t("There is no voltage: there is nothing to draw.")
    computed = volts.angles is Angles.COMPUTED
    first = view.t(
        "Voltage angles computed from the six magnitudes."
        if computed
        else "Voltage angles are assumed: the magnitudes do not fix them."
    )
    if scene.flow is Flow.UNKNOWN:
        return f"{first} {view.t('Currents are not drawn: their direction is not known.')}"
    return f"{first} {view.t('Currents from P and Q, taken as inductive.')}"


def hour_names(known: DeviceLive) -> tuple[tuple[str, ...], ...]:
    """The quantities of the last hour, panel by panel."""
    return ("ia", "ib", "ic"), TERMINALS[known.outlook.source_side], ("p_act",)


def _hour(scene: Scene, view: View) -> Hour:
    end = scene.now // MINUTE * MINUTE
    start = end - COUNT * MINUTE
    ticks = [
        (share, clock(view, start + round(share * COUNT * MINUTE), (start, end)))
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    known = scene.known
    currents, volts, power = hour_names(known)

    def series(names: tuple[str, ...]) -> list[list[Bucket | None]]:
        return [known.minutes.series(name, scene.now) for name in names]

    return Hour(
        panels=(
            Panel(view.t("Current"), "A", series(currents)),
            Panel(view.t("Voltage to earth, source"), "V", series(volts)),
            Panel(view.t("Active power"), "kW", series(power), ("ink",)),
        ),
        marks=[_mark(each, start, end, view) for each in _moves(scene, start, end)],
        ticks=ticks,
        label=view.t("Currents, voltages and active power in the last hour"),
        nothing=view.t("No whole minute of data in the last hour."),
        written=view.number,
    )


def _moves(scene: Scene, start: int, end: int) -> list[Event]:
    found = [
        each
        for each in scene.known.events
        if start <= each.at <= end
        and (each.kind is EventKind.LINK or (each.point in _MOVES and each.new == "1"))
    ]
    return found[:20]


def _mark(event: Event, start: int, end: int, view: View) -> Mark:
    tone = "p2" if event.point in ("open_prot", "lockout") else "p4"
    said = f"{view.when(event.at)} {view.pick(event.text_es, event.text_en)}"
    return Mark((event.at - start) / (end - start), tone, said)
