"""The pulled plug: `celador run` is killed again and again, and what was stored stays stored."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

ROUNDS = 50
DEVICES = 20
_SIMULATOR = [sys.executable, "-m", "celador", "simulate", "--json", "--port", "0"]


@contextmanager
def simulator() -> Iterator[dict[str, dict[str, object]]]:
    with subprocess.Popen(
        [*_SIMULATOR, "--devices", str(DEVICES)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["devices"]
        finally:
            process.terminate()


def write_config(path: Path, devices: dict[str, dict[str, object]]) -> None:
    tables = "\n".join(
        f'[[devices]]\nid = {number}\nname = "{name}"\nhost = "{d["host"]}"\nport = {d["port"]}\n'
        for number, (name, d) in enumerate(devices.items(), start=1)
    )
    path.write_text(
        '[store]\npath = "plug.db"\n'
        "[polling]\nstatus_s = 0.1\nanalog_s = 0.1\ncounters_s = 1\nburst_period_s = 0.1\n" + tables
    )


def seen_in(store: Path, columns: str) -> list[tuple[int, ...]]:
    """What another process sees is what has been committed."""
    if not store.exists():
        return []
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=10)) as reader:
        try:
            return reader.execute(f"SELECT {columns} FROM mediciones").fetchall()
        except sqlite3.OperationalError:
            return []


def rows_seen(store: Path) -> set[tuple[int, ...]]:
    return set(seen_in(store, "equipo_id, fecha_hora"))


def count_seen(store: Path) -> int:
    return sum(count for (count,) in seen_in(store, "count(*)"))


def test_fifty_kills_under_load_lose_no_committed_row(tmp_path: Path) -> None:
    chance = random.Random(20)
    config, store = tmp_path / "celador.toml", tmp_path / "plug.db"
    committed: set[tuple[int, ...]] = set()
    with simulator() as devices:
        write_config(config, devices)
        for _ in range(ROUNDS):
            before = len(committed)
            wanted = before + chance.randrange(1, 4 * DEVICES)
            process = subprocess.Popen(
                [sys.executable, "-m", "celador", "run", "--config", str(config)],
                stderr=subprocess.PIPE,
            )
            try:
                deadline = time.monotonic() + 30
                while count_seen(store) < wanted:
                    assert process.poll() is None, process.stderr and process.stderr.read()
                    assert time.monotonic() < deadline, "no rows arrive"
                    time.sleep(0.01)  # reading all the time would take the processor from it
                seen = rows_seen(store)
            finally:
                process.kill()
                process.communicate()
            assert committed <= seen
            committed = seen
            after = rows_seen(store)
            assert committed <= after
            committed = after
            with closing(sqlite3.connect(store)) as check:
                assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert {device for device, _ in committed} == set(range(1, DEVICES + 1))
