"""Operations and interruptions against timelines written from the sheets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.operations.timelines import FOLDER, differences, parse

FILES = sorted(FOLDER.glob("*.txt"))
CASES = [(path, period) for path in FILES for period in parse(path).expected]


@pytest.mark.parametrize(
    ("path", "period"), CASES, ids=[f"{path.stem}-{period:g}s" for path, period in CASES]
)
def test_what_is_on_record_is_what_the_timeline_says(path: Path, period: float) -> None:
    assert differences(parse(path), period) == []
