"""One client's byte stream: requests cut out of it, answered, and spoiled where a fault says so."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from celador.domain.errors import SimulatorError
from celador.simulator import distort, functions
from celador.simulator.contract import Controller
from celador.simulator.faults import FaultSet, fault_from_mapping
from celador.simulator.frames import Frame, Framing

log = logging.getLogger(__name__)

# A half request older than this (real seconds) is forgotten on RTU streams: there, a silence ends
# a frame. Far above the 3.5 characters of a serial line, because TCP may hold bytes back.
_RTU_SILENCE = 0.5
_DEVICE_FAILURE = 4
_SELF_UNITS = frozenset({0, 255})


class SimClock:
    """Simulated seconds since the start; `speed` of them pass in one real second."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._base = 0.0
        self._since = time.monotonic()

    @property
    def speed(self) -> float:
        """Simulated seconds in one real second."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._base = self.now()
        self._since = time.monotonic()
        self._speed = speed

    def now(self) -> float:
        """Simulated seconds since the start; never goes back."""
        return self._base + (time.monotonic() - self._since) * self._speed


@dataclass(slots=True)
class Device:
    """One simulated controller with its place on the network and its communication faults.

    Attributes:
        controller: the tables behind it.
        clock: the simulated time it lives in.
        unit: its unit identifier, 1 to 247.
        faults: what spoils its communication.
    """

    controller: Controller
    clock: SimClock
    unit: int = 1
    faults: FaultSet = field(default_factory=lambda: FaultSet(0))

    @property
    def name(self) -> str:
        """The controller's name."""
        return self.controller.name

    def powered(self) -> bool:
        """Whether the controller has supply now."""
        return self.controller.powered(self.clock.now())

    def link_action(self, action: Mapping[str, Any]) -> None:
        """A fault that a running scenario asks for; a wrong one is logged, the plant goes on.

        The key `at` holds the simulated second of the action: a plant that catches up on a minute
        takes many actions at once, and each fault must still begin and end at its own time.
        """
        fields = dict(action)
        at = float(fields.pop("at", self.clock.now()))
        try:
            self.faults.apply(fault_from_mapping(fields), at)
        except SimulatorError as error:
            log.warning("%s: %s", self.name, error)


class Wire(Protocol):
    """Where a session's bytes go."""

    def write(self, data: bytes) -> None:
        """Send `data`; may be called after the end of the connection."""

    def hang_up(self) -> None:
        """End the connection with a reset, where the medium knows such a thing."""

    def no_supply(self) -> None:
        """The only device on the wire lost its supply."""


class Session:
    """Answers the requests of one connection, one after the other.

    Who answers to which unit identifier:
    - One device: its own unit. On Modbus TCP also 0 and 255, which mean "the device at this
      address" (Messaging on TCP/IP guide, 4.4.2.1). Silence for every other unit.
    - Several devices behind one address, as behind a gateway: each its own unit. For any other
      unit, and for a device without supply, Modbus TCP gives exception 11 (gateway target device
      failed to respond); a serial bus stays silent.
    - Unit 0 on RTU is a broadcast: writes are carried out by all, and nobody answers.
    """

    def __init__(self, units: Mapping[int, Device], framing: Framing, wire: Wire) -> None:
        self._units = units
        self._framing = framing
        self._wire = wire
        self._shared = len(units) > 1
        self._buffer = bytearray()
        self._last_bytes = 0.0
        self._closed = False
        self._mute = False
        self._queue: deque[tuple[float, bytes, float]] = deque()
        self._sender: asyncio.Task[None] | None = None
        self._late: set[asyncio.TimerHandle] = set()

    def receive(self, data: bytes) -> None:
        """Take bytes from the client and answer every whole request among them.

        Raises:
            BrokenStreamError: the bytes are not Modbus; the connection must be closed.
        """
        if self._framing.is_serial:
            now = time.monotonic()
            if now - self._last_bytes > _RTU_SILENCE:
                self._buffer.clear()
            self._last_bytes = now
        self._buffer += data
        while not self._closed and (frame := self._framing.take(self._buffer)) is not None:
            self._serve(frame)

    def close(self) -> None:
        """Forget whatever was still to be sent."""
        self._closed = True
        self._queue.clear()
        if self._sender is not None:
            self._sender.cancel()
        for handle in self._late:
            handle.cancel()
        self._late.clear()

    def _serve(self, frame: Frame) -> None:
        if self._framing.is_serial and frame.unit == 0:
            self._broadcast(frame.pdu)
            return
        device = self._addressed(frame.unit)
        if device is None:
            self._answer_for_nobody(frame)
            return
        now = device.clock.now()
        if not device.controller.powered(now):
            if self._shared:
                self._answer_for_nobody(frame)
            else:
                self._wire.no_supply()
            return
        hits = device.faults.hits(frame.pdu, now) if device.faults else {}
        if hits:
            self._answer_badly(device, frame, now, hits)
        else:
            self._send(Frame(frame.transaction, frame.unit, _ask(device, frame.pdu, now)))

    def _addressed(self, unit: int) -> Device | None:
        device = self._units.get(unit)
        if device is None and not self._shared and not self._framing.is_serial:
            return next(iter(self._units.values())) if unit in _SELF_UNITS else None
        return device

    def _answer_for_nobody(self, frame: Frame) -> None:
        if self._shared and not self._framing.is_serial:
            refusal = functions.exception_answer(frame.pdu[0], functions.GATEWAY_TARGET_SILENT)
            self._send(Frame(frame.transaction, frame.unit, refusal))

    def _broadcast(self, pdu: bytes) -> None:
        if pdu[0] in {functions.WRITE_SINGLE_COIL, functions.WRITE_MULTIPLE_COILS}:
            for device in self._units.values():
                _ask(device, pdu, device.clock.now())

    def _answer_badly(self, device: Device, frame: Frame, now: float, hits: distort.Hits) -> None:
        if "reset" in hits:
            self._wire.hang_up()
            return
        if "silent" in hits or "drop_every" in hits:
            return
        if "exception" in hits:
            code = int(hits["exception"].fault.parameters["code"] or _DEVICE_FAILURE)
            pdu = functions.exception_answer(frame.pdu[0], code)
        else:
            pdu = _ask(device, frame.pdu, now, distort.alter_values(hits))
        spoiled = distort.alter_message(hits, Frame(frame.transaction, frame.unit, pdu))
        data = distort.alter_bytes(hits, self._framing.encode(spoiled), device.faults.dice)
        if "late" in hits:
            self._send_aside(_seconds(hits, "late"), data)
        else:
            self._send_bytes(data, _seconds(hits, "delay"), _seconds(hits, "split"))
        if "partial" in hits:
            self._mute = True

    def _send(self, frame: Frame) -> None:
        self._send_bytes(self._framing.encode(frame), 0.0, 0.0)

    def _send_bytes(self, data: bytes, delay: float, gap: float) -> None:
        """Send in order: `delay` real seconds after the answer before, bytes `gap` apart."""
        if self._mute:
            return
        if self._sender is None and not delay and not gap:
            self._wire.write(data)
            return
        self._queue.append((delay, data, gap))
        if self._sender is None:
            self._sender = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        while self._queue:
            delay, data, gap = self._queue.popleft()
            await asyncio.sleep(delay)
            if not gap:
                self._wire.write(data)
                continue
            for byte in data:
                self._wire.write(bytes([byte]))
                await asyncio.sleep(gap)
        self._sender = None

    def _send_aside(self, delay: float, data: bytes) -> None:
        """Send `delay` real seconds from now, whatever is answered in between."""
        if self._mute:
            return

        def send() -> None:
            self._late.discard(handle)
            self._wire.write(data)

        handle = asyncio.get_running_loop().call_later(delay, send)
        self._late.add(handle)


def _ask(device: Device, pdu: bytes, now: float, alter: functions.Alter | None = None) -> bytes:
    try:
        return functions.answer(device.controller, pdu, now, alter)
    except SimulatorError as error:
        # A scenario that fails half-way must not cost the client its connection.
        log.warning("%s: %s", device.name, error)
        return functions.exception_answer(pdu[0], _DEVICE_FAILURE)


def _seconds(hits: distort.Hits, kind: str) -> float:
    return float(hits[kind].fault.parameters["seconds"] or 0.0) if kind in hits else 0.0
