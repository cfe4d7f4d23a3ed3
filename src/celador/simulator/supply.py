"""The controller's own supply and clock: mains, battery, shutdown, restart."""

from __future__ import annotations

from collections.abc import Callable

from .agenda import SECOND, Agenda, Appointment
from .image import BIT

_LOSS_DELAY = 5 * SECOND
_RETURN_DELAY = 1 * SECOND
_BOOT = 30 * SECOND


class Supply:
    """AC supply through the auxiliary transformer, with a battery behind it.

    Args:
        agenda: where its timers run.
        battery_hours: autonomy of the battery.
        on_down: called when the controller dies.
        on_up: called when it has started again.
    """

    def __init__(
        self,
        agenda: Agenda,
        battery_hours: float,
        on_down: Callable[[], None],
        on_up: Callable[[], None],
    ) -> None:
        self._agenda = agenda
        self._autonomy = round(battery_hours * 3600 * SECOND)
        self._on_down = on_down
        self._on_up = on_up
        self.powered = True
        self.mains_cut = False
        self.battery = True
        self.lag = 0
        """Microseconds by which the clock is behind; it stands still while the power is off."""
        self._fed = True
        self._ac_on = True
        self._change: Appointment | None = None
        self._end: Appointment | None = None
        self._down_since = 0

    def follow(self, live: bool, now: int) -> None:
        """See whether the auxiliary transformer has voltage."""
        fed = live and not self.mains_cut
        if fed == self._fed:
            return
        self._fed = fed
        if self._change is not None:
            self._change.cancel()
        delay = _RETURN_DELAY if fed else _LOSS_DELAY
        self._change = self._agenda.at(now + delay, self._notice)

    def set_battery(self, *, present: bool, now: int) -> None:
        """Take the battery out, or put a full one in."""
        self.battery = present
        if present and not self._ac_on and not self.powered:
            self._agenda.at(now + _BOOT, self._boot)
        if not self._ac_on:
            self._plan_end(now)

    def restart(self, now: int) -> None:
        """Switch the controller off and on again."""
        self._shut_down(now)
        self._agenda.at(now + _BOOT, self._boot)

    def write(self, bits: list[bool]) -> None:
        """Put the two warnings into the discrete inputs."""
        bits[BIT["ac_off"]] = not self._ac_on
        bits[BIT["battery_off"]] = not self.battery

    def _notice(self, now: int) -> None:
        self._change = None
        self._ac_on = self._fed
        if not self._ac_on:
            self._plan_end(now)
            return
        if self._end is not None:
            self._end.cancel()
            self._end = None
        if not self.powered:
            self._agenda.at(now + _BOOT, self._boot)

    def _plan_end(self, now: int) -> None:
        if self._end is not None:
            self._end.cancel()
        left = self._autonomy if self.battery else 0
        self._end = self._agenda.at(now + left, self._shut_down)

    def _shut_down(self, now: int) -> None:
        self._end = None
        if self.powered:
            self.powered = False
            self._down_since = now
            self._on_down()

    def _boot(self, now: int) -> None:
        if not self.powered and (self._ac_on or self.battery):
            self.powered = True
            self.lag += now - self._down_since
            self._on_up()
