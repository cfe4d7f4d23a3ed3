"""A file of users with one person of each role, and a clock to turn."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from celador.surfaces.web.access.access import Access
from celador.surfaces.web.access.roles import Identity, Role, Via
from celador.surfaces.web.access.sessions import Lifetimes
from tests.support.clock import TurnedClock

PASSWORD = "tres tristes tigres"
NAMES = {Role.VIEWER: "vera", Role.OPERATOR: "omar", Role.ADMINISTRATOR: "ada"}
CONSOLE = Identity("root", Role.ADMINISTRATOR, Via.CONSOLE)
LIFETIMES = Lifetimes(idle_h=8, longest_h=72)
HOUR = 3600.0


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
