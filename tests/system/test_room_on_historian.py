"""The room of another process, on a real historian that a real monitor forwards to."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from celador import app
from celador.cli.demo import demo_config
from celador.config import HistorianConfig
from celador.documents import load
from celador.pipeline.watch import SUBJECT, Remembered
from celador.simulator.fleet import SimulateOptions
from celador.simulator.service import serve
from celador.stores.timescale import TimescaleScreenReader
from tests.support.postgres import HistorianDatabase
from tests.system.test_monitor import until

PAGES = (
    *("/", "/reconectador/1", "/alarmas", "/tendencias", "/eventos", "/operaciones"),
    *("/calidad", "/confiabilidad", "/exportar", "/sistema"),
)
PASSWORD = "only-for-this-test-9"
DEADLINE = 60.0  # s


async def _asked(client: httpx.AsyncClient, path: str, word: str) -> str:
    """A page or an answer, as soon as it says a word."""
    deadline = time.monotonic() + DEADLINE
    while True:
        answer = await client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.text[:500]}"
        if re.search(word, answer.text):
            return answer.text
        await asyncio.sleep(0.5)
        assert time.monotonic() < deadline, f"{path} never said {word}: {answer.text[-800:]}"


def _celador(environ: dict[str, str], *arguments: str, stdin: str = "") -> str:
    command = [sys.executable, "-m", "celador", *arguments]
    done = subprocess.run(
        command, env=environ, input=stdin, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def _room(environ: dict[str, str]) -> Iterator[Iterable[str]]:
    """`celador web` while the context lasts; gives the lines of its standard error."""
    command = [sys.executable, "-m", "celador", "web", "--port", "0"]
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            yield process.stderr
        finally:
            process.terminate()


def _address(lines: Iterable[str]) -> str:
    for line in lines:
        if found := re.search(r"Control room at (\S+)", line):
            return found[1].rstrip("/")
    raise AssertionError("the room ended before it had an address")


async def test_the_room_shows_and_acknowledges_through_the_historian(
    tmp_path: Path, historian_database: HistorianDatabase
) -> None:
    there = conninfo_to_dict(historian_database.ingest)
    historian = HistorianConfig(
        host=str(there["host"]),
        port=int(str(there["port"])),
        database=str(there["dbname"]),
        user="celador_ingest",
        password=SecretStr(str(there["password"])),
    )
    environ = {k: v for k, v in os.environ.items() if not k.startswith("CELADOR_")} | {
        "CELADOR_STORE__PATH": str(tmp_path / "sala" / "sala.db"),
        "CELADOR_HISTORIAN__HOST": str(there["host"]),
        "CELADOR_HISTORIAN__PORT": str(there["port"]),
        "CELADOR_HISTORIAN__DATABASE": str(there["dbname"]),
        "CELADOR_HISTORIAN__USER": "celador_web",
        "CELADOR_HISTORIAN__PASSWORD": str(there["password"]),
    }
    (tmp_path / "sala").mkdir()
    add = ("users", "add", "ana", "--role", "administrator", "--password-file", "-")
    _celador(environ, *add, stdin=f"{PASSWORD}\n")
    token = _celador(environ, "users", "token", "add", "ana", "prueba")
    simulation = await serve(SimulateOptions(port=0, speed=10.0))
    config = demo_config(simulation, tmp_path / "campo.db")
    config = config.model_copy(update={"historian": historian})
    try:
        async with app.monitor(config) as running:
            await until(lambda: len(running.live.devices[1].trend) >= 3)
            device = simulation.fleet.devices["sim-001"]
            device.controller.play("S2", device.clock.now())
            with _room(environ) as lines:
                url = await asyncio.to_thread(_address, lines)
                await _look_and_acknowledge(url, token)
            with closing(TimescaleScreenReader(historian_database.web)) as reader:
                memory = reader.memories(SUBJECT)[1]
            assert load(Remembered, memory.document).points["lockout"] is not None
    finally:
        await simulation.close()


async def _look_and_acknowledge(url: str, token: str) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=bearer, timeout=30) as program:
        path = "/api/v1/alarms?open=true"
        await _asked(program, path, "LOCKOUT_FALLA")
        found = (await program.get(path)).json()["alarms"]
        alarm = next(each for each in found if each["codigo"] == "LOCKOUT_FALLA")
        done = await program.post(f"/api/v1/alarms/1/{alarm['clave']}/ack", json={})
        assert done.status_code in (200, 202), done.text
        await _asked(program, path, r'"reconocida_por":\s*"ana')
    browser = {"Accept": "text/html", "Origin": url}
    async with httpx.AsyncClient(base_url=url, headers=browser, timeout=30) as person:
        form = re.search(r'name="ficha" value="([^"]+)"', (await person.get("/ingresar")).text)
        assert form is not None
        entered = {"usuario": "ana", "clave": PASSWORD, "ficha": form[1], "ir": "/"}
        assert (await person.post("/ingresar", data=entered)).status_code == 303
        for path in PAGES:
            answer = await person.get(path)
            assert (answer.status_code, path) == (200, path), answer.text[:500]
