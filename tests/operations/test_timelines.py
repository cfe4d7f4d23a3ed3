"""Operations and interruptions against timelines written from the sheets."""

from __future__ import annotations

from pathlib import Path

import pytest

from celador.sources.timeline import load_timeline
from tests.operations.timelines import FOLDER, against

FILES = sorted(FOLDER.glob("*.txt"))
CASES = [(path, period) for path in FILES for period in load_timeline(path).expected]


@pytest.mark.parametrize(
    ("path", "period"), CASES, ids=[f"{path.stem}-{period:g}s" for path, period in CASES]
)
def test_what_is_on_record_is_what_the_timeline_says(path: Path, period: float) -> None:
    assert against(load_timeline(path), period) == []
