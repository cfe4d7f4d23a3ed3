"""What a browser is sent: everything first, then what differs, and something in every tick."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping

import pytest

from celador.domain.device import Device
from celador.domain.event import Event, EventKind, Origin
from celador.surfaces.live import Live
from celador.surfaces.web.layout import frame_topic
from celador.surfaces.web.stream import Cell, LiveStream, Moment
from celador.surfaces.web.viewer import View
from tests.support.clock import MIDNIGHT, TurnedClock

SECOND = 1_000_000
VIEW = View("en", "UTC")
RECLOSER = Device(1, "R-001", "", "noja-rc10", 13_200.0)


class Browser:
    """Reads a stream, message by message."""

    def __init__(self, stream: LiveStream, *names: str) -> None:
        self._messages: AsyncIterator[bytes] = stream.listen(list(names), VIEW)
        self._coming: asyncio.Task[bytes] | None = None

    async def hears(self) -> Mapping[str, dict[str, str]] | None:
        """The next message's cells; None where nothing comes however often the loop turns."""
        for _ in range(50):
            if self._coming is None:
                self._coming = asyncio.ensure_future(anext(self._messages))
            await asyncio.sleep(0)
            if self._coming.done():
                message, self._coming = self._coming.result(), None
                if message.startswith(b"data:"):
                    found: Mapping[str, dict[str, str]] = json.loads(message[5:])
                    return found
        return None


class Topics:
    """A topic that stands still, and one that counts and can be made to fail."""

    def __init__(self) -> None:
        self.count = 0
        self.broken = False

    def still(self, _: Moment) -> Mapping[str, Cell]:
        return {"still": Cell("1")}

    def counting(self, _: Moment) -> Mapping[str, Cell]:
        if self.broken:
            raise ZeroDivisionError
        self.count += 1
        return {"count": Cell(str(self.count))}


@pytest.fixture
def topics() -> Topics:
    return Topics()


@pytest.fixture
def stream(topics: Topics) -> LiveStream:
    named = {"still": topics.still, "counting": topics.counting}
    return LiveStream(Live(()), TurnedClock(), named)


async def test_every_tick_says_something_even_where_nothing_differs(stream: LiveStream) -> None:
    browser = Browser(stream, "still")
    assert await browser.hears() == {"still": {"t": "1"}}
    assert await browser.hears() is None  # no tick, no word: a timer would tell of no ticks
    stream.tick()
    assert await browser.hears() == {}
    assert await browser.hears() is None


async def test_who_is_told_news_is_not_told_that_there_are_none(stream: LiveStream) -> None:
    browser = Browser(stream, "still", "counting")
    assert await browser.hears() == {"still": {"t": "1"}, "count": {"t": "1"}}
    stream.tick()
    assert await browser.hears() == {"count": {"t": "2"}}
    assert await browser.hears() is None


async def test_who_looks_at_a_topic_that_fails_hears_nothing_until_it_can_have_everything(
    stream: LiveStream, topics: Topics, caplog: pytest.LogCaptureFixture
) -> None:
    ill, well = Browser(stream, "still", "counting"), Browser(stream, "still")
    assert await ill.hears() == {"still": {"t": "1"}, "count": {"t": "1"}}
    assert await well.hears() == {"still": {"t": "1"}}
    topics.broken = True
    with caplog.at_level(logging.ERROR):
        stream.tick()
        stream.tick()
    assert len(caplog.records) == 1
    late = Browser(stream, "still", "counting")
    assert await ill.hears() is None
    assert await late.hears() is None
    assert await well.hears() == {}
    topics.broken = False
    stream.tick()
    assert await ill.hears() == {"still": {"t": "1"}, "count": {"t": "2"}}
    assert await late.hears() == {"still": {"t": "1"}, "count": {"t": "2"}}


async def test_a_browser_that_takes_nothing_is_told_everything_when_it_does_again(
    stream: LiveStream,
) -> None:
    browser = Browser(stream, "still", "counting")
    assert await browser.hears() == {"still": {"t": "1"}, "count": {"t": "1"}}
    for _ in range(100):
        stream.tick()
    assert await browser.hears() == {"still": {"t": "1"}, "count": {"t": "101"}}
    assert await browser.hears() == {}
    stream.tick()
    assert await browser.hears() == {"count": {"t": "102"}}


async def test_the_end_of_the_stream_reaches_who_hears_nothing(
    stream: LiveStream, topics: Topics
) -> None:
    topics.broken = True
    listening = stream.listen(["counting"], VIEW)
    assert await anext(listening) == b"retry:2000\n\n"
    ending = asyncio.ensure_future(anext(listening, b"ended"))
    stream.close()
    assert await asyncio.wait_for(ending, 10.0) == b"ended"


# ---- the frame ---------------------------------------------------------------------------------


def frame_of(live: Live, now: int = MIDNIGHT) -> tuple[str, str]:
    """What the frame says of the links, and of what is stored."""
    cells = frame_topic(Moment(live, VIEW, now))
    return cells["links"].html or "", cells["blind"].text or ""


def linked(new: str) -> Live:
    live = Live([RECLOSER])
    live.committed(
        [Event(1, MIDNIGHT, None, EventKind.LINK, "enlace", None, new, "", "", Origin.SYSTEM)]
    )
    return live


def test_the_dot_is_green_only_where_every_recloser_is_known_to_answer() -> None:
    assert frame_of(linked("arriba"))[0] == '<i class="dot"></i>1 of 1 links'
    assert frame_of(linked("abajo"))[0] == '<i class="dot lost"></i>0 of 1 links'
    assert frame_of(Live(()))[0] == '<i class="dot none"></i>0 of 0 links'


def test_a_store_that_cannot_be_read_or_gives_no_answer_is_told() -> None:
    live = linked("arriba")
    live.read_at = MIDNIGHT
    assert frame_of(live, MIDNIGHT + 10 * SECOND)[1] == ""
    links, said = frame_of(live, MIDNIGHT + 16 * SECOND)  # no answer, and no error either
    assert links.startswith('<i class="dot none">')
    assert said == "What is stored cannot be read since 18/07 00:00:00 +00: what you see is old."
    live.trouble = "the disk is gone"
    assert "The reason is in the log." in frame_of(live, MIDNIGHT + SECOND)[1]
    assert "the disk" not in frame_of(live)[1]  # who may not read the log may read this


def test_a_store_that_never_was_read_is_told_apart() -> None:
    live = Live(())
    live.trouble = "no such table: equipos"
    said = frame_of(live)[1]
    assert said.startswith("What is stored cannot be read: nothing is known of the reclosers.")
