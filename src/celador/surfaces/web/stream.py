"""The live stream: what changes on the screens, computed once however many browsers look.

A page renders its HTML once, with `data-live="KEY"` on what changes, inside an element with
`data-topic="NAME"` or `data-topic="NAME/ARGUMENT"`. A topic is a pure function that gives the cells
of those keys. Each topic and view is computed once per tick and compared with the tick before; what
differs is serialised once and sent to everybody who listens, as server-sent events.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from celador.ports import Clock
from celador.surfaces.live import Live
from celador.surfaces.web.viewer import View

_log = logging.getLogger("celador.web")

TICK = 1.0  # s
_REST = 3  # times as long as a tick took nothing is computed: a storm takes a quarter of a core
_KEEP_ALIVE = 15.0  # s without anything to say, after which a comment shows that we live
_WAITING = 32  # messages a browser may lag behind; then it starts anew


@dataclass(frozen=True, slots=True)
class Cell:
    """What one element shows; None leaves that of the element as it is.

    Attributes:
        text: its text.
        css: its classes, all of them.
        html: its inside as HTML, instead of `text`.
        attributes: further attributes; None takes one away.
    """

    text: str | None = None
    css: str | None = None
    html: str | None = None
    attributes: Mapping[str, str | None] | None = None

    def compact(self) -> dict[str, object]:
        """The cell as the browser's module reads it."""
        parts = {"t": self.text, "c": self.css, "h": self.html, "a": self.attributes}
        return {key: value for key, value in parts.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Moment:
    """What a topic is computed from.

    Attributes:
        live: the latest durable records.
        view: language and zone.
        now: the wall clock, UTC in µs since 1970.
        argument: what follows the topic's name, "3" of "recloser/3"; "" for nothing.
    """

    live: Live
    view: View
    now: int
    argument: str = ""


Topic = Callable[[Moment], Mapping[str, Cell]]


@dataclass(eq=False)
class _Listener:
    queue: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(_WAITING))
    lagging: bool = False


@dataclass(eq=False)
class _Channel:
    topic: Topic
    view: View
    argument: str
    cells: Mapping[str, Cell] = field(default_factory=dict)
    listeners: set[_Listener] = field(default_factory=set)


def _message(cells: Mapping[str, Cell]) -> bytes:
    body = json.dumps(
        {key: cell.compact() for key, cell in cells.items()},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return f"data:{body}\n\n".encode()


class LiveStream:
    """Computes the topics that somebody listens to, and no others."""

    def __init__(self, live: Live, clock: Clock, topics: Mapping[str, Topic]) -> None:
        """Get ready.

        Args:
            live: the latest durable records.
            clock: the time.
            topics: every topic by its name.
        """
        self._live, self._clock, self._topics = live, clock, topics
        self._channels: dict[tuple[str, View], _Channel] = {}
        self._urgent = asyncio.Event()
        live.on_urgent(self._urgent.set)

    async def run(self) -> None:
        """Tick until cancelled: once a second, and at once after something urgent."""
        while True:
            waiting = asyncio.ensure_future(self._urgent.wait())
            try:
                await asyncio.wait([waiting], timeout=TICK)
            finally:
                waiting.cancel()
            self._urgent.clear()
            began = self._clock.monotonic()
            self.tick()
            await asyncio.sleep(_REST * (self._clock.monotonic() - began))

    def tick(self) -> None:
        """Compute every channel and tell its listeners what differs."""
        for channel in list(self._channels.values()):
            cells = self._cells(channel)
            known = channel.cells
            news = {key: cell for key, cell in cells.items() if known.get(key) != cell}
            channel.cells = cells
            if news:
                _tell(channel, _message(news))

    def _cells(self, channel: _Channel) -> Mapping[str, Cell]:
        moment = Moment(self._live, channel.view, self._clock.now(), channel.argument)
        try:
            return channel.topic(moment)
        except Exception:  # noqa: BLE001 -- the fence between a topic and all others
            _log.exception("a live topic failed")
            return channel.cells

    def close(self) -> None:
        """End every stream; the browsers come back when there is somebody again."""
        for channel in self._channels.values():
            _tell(channel, None)

    def knows(self, name: str) -> bool:
        """Whether there is a topic of that name (with or without an argument)."""
        return name.partition("/")[0] in self._topics

    async def listen(self, names: list[str], view: View) -> AsyncIterator[bytes]:
        """What a browser is sent: everything first, then whatever differs."""
        listener = _Listener()
        channels = [self._channel(name, view) for name in names]
        try:
            for channel in channels:
                channel.listeners.add(listener)
            yield b"retry:2000\n\n"
            yield _everything(channels)
            while (message := await self._next(listener, channels)) is not None:
                yield message
        finally:
            self._leave(listener)

    async def _next(self, listener: _Listener, channels: list[_Channel]) -> bytes | None:
        if listener.lagging:
            listener.lagging = False
            return _everything(channels)
        try:
            async with asyncio.timeout(_KEEP_ALIVE):
                return await listener.queue.get()
        except TimeoutError:
            return b":\n\n"

    def _channel(self, name: str, view: View) -> _Channel:
        channel = self._channels.get((name, view))
        if channel is None:
            topic, _, argument = name.partition("/")
            channel = _Channel(self._topics[topic], view, argument)
            channel.cells = self._cells(channel)
            self._channels[name, view] = channel
        return channel

    def _leave(self, listener: _Listener) -> None:
        for key, channel in list(self._channels.items()):
            channel.listeners.discard(listener)
            if not channel.listeners:
                del self._channels[key]


def _everything(channels: list[_Channel]) -> bytes:
    return _message({key: cell for channel in channels for key, cell in channel.cells.items()})


def _tell(channel: _Channel, message: bytes | None) -> None:
    for listener in channel.listeners:
        if listener.lagging:
            continue
        try:
            listener.queue.put_nowait(message)
        except asyncio.QueueFull:  # it takes nothing: let it begin anew when it does again
            listener.lagging = True
            while not listener.queue.empty():
                listener.queue.get_nowait()
