"""A file of users with one person of each role, and a clock to turn."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from celador.domain.device import Device
from celador.domain.event import Event, EventKind, Origin
from celador.domain.sample import Quality, Sample, SwitchState
from celador.ports import Record
from celador.surfaces.web.access.access import Access
from celador.surfaces.web.access.roles import Identity, Role, Via
from celador.surfaces.web.access.sessions import Lifetimes
from tests.support.clock import MIDNIGHT, TurnedClock
from tests.support.edge_store import write_store

PASSWORD = "tres tristes tigres"
NAMES = {Role.VIEWER: "vera", Role.OPERATOR: "omar", Role.ADMINISTRATOR: "ada"}
CONSOLE = Identity("root", Role.ADMINISTRATOR, Via.CONSOLE)
LIFETIMES = Lifetimes(idle_h=8, longest_h=72)
HOUR = 3600.0
SECOND = 1_000_000


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture(scope="session")
def three_users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file, made once: hashing a password takes its time."""
    path = tmp_path_factory.mktemp("users") / "celador.db.usuarios"
    access = Access(path, TurnedClock(), LIFETIMES)
    for role, name in NAMES.items():
        access.users.add(name, role, PASSWORD, CONSOLE)
    access.close()
    return path


@pytest.fixture
def access(tmp_path: Path, clock: TurnedClock, three_users: Path) -> Iterator[Access]:
    path = tmp_path / "celador.db.usuarios"
    shutil.copy(three_users, path)
    found = Access(path, clock, LIFETIMES)
    yield found
    found.close()


def enter(access: Access, name: str) -> tuple[str, Identity]:
    """Log in; the cookie's secret and who one is then."""
    secret = access.sessions.begin(name, PASSWORD, "10.0.0.9", "a browser")
    assert secret is not None
    who = access.sessions.check(secret, "10.0.0.9")
    assert who is not None
    return secret, who


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Samples of `norte` and `sur`, a second apart for 50 s, and events, several at one instant."""
    path = tmp_path_factory.mktemp("store") / "celador.db"
    devices = [
        Device(1, "norte", "Campus", "noja-rc10", 13_200.0),
        Device(2, "sur", "", "noja-rc10", 13_200.0),
    ]
    records: list[Record] = []
    for second in range(50):
        at = MIDNIGHT + second * SECOND + 250_000
        records += [_sample(device.id, at, second) for device in devices]
        records += [_event(device.id, at, n) for device in devices for n in range(second % 4)]
    write_store(path, devices, records)
    return path


def _sample(device: int, at: int, second: int) -> Sample:
    values = {"ia": second / 10, "va": 7621.0, "fp": 0.93, "p_act": None}
    return Sample(device, at, values, SwitchState.CLOSED, Quality.GOOD)


def _event(device: int, at: int, n: int) -> Event:
    return Event(
        device,
        at,
        at - SECOND,
        EventKind.POINT,
        f"p{n}",
        "0",
        "1",
        f"cambio {n}",
        f"change {n}",
        Origin.DEVICE,
    )
