"""Disks that fail: nothing but the storing stops, it is said, and it heals by itself."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from celador.domain.errors import StoreCorruptError
from celador.domain.event import Event, EventKind, Origin
from celador.domain.quantities import MEASUREMENTS
from celador.domain.sample import Sample
from celador.ports import EdgeStore, Record, SampleQuery
from celador.stores.sqlite import SqliteReader, SqliteStore
from tests.stores.support import DAY, DEVICES, SECOND, LiveClock, sample, until
from tests.support.clock import MIDNIGHT

FULL = {q.name: 1 if q.integer else 1.5 for q in MEASUREMENTS}
LIMIT = 400  # records that wait in memory


def big(at: int) -> Sample:
    return sample(at * SECOND, FULL)


async def open_store(path: Path, heard: list[Record], clock: LiveClock) -> SqliteStore:
    return await SqliteStore.open(
        path,
        devices=DEVICES,
        collector="campo",
        clock=clock,
        on_commit=heard.extend,
        queue_limit=LIMIT,
    )


def stored(path: Path) -> list[int]:
    with closing(SqliteReader(path)) as reader:
        rows = reader.samples(SampleQuery(MIDNIGHT, MIDNIGHT + DAY, ()))
        return [row.at for row in rows]


def gaps(path: Path) -> list[Event]:
    with closing(SqliteReader(path)) as reader:
        events = list(reader.events(MIDNIGHT, MIDNIGHT + DAY))
    assert all(event.kind is EventKind.GAP for event in events)
    return events


@contextmanager
def tiny_file_system(folder: Path) -> Iterator[None]:
    """Two megabytes that another program's file can fill."""
    folder.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small file system")
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no small file system can be mounted here: {made.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


async def fill_until_trouble(store: EdgeStore, start: int = 0) -> int:
    """Give records until the disk takes no more; the first number not yet given."""
    at = start
    while store.health().trouble is None:
        store.add([big(at)])
        at += 1
        await until(lambda: store.health().trouble is not None or store.health().queued < 100)
        assert at < 100_000, "the disk never filled"
    return at


async def test_a_full_disk_loses_nothing_while_memory_lasts_and_heals(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Record] = []
    with tiny_file_system(tmp_path / "disco"):
        path = tmp_path / "disco" / "celador.db"
        ballast = path.with_name("otro")
        ballast.write_bytes(bytes(1_200_000))
        store = await SqliteStore.open(
            path, devices=DEVICES, collector="campo", clock=LiveClock(), on_commit=heard.extend
        )
        given = await fill_until_trouble(store)
        health = store.health()
        assert health.trouble is not None
        assert "no space left" in health.trouble
        assert health.queued > 0
        assert health.lost == 0
        store.add([big(given)])  # still neither waits nor raises
        ballast.unlink()
        await store.flush()
        assert store.health().trouble is None
        await store.close()
        expected = [MIDNIGHT + at * SECOND for at in range(given + 1)]
        assert stored(path) == expected
        assert [record.at for record in heard] == expected
        assert gaps(path) == []
    assert [r.levelname for r in caplog.records if r.name == "celador.store"] == [
        "ERROR",
        "WARNING",
    ]


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_what_memory_could_not_hold_is_told_by_a_row(tmp_path: Path) -> None:
    heard: list[Record] = []
    path, clock = tmp_path / "celador.db", LiveClock()
    store = await open_store(path, heard, clock)
    with file_size_limit(300_000):
        given = await fill_until_trouble(store)
        for at in range(given, given + 2 * LIMIT):
            store.add([big(at)])
        given += 2 * LIMIT
        health = store.health()
        assert health.lost > 0
        assert health.queued + health.lost + health.stored == given
    clock.spend(3600)
    await store.flush()
    health = store.health()
    await store.close()
    [gap] = gaps(path)
    samples = [record.at for record in heard if isinstance(record, Sample)]
    missing = sorted({MIDNIGHT + at * SECOND for at in range(given)} - set(samples))
    assert stored(path) == samples
    assert samples == sorted(samples)
    assert gap.new == str(len(missing)) == str(health.lost)
    assert gap.since == missing[0]
    assert gap.at == clock.now()
    assert gap.origin is Origin.SYSTEM
    assert gap.device_id is None
    assert f"Se perdieron {len(missing)} registros entre 2026-07-18T00:" in gap.text_es
    assert gap in heard


async def test_a_folder_that_vanishes_and_returns_is_used_again(tmp_path: Path) -> None:
    heard: list[Record] = []
    path = tmp_path / "datos" / "celador.db"
    store = await open_store(path, heard, LiveClock())
    store.add([big(1)])
    await store.flush()
    shutil.rmtree(path.parent)
    store.add([big(2)])
    await until(lambda: store.health().trouble is not None)
    assert heard == [big(1)]  # a commit into a removed file is none
    path.parent.mkdir()
    store.add([big(3)])
    await store.flush()
    await store.close()
    assert heard == [big(1), big(2), big(3)]
    assert stored(path) == [big(2).at, big(3).at]


async def test_a_commit_whose_fate_was_unknown_is_not_doubled(tmp_path: Path) -> None:
    heard: list[Record] = []
    home, away = tmp_path / "datos", tmp_path / "mudanza"
    store = await open_store(home / "celador.db", heard, LiveClock())
    store.add([big(1)])
    await store.flush()
    home.rename(away)
    lost_sight = Event(
        1, MIDNIGHT, None, EventKind.GAP, "enlace", None, None, "", "", Origin.SYSTEM
    )
    store.add([big(2), lost_sight])  # reaches the file, which is no longer where it should be
    await until(lambda: store.health().trouble is not None)
    away.rename(home)
    await store.flush()
    await store.close()
    assert heard == [big(1), big(2), lost_sight]
    assert gaps(home / "celador.db") == [lost_sight]
    assert store.duplicates == 0


async def test_a_loss_while_a_commit_is_in_doubt_is_told_too(tmp_path: Path) -> None:
    heard: list[Record] = []
    home, away = tmp_path / "datos", tmp_path / "mudanza"
    store = await open_store(home / "celador.db", heard, LiveClock())
    home.rename(away)
    store.add([big(1)])
    await until(lambda: store.health().trouble is not None)
    store.add([big(at) for at in range(2, LIMIT + 7)])
    reopened = store._writer._retry
    await until(lambda: store._writer._retry > reopened)  # it has tried once more meanwhile
    away.rename(home)
    await store.flush()
    await store.close()
    [gap] = gaps(home / "celador.db")
    assert gap.new == "5"
    assert (gap.since, store.health().lost) == (big(2).at, 5)


async def test_a_file_that_vanishes_beside_its_log_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "celador.db"
    store = await open_store(path, [], LiveClock())
    store.add([big(1)])
    await store.flush()
    path.rename(tmp_path / "aparte")
    store.add([big(2)])
    await until(lambda: "put the file back" in (store.health().trouble or ""))
    (tmp_path / "aparte").rename(path)
    await store.flush()
    await store.close()
    assert stored(path) == [big(1).at, big(2).at]


async def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "celador.db"
    store = await open_store(path, [], LiveClock())
    store.add([big(at) for at in range(50)])
    await store.close()
    content = path.read_bytes()
    damaged = content[:100] + b"\xff" * 4096 + content[4196:]
    path.write_bytes(damaged)
    with pytest.raises(StoreCorruptError, match=r"is damaged .*: put it aside"):
        await open_store(path, [], LiveClock())
    assert path.read_bytes() == damaged


async def test_trouble_is_said_once_and_again_after_a_while(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def said() -> list[str]:
        return [r.message for r in caplog.records if r.levelno == logging.ERROR]

    clock = LiveClock()
    path = tmp_path / "datos" / "celador.db"
    store = await open_store(path, [], clock)
    shutil.rmtree(path.parent)
    retries = 0
    original = store._writer._reopen

    def counted() -> object:
        nonlocal retries
        retries += 1
        return original()

    store._writer._reopen = counted  # type: ignore[assignment]  # counts and passes on
    store.add([big(1)])
    await until(lambda: retries >= 3)
    assert len(said()) == 1
    assert "nothing can be stored: the store" in said()[0]
    assert "1 records wait in memory" in said()[0]
    clock.spend(601)
    await until(lambda: len(said()) == 2)
    await store.close()
    assert "1 records are lost" in said()[-1]


async def test_closing_does_not_wait_for_a_disk_that_takes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "datos" / "celador.db"
    store = await open_store(path, [], LiveClock())
    shutil.rmtree(path.parent)
    store.add([big(1), big(2)])
    flushing = asyncio.create_task(store.flush())
    await until(lambda: store.health().trouble is not None)
    await store.close()
    await flushing
    assert store.health().lost == 2
    assert store.health().queued == 0
