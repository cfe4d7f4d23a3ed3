"""Commands that arrive through the coils."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from .agenda import micros
from .contract import RefusedError
from .image import BIT, COIL, COILS

if TYPE_CHECKING:
    from .controller import SimulatedController


class Orders:
    """Acknowledges commands and carries them out a little later.

    Args:
        device: what they are carried out on.
        rng: draws the delay, 0.1 to 0.5 s.
    """

    def __init__(self, device: SimulatedController, rng: Random) -> None:
        self._device = device
        self._rng = rng
        self.commanded = [False] * len(COILS)

    def take(self, address: int, on: bool, now: int) -> None:
        """Accept the state written to a coil.

        Raises:
            RefusedError: 2 outside the table, 3 in local mode or for an "off" to a coil that only
                knows "on".
        """
        if not 0 <= address < len(COILS):
            raise RefusedError(2)
        key = COILS[address]
        if self._device.recloser.local or not (on or _plain(key)):
            raise RefusedError(3)
        self.commanded[address] = on
        for other in _opposites(key):
            self.commanded[COIL[other]] = False
        deed = partial(self._carry_out, key, on)
        self._device.agenda.at(now + micros(self._rng.uniform(0.1, 0.5)), deed)

    def command(self, key: str, now: int) -> None:
        """What the control centre sends, without its seeing the answer."""
        with suppress(RefusedError):
            self.take(COIL[key], True, now)

    def _carry_out(self, key: str, on: bool, now: int) -> None:
        device = self._device
        if key == "trip_all":
            device.order("open", "scada", now)
        elif key == "close_all":
            device.order("close", "scada", now)
        elif key.startswith("group"):
            device.recloser.group = int(key[5])
        elif _plain(key):
            device.forced_bits[BIT[key]] = on
        else:
            function, _, state = key.partition("_")
            device.recloser.switch(function, on=state == "on")


def _plain(key: str) -> bool:
    """Whether the coil is an output or a variable, with a discrete input that shows it."""
    return key in BIT and not key.endswith("_on")


def _opposites(key: str) -> list[str]:
    if key in ("trip_all", "close_all"):
        return ["close_all" if key == "trip_all" else "trip_all"]
    if key.startswith("group"):
        return [f"group{number}_on" for number in range(1, 5) if f"group{number}_on" != key]
    stem, _, state = key.rpartition("_")
    if state in ("on", "off"):
        return [f"{stem}_{'off' if state == 'on' else 'on'}"]
    return []
