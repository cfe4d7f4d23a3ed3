"""A permanent fault over real sockets, and a monitor that is killed in the middle of it."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from celador.surfaces.notify.listing import Entry, entries
from celador.surfaces.notify.queue import queue_path
from tests.notify.servers import Mail, SmtpSink

CELADOR = [sys.executable, "-m", "celador"]
POLLING = "[polling]\nstatus_s = 0.2\nanalog_s = 1\ncounters_s = 5\n"


@contextmanager
def process(*arguments: str, stdout: int | None = None) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([*CELADOR, *arguments], stdout=stdout, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.02)


def ask(store: Path, sql: str) -> list[tuple[object, ...]]:
    """What another process sees is what has been committed; nothing while there is no table."""
    if not store.exists():
        return []
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=10)) as reader:
        try:
            return reader.execute(sql).fetchall()
        except sqlite3.OperationalError:
            return []


def channel(smtp: SmtpSink) -> str:
    return (
        f'[[notify.channels]]\nname = "guardia"\nhost = "127.0.0.1"\nport = {smtp.port}\n'
        'tls = "none"\nfrom_address = "celador@coop.example"\nto = ["ana@coop.example"]\n'
    )


def queued(store: Path) -> list[Entry]:
    return list(entries(queue_path(store), 0, 2**62))


def told_of_the_lockout(store: Path) -> bool:
    """Nothing waits, and the sentence of the ended operation is among what was sent."""
    found = [each for each in queued(store) if each.state != "retirado"]
    return all(each.state == "enviado" for each in found) and any(
        "3 disparos, BLOQUEO" in each.subject for each in found
    )


def check_the_mails(mails: list[Mail], queue: list[Entry]) -> None:
    """None is lost; a second one of the same says that it may be one."""
    plain, marked = Counter[str](), Counter[str]()
    for mail in mails:
        count = marked if "[posible repetición]" in mail.subject else plain
        count.update(str(mail.message["X-Celador-Aviso"]).split())
    sent = {each.key for each in queue if each.state == "enviado"}
    assert set(plain) | set(marked) == sent
    assert set(plain.values()) == {1}
    doubtful = {each.key for each in queue if each.doubt}
    assert set(marked) == doubtful  # under way when the plug was pulled, at most one message
    assert len(doubtful) <= 1
    critical = {each.key for each in queue if each.priority == 1}
    assert len(critical) == 1
    (lockout,) = [mail for mail in mails if mail.subject.startswith("[CRÍTICA]")]
    assert re.search(r"Bloqueo por falla: OC\d\+ ", lockout.subject)


def test_a_monitor_killed_in_the_middle_of_a_sequence_records_it_right(tmp_path: Path) -> None:
    with SmtpSink().serving() as smtp:
        _killed_in_the_middle(tmp_path, smtp)


def _killed_in_the_middle(tmp_path: Path, smtp: SmtpSink) -> None:
    config, store = tmp_path / "celador.toml", tmp_path / "c.db"
    simulate = ("simulate", "--json", "--port", "0", "--http-port", "0")
    with process(*simulate, stdout=subprocess.PIPE) as simulator:
        assert simulator.stdout is not None
        told = json.loads(simulator.stdout.readline())
        (name, address), *_ = told["devices"].items()
        config.write_text(
            f'[store]\npath = "{store}"\n{POLLING}{channel(smtp)}'
            f'[[devices]]\nid = 1\nname = "{name}"\n'
            f'host = "{address["host"]}"\nport = {address["port"]}\n',
            encoding="utf-8",
        )
        with process("run", "--config", str(config)):
            begun = "SELECT 1 FROM eventos WHERE punto = 'inicio_de_supervision'"
            until(lambda: bool(ask(store, begun)))  # two reads have agreed
            url = f"http://127.0.0.1:{told['http_port']}/devices/{name}/scenarios/S2"
            assert httpx.post(url, trust_env=False).status_code == 200
            until(lambda: bool(ask(store, "SELECT 1 FROM operaciones")))
        # It is dead now, in a dead time or in a reclaim time; the fault goes on without it.
        with process("run", "--config", str(config)):
            finished = "SELECT 1 FROM operaciones WHERE resultado = 'bloqueo' AND ia_max > 1600"
            until(lambda: bool(ask(store, f"{finished} AND disparos = 3")))
            until(lambda: len(ask(store, "SELECT 1 FROM interrupciones")) == 3)
            until(lambda: bool(ask(store, "SELECT 1 FROM alarmas WHERE codigo = 'LOCKOUT_FALLA'")))
            until(lambda: told_of_the_lockout(store))
    check_the_mails(smtp.mails, queued(store))
    operations = ask(
        store,
        "SELECT tipo, fases, sentido, disparos, recierres, resultado, ciclos, maximos_propios"
        " FROM operaciones",
    )
    assert operations == [("secuencia", "AB", "directo", 3, 2, "bloqueo", 2, 1)]
    outages = ask(
        store,
        "SELECT origen, operacion_id, fin_hasta IS NULL FROM interrupciones ORDER BY fin_hasta",
    )
    assert sorted(outages) == [("propia-falla", 1, 0)] * 2 + [("propia-falla", 1, 1)]
    # Raised before the kill or after it: there is one of each, and the lockout is the only one open
    # that nobody has seen; APERTURA_PROT stands behind it.
    alarms = ask(store, "SELECT codigo, estado FROM alarmas WHERE prioridad < 3 ORDER BY codigo")
    assert [each for each in alarms if each[0] == "LOCKOUT_FALLA"] == [("LOCKOUT_FALLA", "UNACK")]
    assert len({code for code, _ in alarms}) == len(alarms)
    starts = ask(store, "SELECT count(*) FROM eventos WHERE punto = 'inicio_de_supervision'")
    assert starts == [(1,)]


def test_killed_in_a_pickup_and_in_the_lockout_it_records_one_operation(tmp_path: Path) -> None:
    config, store = tmp_path / "celador.toml", tmp_path / "c.db"
    simulate = ("simulate", "--json", "--port", "0", "--http-port", "0")
    columns = "tipo, causa, disparos, recierres, resultado, ciclos"
    with process(*simulate, stdout=subprocess.PIPE) as simulator:
        assert simulator.stdout is not None
        told = json.loads(simulator.stdout.readline())
        (name, address), *_ = told["devices"].items()
        config.write_text(
            f'[store]\npath = "{store}"\n{POLLING}[[devices]]\nid = 1\nname = "{name}"\n'
            f'host = "{address["host"]}"\nport = {address["port"]}\n',
            encoding="utf-8",
        )
        with process("run", "--config", str(config)):
            begun = "SELECT 1 FROM eventos WHERE punto = 'inicio_de_supervision'"
            until(lambda: bool(ask(store, begun)))
            url = f"http://127.0.0.1:{told['http_port']}/devices/{name}/scenarios/S4"
            assert httpx.post(url, trust_env=False).status_code == 200
            until(lambda: bool(ask(store, "SELECT 1 FROM eventos WHERE punto = 'arranque'")))
        # SEF has picked up and trips to lockout after 5 s.
        with process("run", "--config", str(config)):
            until(lambda: bool(ask(store, "SELECT 1 FROM operaciones WHERE resultado = 'bloqueo'")))
        (before,) = ask(store, "SELECT max(fecha_hora) FROM mediciones")[0]
        with process("run", "--config", str(config)):
            later = f"SELECT 1 FROM mediciones WHERE fecha_hora > {before} LIMIT 5"
            until(lambda: len(ask(store, later)) == 5)
    operation = ("secuencia", "SEF+", 1, 0, "bloqueo", 0)
    assert ask(store, f"SELECT {columns} FROM operaciones") == [operation]
    assert ask(store, "SELECT origen, operacion_id, fin_hasta FROM interrupciones") == [
        ("propia-falla", 1, None)
    ]
    assert ask(store, "SELECT punto FROM eventos WHERE punto LIKE 'arranque%'") == [("arranque",)]
