"""What the page of the system tells of the store, the road to the historian, the links, the log."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from pathlib import Path
from typing import cast

from celador.config import Config, HistorianConfig, StoreConfig
from celador.domain.device import Device
from celador.domain.errors import StoreError
from celador.domain.sample import Quality, Sample, SwitchState
from celador.ports import Backlog, RequestBox
from celador.surfaces.live import Live
from celador.surfaces.web.access.access import Access
from celador.surfaces.web.log_tail import LogTail
from celador.surfaces.web.pages.system import links_card, log_card, settings_card, state_card
from celador.surfaces.web.services import History, WebServices
from celador.surfaces.web.viewer import View
from tests.support.clock import MIDNIGHT, TurnedClock

ES = View("es", "America/Argentina/Buenos_Aires")
SECRET = "tres tristes tigres"


def services(tmp_path: Path, **more: object) -> WebServices:
    """Beside a store that another process writes."""
    config = Config(store=StoreConfig(path=tmp_path / "celador.db"))
    live = Live([Device(7, "norte", "", "noja-rc10", 13_200.0)])
    at = MIDNIGHT - 2_500_000
    live.committed([Sample(7, at, {"ia": 5.0}, SwitchState.CLOSED, Quality.GOOD)])
    unused = cast("History", None), live, cast("Access", None), cast("RequestBox", None)
    return replace(WebServices(TurnedClock(MIDNIGHT), config, *unused), **more)  # type: ignore[arg-type]  # the fields' own types differ


def told(card: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", card).split())


async def test_the_backlog_is_told_with_its_age_and_trouble_only_to_who_may_know(
    tmp_path: Path,
) -> None:
    waiting = services(tmp_path, backlog=lambda: Backlog(12_345, MIDNIGHT - 300_000_000, 2))
    said = told(await state_card(waiting, ES, inside=True))
    assert "Filas que esperan al historiador 12.345 · la más antigua tiene 5 min" in said
    assert "Filas apartadas 2" in said
    assert "Espacio libre" in said
    assert "17/07/2026 21:00:00 \N{MINUS SIGN}03:00" in said
    assert str(tmp_path) in said
    assert str(tmp_path) not in told(await state_card(waiting, ES, inside=False))

    def broken() -> Backlog:
        raise StoreError(SECRET)

    lost = services(tmp_path, backlog=broken)
    assert SECRET in await state_card(lost, ES, inside=True)
    assert SECRET not in await state_card(lost, ES, inside=False)


def test_a_link_is_told_with_the_age_of_its_newest_sample(tmp_path: Path) -> None:
    here = services(tmp_path)
    assert "norte 7 sin dato — 2,5 s" in told(links_card(here, ES))
    here.live.devices[7].link = False
    assert "norte 7 caído" in told(links_card(here, ES))


def test_the_log_stands_newest_first(tmp_path: Path) -> None:
    tail, logger = LogTail(), logging.getLogger("celador.test_system_cards")
    logger.addHandler(tail)
    logger.warning("the first")
    logger.error("the second")
    said = told(log_card(services(tmp_path, log=tail), ES))
    assert re.search(r"ERROR the second .*WARNING the first", said)


def test_settings_are_told_and_secrets_never(tmp_path: Path) -> None:
    historian = HistorianConfig(host="db.example", password=SECRET)  # type: ignore[arg-type]  # as in a file
    card = settings_card(Config(historian=historian), ES)
    assert SECRET not in card
    assert "historian.password •" in told(card)
    assert "historian.host db.example" in told(card)
