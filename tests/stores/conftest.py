from __future__ import annotations

from pathlib import Path

import pytest

from tests.stores.support import Harness, SqliteHarness


@pytest.fixture(params=["sqlite"])
def harness(request: pytest.FixtureRequest, tmp_path: Path) -> Harness:
    """Every kind of store in turn; a store on a server joins with a name of its own."""
    kinds = {"sqlite": SqliteHarness}
    return kinds[request.param](tmp_path)


@pytest.fixture
def sqlite(tmp_path: Path) -> SqliteHarness:
    return SqliteHarness(tmp_path)
