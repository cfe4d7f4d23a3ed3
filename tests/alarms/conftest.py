from __future__ import annotations

from pathlib import Path

import pytest

from tests.stores.support import SqliteHarness


@pytest.fixture
def sqlite(tmp_path: Path) -> SqliteHarness:
    return SqliteHarness(tmp_path)
