"""What people say of an interruption, from `outages mark` through a monitor to the index."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path

from celador.domain.device import Device
from celador.domain.operation import RecordQuality, Span
from celador.domain.outage import Outage, OutageOrigin
from celador.stores.sqlite.store import SqliteStore
from tests.notify.servers import free_port
from tests.support.clock import MIDNIGHT, TurnedClock
from tests.system.test_operations import CELADOR, ask, process, until

MINUTE = 60_000_000
PERIOD = ("--from", "2026-07-18T00:00Z", "--to", "2026-07-19T00:00Z")


def an_outage(begun: int, minutes: int) -> Outage:
    start, end = MIDNIGHT + begun * MINUTE, MIDNIGHT + (begun + minutes) * MINUTE
    return Outage(
        device_id=1,
        key=start,
        start=Span(start, start),
        end=Span(end, end),
        origin=OutageOrigin.OWN_FAULT,
        quality=RecordQuality.OBSERVED,
        customers=400,
    )


async def fill(path: Path) -> None:
    devices = [Device(1, "norte", "", "noja-rc10", 13_200.0)]
    store = await SqliteStore.open(path, devices=devices, collector="a", clock=TurnedClock())
    store.add([an_outage(60, 10), an_outage(120, 20), an_outage(180, 40)])
    await store.close()


def celador(*arguments: str) -> str:
    done = subprocess.run(
        [*CELADOR, *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def index(config: Path, name: str, *more: str) -> float:
    """An index of norte whose lowest and highest value are the same."""
    told = celador("reliability", *PERIOD, "--config", str(config), "--json", *more)
    (found,) = (
        each
        for each in json.loads(told)["figuras"]
        if (each["equipo"], each["figura"]) == ("norte", name)
    )
    assert found["minimo"] == found["maximo"]
    return float(found["minimo"])


def test_a_mark_changes_the_index_once_the_monitor_has_carried_it_out(tmp_path: Path) -> None:
    config, store = tmp_path / "celador.toml", tmp_path / "c.db"
    asyncio.run(fill(store))
    config.write_text(
        f'[store]\npath = "{store}"\nretention_days = 3650\n[[devices]]\nid = 1\nname = "norte"\n'
        f'host = "127.0.0.1"\nport = {free_port()}\ncustomers = 400\n',
        encoding="utf-8",
    )
    assert index(config, "saidi_propias") == 70.0  # 10 + 20 + 40 min, each with all 400
    assert index(config, "saifi_propias") == 3.0
    with process("run", "--config", str(config)):
        mark = ("outages", "mark", "--config", str(config), "norte")
        celador(
            *mark, str(MIDNIGHT + 120 * MINUTE), "--planned", "--note", "OT 4711", "--by", "ana"
        )
        celador(*mark, str(MIDNIGHT + 180 * MINUTE), "--force-majeure", "aceptada", "--by", "ana")
        said = "SELECT 1 FROM interrupciones WHERE fuerza_mayor = 'aceptada'"
        until(lambda: bool(ask(store, said)))
        # What was accepted as force majeure is out; what was planned, where that is asked for.
        assert index(config, "saidi_propias") == 30.0
        assert index(config, "saifi_propias") == 2.0
        assert index(config, "saidi_propias", "--without-planned") == 10.0
        assert index(config, "excluidas") == 1.0
        celador(*mark, str(MIDNIGHT + 180 * MINUTE), "--force-majeure", "no", "--by", "luis")
        until(lambda: not ask(store, said))
        assert index(config, "saidi_propias") == 70.0
    told = ask(store, "SELECT texto FROM eventos WHERE texto LIKE '%OT 4711%'")
    assert len(told) == 1
    assert "ana" in str(told[0][0])
