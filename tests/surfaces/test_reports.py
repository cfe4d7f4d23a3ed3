"""Reports that cannot be made: who waits is told why, and who asks again gets another try."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from celador.config import Config
from celador.domain.errors import TooSlowError
from celador.ports import RequestBox
from celador.stores.sqlite.reader import SqliteReader
from celador.surfaces.live import Live
from celador.surfaces.supply.making import Progress
from celador.surfaces.web.access.access import Access
from celador.surfaces.web.page import PageContext
from celador.surfaces.web.pages.reports import Job, Reports, why_not
from celador.surfaces.web.services import History, WebReader, WebServices
from celador.surfaces.web.viewer import View, Viewer
from tests.support.clock import MIDNIGHT, TurnedClock
from tests.web.quiet import make_store

SLOW = "the historian is too slow: look at its load and its disk"
SECRET = "tres tristes tigres"


@pytest.fixture
async def context(tmp_path: Path) -> AsyncIterator[PageContext]:
    """Over a store with one recloser."""
    path = tmp_path / "store.db"
    make_store(path, 1)
    history = History(lambda: SqliteReader(path))
    unused = cast("Access", None), cast("RequestBox", None)
    services = WebServices(TurnedClock(MIDNIGHT), Config(), history, Live(()), *unused)
    yield PageContext(Viewer(), services, {})
    await history.close()


@pytest.mark.parametrize(
    ("error", "told", "logged"),
    [
        (TooSlowError(SLOW), f"No se pudo hacer el informe: {SLOW}", False),
        (
            RuntimeError(SECRET),
            (
                "El informe falló por un defecto de Celador; el motivo está en el registro. "
                "Vuelva a abrir la página o elija otro período."
            ),
            True,
        ),
    ],
)
async def test_a_report_that_fails_says_why_and_is_tried_again(
    context: PageContext,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    told: str,
    logged: bool,
) -> None:
    well = False

    def make(reader: WebReader, progress: Progress) -> str:
        progress(0.5)
        if not well:
            raise error
        return reader.devices()[0].name

    reports: Reports[str] = Reports()

    async def made() -> Job[str]:
        job = reports.get(context, "of June", MIDNIGHT - 1, make)
        assert job.task is not None
        await job.task
        return job

    failed = await made()
    assert (failed.done, failed.result) == (True, None)
    assert why_not(View("es", "UTC"), failed) == told
    errors = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert [bool(each.exc_info) for each in errors] == [True] * logged
    well = True
    again = await made()
    assert again.result == "R-001"
    assert await made() is again  # what is made is made once
