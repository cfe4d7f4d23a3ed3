"""What each action of the scenario language does to a simulated recloser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from .agenda import SECOND, micros
from .image import BIT, REGISTER
from .network import Fault

if TYPE_CHECKING:
    from .controller import SimulatedController

Act = Callable[["SimulatedController", Mapping[str, Any], int], None]


def _fault(device: SimulatedController, given: Mapping[str, Any], now: int) -> None:
    parameters = {key: value for key, value in given.items() if key not in ("do", "seconds")}
    fault = Fault(**parameters)
    device.feeder.fault = fault
    _reshape(device)
    if "seconds" in given:
        device.agenda.at(now + micros(given["seconds"]), partial(_go_out, device, fault))


def _go_out(device: SimulatedController, fault: Fault, _: int) -> None:
    if device.feeder.fault is fault:
        device.feeder.fault = None
        _reshape(device)


def _clear(device: SimulatedController, _given: Mapping[str, Any], _now: int) -> None:
    device.feeder.fault = None
    _reshape(device)


def _source(device: SimulatedController, given: Mapping[str, Any], now: int) -> None:
    pu = float(given.get("pu", 1.0))
    before = device.feeder.source
    after = (given.get("a", pu), given.get("b", pu), given.get("c", pu))
    _feed(device, after, now)
    if "seconds" in given:
        device.agenda.at(now + micros(given["seconds"]), partial(_feed, device, before))


def _feed(device: SimulatedController, source: tuple[float, float, float], now: int) -> None:
    was_dead = max(device.feeder.source) < 0.1
    device.feeder.source = source
    _reshape(device)
    if was_dead and max(source) > 0.5 and device.recloser.position == "closed":
        device.recloser.surge(now)


def _frequency(device: SimulatedController, given: Mapping[str, Any], now: int) -> None:
    device.feeder.ramp(now, given["rate"], given["to"])


def _load(device: SimulatedController, given: Mapping[str, Any], _now: int) -> None:
    device.feeder.mean_kw = given.get("mw", device.settings.mean_mw) * 1000
    device.feeder.steady = given.get("steady", False)


def _generation(device: SimulatedController, given: Mapping[str, Any], _now: int) -> None:
    device.feeder.generation_kw = given["mw"] * 1000


def _inrush(device: SimulatedController, given: Mapping[str, Any], now: int) -> None:
    device.feeder.extra = (given.get("a", 0.0), given.get("b", 0.0), given.get("c", 0.0))
    device.agenda.at(now + micros(given["seconds"]), partial(_fade, device))


def _fade(device: SimulatedController, _: int) -> None:
    device.feeder.extra = (0.0, 0.0, 0.0)


def _order(device: SimulatedController, given: Mapping[str, Any], now: int) -> None:
    if given["by"] == "scada":
        device.orders.command("trip_all" if given["what"] == "open" else "close_all", now)
    else:
        device.order(given["what"], given["by"], now)


def _ring(device: SimulatedController, given: Mapping[str, Any], now: int) -> None:
    if given["out"]:
        device.recloser.order("open", "manual", now)
    device.recloser.ring_out = given["out"]


def _switch(device: SimulatedController, given: Mapping[str, Any], _now: int) -> None:
    device.recloser.switch(given["function"], on=given["on"])


def _group(device: SimulatedController, given: Mapping[str, Any], _now: int) -> None:
    device.recloser.group = int(given["number"])


def _times(device: SimulatedController, given: Mapping[str, Any], _now: int) -> None:
    for index, name in enumerate(("first", "second", "third")):
        if name in given:
            device.recloser.dead_times[index] = given[name]
    device.recloser.reclaim_time = given.get("reclaim", device.recloser.reclaim_time)


def _local(device: SimulatedController, given: Mapping[str, Any], _now: int) -> None:
    device.recloser.local = given["on"]


def _ac(device: SimulatedController, given: Mapping[str, Any], _now: int) -> None:
    device.supply.mains_cut = not given["on"]


def _battery(device: SimulatedController, given: Mapping[str, Any], now: int) -> None:
    device.supply.set_battery(present=given["on"], now=now)


def _restart(device: SimulatedController, _given: Mapping[str, Any], now: int) -> None:
    device.supply.restart(now)


def _clock(device: SimulatedController, given: Mapping[str, Any], _now: int) -> None:
    device.supply.lag = round(given["behind"] * SECOND)


def _fail(device: SimulatedController, given: Mapping[str, Any], _now: int) -> None:
    device.recloser.failing.add(given["operation"])


def _repair(device: SimulatedController, _given: Mapping[str, Any], _now: int) -> None:
    device.recloser.repair()


def _counter(device: SimulatedController, given: Mapping[str, Any], _now: int) -> None:
    device.counters.values[given["name"]] = int(given["value"])


def _erase(device: SimulatedController, _given: Mapping[str, Any], _now: int) -> None:
    device.counters.erase()


def _replace(device: SimulatedController, _given: Mapping[str, Any], _now: int) -> None:
    """A controller from the shelf: a few test operations, no energy."""
    device.counters.erase()
    device.counters.values["co_total"] = 12
    device.meter.clear()


def _set(device: SimulatedController, given: Mapping[str, Any], _now: int) -> None:
    device.forced_bits[BIT[given["bit"]]] = given["on"]


def _register(device: SimulatedController, given: Mapping[str, Any], _now: int) -> None:
    device.forced_registers[REGISTER[given["name"]]] = int(given["value"])


def _release(device: SimulatedController, given: Mapping[str, Any], _now: int) -> None:
    if "bit" in given:
        device.forced_bits.pop(BIT[given["bit"]], None)
    if "name" in given:
        device.forced_registers.pop(REGISTER[given["name"]], None)
    if not {"bit", "name"} & given.keys():
        device.forced_bits.clear()
        device.forced_registers.clear()


def _link(device: SimulatedController, given: Mapping[str, Any], now: int) -> None:
    if device.on_link is not None:
        asked = {key: value for key, value in given.items() if key != "do"}
        # The plant may be advanced long after this instant; the fault keeps its own time.
        device.on_link({**asked, "at": now / SECOND})


def _play(device: SimulatedController, given: Mapping[str, Any], now: int) -> None:
    device.start_scenario(given["scenario"], now)


def _reshape(device: SimulatedController) -> None:
    device.feeder.reshape(closed=device.recloser.position == "closed")


DEEDS: Mapping[str, Act] = {
    "fault": _fault,
    "clear": _clear,
    "source": _source,
    "frequency": _frequency,
    "load": _load,
    "generation": _generation,
    "inrush": _inrush,
    "order": _order,
    "ring": _ring,
    "switch": _switch,
    "group": _group,
    "times": _times,
    "local": _local,
    "ac": _ac,
    "battery": _battery,
    "restart": _restart,
    "clock": _clock,
    "fail": _fail,
    "repair": _repair,
    "counter": _counter,
    "erase": _erase,
    "replace": _replace,
    "set": _set,
    "register": _register,
    "release": _release,
    "link": _link,
    "play": _play,
}
