"""The simulator: buttons that let things happen to a simulated recloser, to see and to learn."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping

from nicegui import ui

from celador.domain.errors import CeladorError
from celador.surfaces.web.access.audit import Action
from celador.surfaces.web.access.roles import Role
from celador.surfaces.web.format import duration, quantity
from celador.surfaces.web.layout import live
from celador.surfaces.web.page import Page, PageContext, whole_number
from celador.surfaces.web.parts.markup import tag, text
from celador.surfaces.web.parts.scene import Scene
from celador.surfaces.web.parts.switch import badge
from celador.surfaces.web.services import ScenarioText, SimulatorControl, WebServices
from celador.surfaces.web.stream import Cell, Moment
from celador.surfaces.web.viewer import View

_TOPIC = "simulador"
Play = Callable[[], Coroutine[None, None, None]]


def simulator_topic(moment: Moment) -> Mapping[str, Cell]:
    """How the chosen recloser is: enough to see that something happens."""
    known = moment.live.devices.get(whole_number(moment.argument) or 0)
    if known is None:
        return {}
    view, scene = moment.view, Scene(known, moment.now)
    cells = {"sim.state": Cell(html=badge(scene.switch, view.t, 28))}
    for name, unit in (("ia", "A"), ("ib", "A"), ("ic", "A"), ("va", "V")):
        value = scene.values_now().get(name)
        cells[f"sim.{name}"] = Cell(html=quantity(view, value, unit))
    events = [
        tag("li", text(f"{view.when(each.at)}  {view.pick(each.text_es, each.text_en)}"))
        for each in list(known.events)[:6]
    ]
    cells["sim.events"] = Cell(html="".join(events))
    return cells


async def build(context: PageContext) -> None:
    """The choice of the recloser, how it is, and a button for each scenario."""
    services, viewer = context.services, context.viewer
    control, view = services.simulator, viewer.view
    if control is None:
        return
    chosen = _chosen(control, context.parameters.get("equipo", ""))
    ui.html(_head(services, view, control, chosen), sanitize=False).classes("card simhead")
    with ui.element("section").classes("scenarios").props(f'aria-label="{view.t("Scenarios")}"'):
        for scenario in control.scenarios():
            _card(scenario, view, _player(context, control, chosen, scenario))


def _chosen(control: SimulatorControl, asked: str) -> int:
    known, wanted = control.device_ids(), whole_number(asked)
    return wanted if wanted is not None and wanted in known else known[0]


def _head(services: WebServices, view: View, control: SimulatorControl, chosen: int) -> str:
    t = view.t
    cells = simulator_topic(Moment(services.live, view, services.clock.now(), str(chosen)))
    options = "".join(
        tag(
            "option",
            text(services.live.devices[number].device.name),
            value=number,
            selected=number == chosen,
        )
        for number in control.device_ids()
    )
    choice = tag("label", text(t("Recloser")), f'<select name="equipo">{options}</select>')
    values = "".join(
        tag("div", tag("span", text(name)), live(f"sim.{key}", cells, "strong"))
        for name, key in (("Ia", "ia"), ("Ib", "ib"), ("Ic", "ic"), ("Ua", "va"))
    )
    page = tag("a", text(t("Open its page")), href=f"/reconectador/{chosen}", class_="plain")
    form = tag("form", choice, page, data_go=True, method="get", action="/simulador")
    note = tag("p", text(t("All of this happens to a simulated recloser.")), class_="muted")
    return (
        note
        + form
        + tag(
            "div",
            live("sim.state", cells, "div"),
            tag("div", values, class_="simvalues"),
            live("sim.events", cells, "ol"),
            data_topic=f"{_TOPIC}/{chosen}",
            class_="simnow",
        )
    )


def _card(scenario: ScenarioText, view: View, play: Play) -> None:
    with ui.element("article").classes("card scenario"):
        length = duration(view, scenario.seconds) if scenario.seconds else ""
        ui.html(
            tag("h2", text(scenario.name), tag("span", text(length)))
            + tag("p", text(view.pick(scenario.es, scenario.en))),
            sanitize=False,
        )
        label = view.t("Play {name}", name=scenario.name)
        ui.button(view.t("Play"), on_click=play, color=None).classes("play").props(
            f'no-caps unelevated aria-label="{label}"'
        )


def _player(
    context: PageContext, control: SimulatorControl, device: int, scenario: ScenarioText
) -> Play:
    services, viewer = context.services, context.viewer

    async def play() -> None:
        name = services.live.devices[device].device.name
        try:
            await services.access.perform(
                viewer.who,
                Action.SIMULATE,
                f"{name} {scenario.name}",
                lambda: control.play(device, scenario.name),
            )
        except CeladorError as error:
            ui.notify(str(error), type="negative")
        else:
            ui.notify(viewer.t("{scenario} begins on {name}", scenario=scenario.name, name=name))

    return play


def _runs_here(services: WebServices) -> bool:
    return services.simulator is not None


PAGE = Page(
    "/simulador",
    "Simulator",
    '<path d="M9 3h6M10 3v6l-5 9a2 2 0 0 0 2 3h10a2 2 0 0 0 2-3l-5-9V3"/><path d="M7.5 15h9"/>',
    build,
    needs=Role.OPERATOR,
    shown=_runs_here,
    minor=True,
    topics={_TOPIC: simulator_topic},
)
