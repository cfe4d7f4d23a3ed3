"""Zooms that overtake one another: what is shown is what was asked for last."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, ClassVar, cast

from nicegui import ui
from nicegui.events import GenericEventArguments

from celador.surfaces.web.page import PageContext
from celador.surfaces.web.pages.trends import Trend
from celador.surfaces.web.parts.ranges import Range
from celador.surfaces.web.viewer import Viewer
from tests.support.clock import MIDNIGHT

HOUR = 3_600_000_000  # µs


class Shown(Trend):
    """Tells what it would draw, in place of the chart."""

    told: ClassVar[list[Sequence[Any]]] = []

    def curves(self, envelopes: Sequence[Any]) -> list[Any]:
        del envelopes
        return []

    def _show(self, curves: Sequence[Any], envelopes: Sequence[Any]) -> None:
        del curves
        self.told.append(envelopes)


async def test_a_slow_zoom_that_was_overtaken_is_not_shown() -> None:
    answers: list[asyncio.Future[str]] = []

    async def history(_read: object) -> tuple[list[str], list[object]]:
        answers.append(asyncio.get_running_loop().create_future())
        return [await answers[-1]], []

    services = SimpleNamespace(history=history)
    context = cast("PageContext", SimpleNamespace(viewer=Viewer(), services=services))
    trend = Shown(context, (), ("ia",), Range(MIDNIGHT, MIDNIGHT + HOUR, "1h"))
    trend.chart = cast("ui.echart", object())

    def zoom(low: int, high: int) -> asyncio.Task[None]:
        moved = SimpleNamespace(args={"start": low, "end": high})
        return asyncio.create_task(trend.zoom(cast("GenericEventArguments", moved)))

    slow = zoom(10, 20)
    await asyncio.sleep(0)
    quick = zoom(30, 40)
    await asyncio.sleep(0)
    answers[1].set_result("30 to 40")
    await quick
    answers[0].set_result("10 to 20")
    await slow
    assert Shown.told == [["30 to 40"]]
