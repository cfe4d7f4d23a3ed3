"""One recloser as it may be shown now: what is known, how old it is, and what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from celador.domain.alarm import Alarm
from celador.domain.operation import Operation
from celador.domain.sample import Quality, SwitchState, Value
from celador.pipeline.operations.context import Context, State
from celador.surfaces.live import DeviceLive
from celador.surfaces.web.parts.alarm_states import QUIET
from celador.surfaces.web.parts.energised import OTHER, Side, side
from celador.surfaces.web.parts.mimic import Flow
from celador.surfaces.web.parts.status import StatusNames, status_names
from celador.surfaces.web.parts.switch import Shown, Switch

_SHOWN = {
    SwitchState.CLOSED: Shown.CLOSED,
    SwitchState.OPEN: Shown.OPEN,
    SwitchState.LOCKED_OUT: Shown.LOCKED,
    SwitchState.RECLOSING: Shown.RECLOSING,
}
_LESS_THAN_WHOLE = Quality.OUT_OF_RANGE | Quality.VALUES_REFUSED
_NO_POINTS: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True)
class Figure:
    """A value as it may be shown.

    Attributes:
        value: the last known one; None where there never was one, or it cannot be computed.
        at: when it was measured, UTC in µs since 1970.
        mark: why it is not from now or not sound; "" for a good one.
    """

    value: Value
    at: int | None
    mark: str = ""


@dataclass(frozen=True)
class Scene:
    """What is known of one recloser.

    Attributes:
        known: as the live feed has it.
        now: UTC in µs since 1970.
    """

    known: DeviceLive
    now: int

    @cached_property
    def names(self) -> StatusNames:
        """What the points of its profile mean."""
        return status_names(self.known.device.profile)

    @property
    def seen_at(self) -> int | None:
        """When the device last told anything, UTC in µs since 1970."""
        sample, remembered = self.known.sample, self.known.remembered
        told = [each.at for each in (sample, remembered) if each is not None]
        return max(told, default=None)

    @property
    def age(self) -> int | None:
        """µs since then."""
        return None if self.seen_at is None else max(0, self.now - self.seen_at)

    @property
    def stale(self) -> bool:
        """Nothing may be shown as what is now."""
        age = self.age
        return age is None or self.known.link is False or age > self.known.outlook.stale_after

    @property
    def sample_old(self) -> bool:
        """The measured values are not from now."""
        sample = self.known.sample
        too_old = sample is None or self.now - sample.at > self.known.outlook.stale_after
        return self.stale or too_old

    @property
    def points(self) -> Mapping[str, object]:
        """The status points as last read; empty where they never were."""
        remembered = self.known.remembered
        return _NO_POINTS if remembered is None else remembered.points

    @property
    def context(self) -> Context | None:
        """What the rules of operations remember."""
        return None if self.known.remembered is None else self.known.remembered.context

    @property
    def operation(self) -> Operation | None:
        """The operation under way or the last one."""
        if self.known.operation is not None:
            return self.known.operation
        return None if self.context is None else self.context.operation

    @cached_property
    def last_state(self) -> tuple[SwitchState | None, Quality]:
        """The position as last told, by whichever told it last."""
        sample, remembered = self.known.sample, self.known.remembered
        if remembered is not None and (sample is None or remembered.at >= sample.at):
            return self.names.state(remembered.points)
        if sample is not None:
            return sample.state, sample.quality
        return None, Quality.STATUS_MISSING

    @cached_property
    def switch(self) -> Switch:
        """The switch as it is shown; one that is not from now is unknown."""
        last = self._last_switch
        return Switch(Shown.UNKNOWN, stale=True) if self.stale else last

    @cached_property
    def last_switch(self) -> Switch | None:
        """What it was when it was last known; None where it never was."""
        last = self._last_switch
        return None if last.shown is Shown.UNKNOWN else last

    @cached_property
    def _last_switch(self) -> Switch:
        state, _ = self.last_state
        if state is None:
            return Switch(Shown.UNKNOWN)
        shown = _SHOWN[state]
        context = self.context
        trips = 0 if context is None else context.n
        if shown is Shown.OPEN and self._tripped:
            shown = Shown.TRIPPED
        return Switch(shown, trips, self.known.outlook.trips_to_lockout)

    @property
    def _tripped(self) -> bool:
        context = self.context
        return context is not None and context.facts is not None and context.facts.tripped

    @property
    def reclaiming(self) -> bool:
        """Closed again, and a trip now would belong to the same sequence."""
        return self.context is not None and self.context.state is State.CLOSED_RECLAIM

    def figure(self, name: str) -> Figure:
        """One measured quantity."""
        known, old = self.known, self.sample_old
        if known.sample is None:
            return Figure(None, None)
        value = known.sample.values.get(name)
        if value is not None:
            doubtful = name == "p_act" and Quality.DIRECTION_UNKNOWN in known.sample.quality
            return Figure(value, known.sample.at, "✕" if old else "~" if doubtful else "")
        if known.sample.quality & _LESS_THAN_WHOLE and name in known.lost:
            last, at = known.lost[name]
            return Figure(last, at, "!")
        return Figure(None, known.sample.at, "✕" if old else "")

    def counter(self, name: str) -> Figure:
        """One counter; it is read seldom, so only a lost link makes it old."""
        counters = self.known.counters
        if counters is None:
            return Figure(None, None)
        return Figure(counters.values.get(name), counters.at, "✕" if self.stale else "")

    def values_now(self) -> Mapping[str, Value]:
        """The measured values, none where they are not from now."""
        sample = self.known.sample
        return {} if sample is None or self.sample_old else sample.values

    def source(self) -> Side:
        """The side towards the source, as measured now."""
        return self._side(self.known.outlook.source_side)

    def load(self) -> Side:
        """The other side, as measured now."""
        return self._side(OTHER[self.known.outlook.source_side])

    def _side(self, terminals: str) -> Side:
        return side(terminals, self.values_now(), self.known.device.nominal_voltage)

    @property
    def flow(self) -> Flow:
        """Which way the active power flows."""
        power = self.values_now().get("p_act")
        if power is None or self.known.sample is None:
            return Flow.UNKNOWN
        if Quality.DIRECTION_UNKNOWN in self.known.sample.quality:
            return Flow.UNKNOWN
        if not power:
            return Flow.NONE
        return Flow.FORWARD if power > 0 else Flow.REVERSE

    def worst(self) -> Alarm | None:
        """The most urgent open alarm that asks for somebody, the oldest of those first."""
        open_now = [each for each in self.known.alarms.values() if each.state not in QUIET]
        return min(open_now, key=lambda alarm: (alarm.priority, alarm.began), default=None)
