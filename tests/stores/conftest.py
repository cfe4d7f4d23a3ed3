from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores.support import Harness, SqliteHarness
from tests.stores_timescale.harness import HistorianHarness
from tests.support.postgres import Historians


@pytest.fixture(params=["sqlite", "timescaledb", "postgresql"])
def harness(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Harness]:
    """Every kind of store in turn."""
    if request.param == "sqlite":
        yield SqliteHarness(tmp_path)
        return
    historians: Historians = request.getfixturevalue("historians")
    timescale = request.param == "timescaledb"
    historians.demand(timescale=timescale)  # what the test opens later may be too late to skip it
    harness = HistorianHarness(tmp_path, historians, timescale=timescale)
    yield harness
    harness.remove()


@pytest.fixture
def sqlite(tmp_path: Path) -> SqliteHarness:
    return SqliteHarness(tmp_path)
