"""Every alarm of the catalogue against timelines written from the sheet of condition indicators."""

from __future__ import annotations

from pathlib import Path

import pytest

from celador.domain.alarms.catalogue import catalogue
from tests.alarms.timelines import FOLDER, differences, parse

FILES = sorted(FOLDER.glob("*.txt"))
FLEET = {code for code, kind in catalogue().items() if kind.by == "fleet"}


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_the_alarms_are_those_of_the_timeline(path: Path) -> None:
    assert differences(parse(path.read_text(encoding="utf-8"))) == []


def test_every_alarm_of_a_recloser_has_a_timeline_that_raises_it() -> None:
    raised = {
        words[1].partition("(")[0]
        for path in FILES
        for words in parse(path.read_text(encoding="utf-8")).expected
        if words[2] != "NORM"
    }
    # RELOJ rests on registers that no timeline here shows; tests/pipeline raises it.
    assert raised == set(catalogue()) - FLEET - {"RELOJ"}
