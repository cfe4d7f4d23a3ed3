"""The proof: twenty reclosers at one second, a database that is stopped three times, no row amiss.

    python bench/soak.py [--minutes 30] [--devices 20]

The real command (celador run) reads simulated reclosers and feeds a private PostgreSQL server,
which is stopped in order, at once, and by kill -9, each time for a twentieth of the run. At the
end edge store and historian must hold exactly the same (equipo_id, fecha_hora), and each recloser
a row for nearly every second; otherwise the exit code is 1.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from celador.stores.sqlite.outbox import look
from celador.stores.timescale import migrate
from fleet import SIMULATE

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.support.postgres_server import Cluster, binaries_of_a_server

Pair = tuple[int, int]
_STOPS = (
    (0.2, signal.SIGINT, "stopped in order"),
    (0.45, signal.SIGQUIT, "stopped at once"),
    (0.7, signal.SIGKILL, "killed"),
)
_AWAY = 0.05  # of the run
_PATIENCE = 120.0  # s for the rest to arrive
_WHOLE = 0.98  # share of the seconds that must have a row
_START = 10.0  # s that the command may take to begin and to end

_EDGE = "SELECT equipo_id, fecha_hora FROM mediciones"
_HISTORIAN = """
SELECT equipo_id, (extract(epoch FROM fecha_hora) * 1000000)::bigint FROM mediciones
"""


@contextlib.contextmanager
def server() -> Iterator[Cluster]:
    """A private PostgreSQL with an empty historian."""
    binaries = binaries_of_a_server()
    assert binaries is not None, "there is no PostgreSQL on this machine"
    cluster = Cluster(binaries)
    try:
        cluster.start()
        migrate(cluster.dsn)
        yield cluster
    finally:
        cluster.remove()


@contextlib.contextmanager
def simulator(devices: int) -> Iterator[dict[str, dict[str, object]]]:
    """Simulated reclosers in a process of their own."""
    command = [*SIMULATE, "--devices", str(devices)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["devices"]
        finally:
            process.terminate()


@contextlib.contextmanager
def monitor(folder: Path, devices: dict[str, dict[str, object]], dsn: str) -> Iterator[Path]:
    """The command as people run it; gives the path of its store."""
    tables = "".join(
        f'[[devices]]\nid = {number}\nname = "{name}"\nhost = "{d["host"]}"\nport = {d["port"]}\n'
        for number, (name, d) in enumerate(devices.items(), start=1)
    )
    parts = conninfo_to_dict(dsn)
    (folder / "celador.toml").write_text(
        f'[store]\npath = "soak.db"\n[polling]\nanalog_s = 1.0\n[historian]\n'
        f'host = "{parts["host"]}"\nport = {parts["port"]}\ndatabase = "{parts["dbname"]}"\n'
        f'user = "{parts["user"]}"\n{tables}',
        encoding="utf-8",
    )
    environ = os.environ | {"CELADOR_HISTORIAN__PASSWORD": str(parts["password"])}
    command = [sys.executable, "-m", "celador", "run", "--config", str(folder / "celador.toml")]
    with subprocess.Popen(command, env=environ) as process:
        try:
            yield folder / "soak.db"
            assert process.poll() is None, "the monitor did not live to the end"
        finally:
            process.terminate()


def trouble(cluster: Cluster, begin: float, seconds: float) -> None:
    """Stop the database three times and let it come back."""
    for share, how, name in _STOPS:
        time.sleep(max(0.0, begin + share * seconds - time.monotonic()))
        cluster.stop(how)
        print(f"{time.monotonic() - begin:6.0f} s: the database is {name}", flush=True)
        time.sleep(_AWAY * seconds)
        cluster.start()
        print(f"{time.monotonic() - begin:6.0f} s: the database is back", flush=True)
    time.sleep(max(0.0, begin + seconds - time.monotonic()))


def arrived(store: Path) -> bool:
    """Wait, with the polling still going on, until hardly anything waits."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if look(store)[0].rows < 200:
            return True
        time.sleep(0.2)
    return False


def compare(store: Path, dsn: str, devices: int, seconds: float) -> list[str]:
    """What is amiss, one sentence each."""
    with contextlib.closing(sqlite3.connect(store)) as database:
        edge: list[Pair] = database.execute(_EDGE).fetchall()
        events = database.execute("SELECT count(*) FROM eventos").fetchone()[0]
        (aside,) = database.execute("SELECT count(*) FROM apartados").fetchone()
    with psycopg.connect(dsn) as connection:
        there: list[Pair] = connection.execute(_HISTORIAN).fetchall()
        row = connection.execute("SELECT count(*) FROM eventos").fetchone()
    print(f"edge store: {len(edge)} samples, {events} events; historian: {len(there)}, {row}")
    amiss = []
    if doubled := sum(times - 1 for times in Counter(there).values()):
        amiss.append(f"{doubled} pairs stand twice in the historian")
    if missing := set(edge) - set(there):
        amiss.append(f"{len(missing)} pairs are missing in the historian")
    if strange := set(there) - set(edge):
        amiss.append(f"{len(strange)} pairs of the historian are unknown to the edge store")
    if row is None or row[0] != events or aside:
        amiss.append(f"events differ or rows were set aside ({aside})")
    for device in range(1, devices + 1):
        instants = [at for number, at in edge if number == device]
        span = (max(instants) - min(instants)) / 1e6 if instants else 0.0
        if len(instants) < _WHOLE * span or span < seconds - _START:
            amiss.append(f"recloser {device} has {len(instants)} rows over {span:.0f} s")
    return amiss


def main() -> int:
    """Run it and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--devices", type=int, default=20)
    arguments = parser.parse_args()
    seconds = arguments.minutes * 60
    with server() as cluster, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with simulator(arguments.devices) as devices:
            begin = time.monotonic()
            with monitor(folder, devices, cluster.dsn) as store:
                trouble(cluster, begin, seconds)
                done = arrived(store)
            # A clean end carries what came last.
            took = time.monotonic() - begin
        amiss = compare(store, cluster.dsn, arguments.devices, took)
    if not done:
        amiss.append(f"rows still waited {_PATIENCE:.0f} s after the end")
    for sentence in amiss:
        print(sentence)
    print("amiss" if amiss else "exactly the expected pairs on both sides")
    return bool(amiss)


if __name__ == "__main__":
    sys.exit(main())
