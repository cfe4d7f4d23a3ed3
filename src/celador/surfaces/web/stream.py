"""The live stream: what changes on the screens, computed once however many browsers look.

A page renders its HTML once, with `data-live="KEY"` on what changes, inside an element with
`data-topic="NAME"` or `data-topic="NAME/ARGUMENT"`. A topic is a pure function that gives the cells
of those keys. Each topic and view is computed once per tick and compared with the tick before; what
differs is serialised once and sent to everybody who listens, as server-sent events. Who has nothing
to be told is sent an empty message: a browser that hears nothing for five seconds calls its page
old, and it shall hear something only while its topics are computed. Who listens to a topic that
fails hears nothing until it no longer does, and then everything.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from celador.ports import Clock
from celador.surfaces.live import Live
from celador.surfaces.web.viewer import View

_log = logging.getLogger("celador.web")

TICK = 1.0  # s
_REST = 3  # times as long as a tick took nothing is computed: a storm takes a quarter of a core
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
class _Channel:
    topic: Topic
    view: View
    argument: str
    cells: Mapping[str, Cell] = field(default_factory=dict)
    failed: bool = False
    listeners: set[_Listener] = field(default_factory=set)


class _Listener:
    """A browser; one that lags is told everything as soon as it listens and nothing fails."""

    def __init__(self, channels: Sequence[_Channel]) -> None:
        self._channels = channels
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(_WAITING)
        self._lagging = True
        for channel in channels:
            channel.listeners.add(self)

    def tell(self, message: bytes | None) -> None:
        """Queue a message; None ends the stream."""
        if self._lagging and self._queue.empty():
            self._queue.put_nowait(None if message is None else _NOTHING)  # it may be waiting
        elif not self._lagging:
            try:
                self._queue.put_nowait(message)
            except asyncio.QueueFull:
                self.hold()

    def hold(self) -> None:
        """Forget what waits, and begin anew."""
        self._lagging = True
        while not self._queue.empty():
            self._queue.get_nowait()

    async def next(self) -> bytes | None:
        """The next message; None at the end."""
        message = None if self._lagging else await self._queue.get()
        while self._lagging:
            if not any(channel.failed for channel in self._channels):
                self._lagging = False
                return _message({k: v for each in self._channels for k, v in each.cells.items()})
            if await self._queue.get() is None:
                return None
        return message


def _message(cells: Mapping[str, Cell]) -> bytes:
    body = json.dumps(
        {key: cell.compact() for key, cell in cells.items()},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return f"data:{body}\n\n".encode()


_NOTHING = _message({})


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
        """Compute every channel and tell its listeners what differs, or that nothing does."""
        channels = list(self._channels.values())
        news = [(channel, self._news(channel)) for channel in channels]
        held = {each for channel in channels if channel.failed for each in channel.listeners}
        for listener in held:
            listener.hold()
        heard = set(held)
        for channel, cells in news:
            if cells:
                _tell(channel.listeners - held, _message(cells))
                heard |= channel.listeners
        for channel in channels:
            _tell(channel.listeners - heard, _NOTHING)
            heard |= channel.listeners

    def _news(self, channel: _Channel) -> Mapping[str, Cell]:
        """Compute a channel; what differs from before."""
        moment = Moment(self._live, channel.view, self._clock.now(), channel.argument)
        known = channel.cells
        try:
            channel.cells = channel.topic(moment)
        except Exception:  # noqa: BLE001 -- the fence between a topic and all others
            if not channel.failed:
                _log.exception("a live topic failed; who looks at it is told that it is old")
            channel.failed = True
            return {}
        channel.failed = False
        return {key: cell for key, cell in channel.cells.items() if known.get(key) != cell}

    def close(self) -> None:
        """End every stream; the browsers come back when there is somebody again."""
        for channel in self._channels.values():
            _tell(channel.listeners, None)

    def knows(self, name: str) -> bool:
        """Whether there is a topic of that name (with or without an argument)."""
        return name.partition("/")[0] in self._topics

    async def listen(self, names: list[str], view: View) -> AsyncIterator[bytes]:
        """What a browser is sent: everything first, then whatever differs."""
        listener = _Listener([self._channel(name, view) for name in names])
        try:
            yield b"retry:2000\n\n"
            while (message := await listener.next()) is not None:
                yield message
        finally:
            self._leave(listener)

    def _channel(self, name: str, view: View) -> _Channel:
        channel = self._channels.get((name, view))
        if channel is None:
            topic, _, argument = name.partition("/")
            channel = _Channel(self._topics[topic], view, argument)
            self._news(channel)
            self._channels[name, view] = channel
        return channel

    def _leave(self, listener: _Listener) -> None:
        for key, channel in list(self._channels.items()):
            channel.listeners.discard(listener)
            if not channel.listeners:
                del self._channels[key]


def _tell(listeners: set[_Listener], message: bytes | None) -> None:
    for listener in listeners:
        listener.tell(message)
