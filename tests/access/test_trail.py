"""What people do, one thing after the other, and the audit rows that have to be left of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from celador.surfaces.web.access.access import Access
from tests.access.conftest import PASSWORD
from tests.access.house import House, attempt, form_token, house
from tests.support.clock import TurnedClock

GUESS = "una frase equivocada"
OTHER = "cuatro elefantes se balanceaban"


@pytest.fixture
async def home(access: Access, store: Path, clock: TurnedClock) -> AsyncIterator[House]:
    async with house(access, store, clock) as made:
        yield made


def rows(home: House) -> list[tuple[str | None, str, str, str, str]]:
    """Who, how they were known, what, to what, and what came of it; oldest first."""
    return [
        (each.user, each.via.value, each.action, each.thing, each.result.value)
        for each in reversed(home.access.audit.read(0, 2**62))
    ]


async def send(client: httpx.AsyncClient, path: str, **fields: str) -> int:
    """Send a form of the account."""
    token = form_token((await client.get("/cuenta")).text)
    return (await client.post(path, data={"ficha": token, **fields})).status_code


async def test_coming_and_going_leaves_its_rows(home: House) -> None:
    before = len(rows(home))
    await attempt(home.client(**home.origin), "vera", GUESS)
    await attempt(home.client(**home.origin), "zoe", GUESS)
    here, _ = await home.enter("vera"), await home.enter("vera")
    who = home.access.sessions.check(here.cookies["celador"], "127.0.0.1")
    assert who is not None
    (other,) = [each.id for each in home.access.sessions.of(who) if each.id != who.key]
    assert await send(here, "/cuenta/sesion", sesion=str(other)) == 303
    change = {"nueva": OTHER, "otra_vez": OTHER}
    assert await send(here, "/cuenta/clave", clave=GUESS, **change) == 401
    assert await send(here, "/cuenta/clave", clave=PASSWORD, **change) == 303
    assert await send(here, "/salir") == 303
    assert rows(home)[before:] == [
        (None, "sesion", "ingresar", "vera", "rechazado"),
        (None, "sesion", "ingresar", "", "rechazado"),
        ("vera", "sesion", "ingresar", "", "hecho"),
        ("vera", "sesion", "ingresar", "", "hecho"),
        ("vera", "sesion", "terminar sesión", "", "hecho"),
        ("vera", "sesion", "cambiar clave propia", "vera", "rechazado"),
        ("vera", "sesion", "cambiar clave propia", "vera", "hecho"),
        ("vera", "sesion", "ingresar", "", "hecho"),
        ("vera", "sesion", "salir", "", "hecho"),
    ]
