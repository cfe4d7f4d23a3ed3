"""Reports that take long: made once however many look, in a worker thread, with their progress."""

from __future__ import annotations

import asyncio
import io
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from html import escape
from typing import Generic, TypeVar

from nicegui import ui
from starlette.responses import Response

from celador.domain.errors import CeladorError
from celador.domain.periods import Period
from celador.surfaces.supply import Figure, write_csv
from celador.surfaces.supply.making import Progress
from celador.surfaces.web.page import PageContext
from celador.surfaces.web.parts.plots import Options
from celador.surfaces.web.services import WebReader
from celador.surfaces.web.viewer import View

_log = logging.getLogger("celador.web")

T = TypeVar("T")

_KEPT = 24
_RUNNING_FOR = 300_000_000  # µs for which the report of a period that is not over stays good
_LOOK = 0.3  # s


@dataclass
class Job(Generic[T]):
    """A report in the making.

    Attributes:
        share: how far it is, 0 to 1.
        result: the report; None before.
        trouble: why there is none; "" where that is a defect, which is told in the log.
        done: whether it is over.
    """

    share: float = 0.0
    result: T | None = None
    trouble: str = ""
    done: bool = False
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class Reports(Generic[T]):
    """The last reports of one kind, by what they are of; one is made at a time."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[object, Job[T]] = OrderedDict()
        self._turn = asyncio.Semaphore(1)

    def get(
        self, context: PageContext, key: object, end: int, make: Callable[[WebReader, Progress], T]
    ) -> Job[T]:
        """A report, done or in the making.

        Args:
            context: of the page.
            key: what it is of.
            end: of its period; while that is to come, the report is made anew now and then.
            make: makes it, in a worker thread.
        """
        now = context.services.clock.now()
        full = (key, now // _RUNNING_FOR if now < end else None)
        job = self._jobs.get(full)
        if job is None:
            job = self._jobs[full] = Job()
            job.task = asyncio.create_task(self._make(context, full, job, make))
            while len(self._jobs) > _KEPT:
                self._jobs.popitem(last=False)
        self._jobs.move_to_end(full)
        return job

    def forget(self) -> None:
        """What they rest on has changed."""
        self._jobs.clear()

    async def _make(
        self,
        context: PageContext,
        full: object,
        job: Job[T],
        make: Callable[[WebReader, Progress], T],
    ) -> None:
        def progress(share: float) -> None:
            job.share = share

        try:
            async with self._turn:
                job.result = await context.services.history(lambda reader: make(reader, progress))
        except CeladorError as error:
            job.trouble = str(error)
        except Exception:  # noqa: BLE001 -- the page says so; whoever waits would wait for ever
            _log.exception("a report could not be made")
        finally:
            job.done = True
            if job.result is None and self._jobs.get(full) is job:
                del self._jobs[full]  # whoever asks again lets it be tried again


async def show(context: PageContext, job: Job[T], draw: Callable[[T], Awaitable[None]]) -> None:
    """Draw a report here, at once or when it is done; until then its progress."""
    place = ui.element("div").classes("report")
    timer: ui.timer | None = None

    async def look() -> None:
        if not job.done:
            bar.set_content(_bar(context, job.share))
            return
        if timer is not None:
            timer.deactivate()
        place.clear()
        with place:
            if job.result is None:
                said = escape(why_not(context.viewer, job))
                ui.html(f'<p class="trouble" role="alert">{said}</p>', sanitize=False)
            else:
                await draw(job.result)

    with place:
        bar = ui.html(_bar(context, job.share), sanitize=False).classes("card")
    if job.task is not None:
        await asyncio.wait({job.task}, timeout=0.4)
    if job.done:
        await look()
    else:
        timer = ui.timer(_LOOK, look)


def why_not(view: View, job: Job[T]) -> str:
    """Why a report could not be made, and what to do."""
    if job.trouble:
        return view.t("The report could not be made: {why}", why=job.trouble)
    return view.t(
        "The report failed by a defect of Celador; the reason is in the log. "
        "Open the page again, or choose another period."
    )


def _bar(context: PageContext, share: float) -> str:
    text = escape(context.viewer.t("Reading the samples…"))
    percent = f"{100 * share:.0f}"
    return (
        f'<p class="note">{text} {percent} %</p><div class="progress" role="progressbar"'
        f' aria-valuenow="{percent}" aria-label="{text}"><div style="width:{percent}%"></div></div>'
    )


def plot_card(view: View, title: str, words: str, options: Options | None) -> None:
    """A plot under its title; where there is nothing to show, a line and not an empty frame."""
    with ui.element("section").classes("card"):
        ui.html(f"<h2>{escape(title)}<span>{escape(words)}</span></h2>", sanitize=False)
        if options is None:
            ui.html(f'<p class="note">{escape(view.t("no data"))}</p>', sanitize=False)
            return
        chart = ui.echart(options, renderer="svg").style("height: 250px")
        chart.props(f'role="img" aria-label="{escape(title)}: {escape(words)}"')


def figures_file(
    name: str, period: Period, sections: Iterable[tuple[str, Iterable[Figure]]]
) -> Response:
    """The figures of a report as a CSV file of that name, to keep."""
    text = io.StringIO()
    write_csv(text, period.name, sections)
    return Response(
        text.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
