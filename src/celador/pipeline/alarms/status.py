"""What the status bits say to the alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from celador.domain.alarms.catalogue import AlarmKind
from celador.domain.causes import Family, Sense
from celador.domain.quantities import Role
from celador.pipeline.alarms.cell import Truth
from celador.pipeline.alarms.settings import AlarmSettings
from celador.pipeline.operations.facts import FactReader, Facts, Position, StatusValue
from celador.profiles.model import Point

Values = Mapping[str, StatusValue]
Test = Callable[[Values, Facts | None], Truth]

_ROLE = "role "


class StatusReader:
    """Finds the bits that the alarms speak of among the points of a profile."""

    def __init__(self, points: Iterable[Point], facts: FactReader) -> None:
        """Prepare for a profile.

        Args:
            points: its status points.
            facts: its reader of facts.
        """
        self.facts = facts
        self._keys: dict[str, str] = {}
        for point in points:
            if point.role is not None:
                self._keys[_ROLE + point.role.value] = point.key
            if point.means is not None:
                self._keys[str(point.means)] = point.key

    def test(self, kind: AlarmKind, settings: AlarmSettings) -> Test | None:
        """How an alarm of the sorts "bit" and "status" is judged; None where the device cannot."""
        if kind.by == "bit":
            keys = [self._keys[bit] for bit in kind.bits if bit in self._keys]
            return _any_bit(keys, off=kind.when == "off") if keys else None
        named: dict[str, Callable[[], Test | None]] = {
            "LOCKOUT_FALLA": lambda: _lockout,
            "APERTURA_PROT": lambda: _reclosing_follows,
            "APERTURA_SIN_RECIERRE": lambda: _no_reclosing,
            "APERTURA_ORDEN": lambda: self._by_order,
            "POSICION_INVALIDA": lambda: self._invalid,
            "MALFUNCTION": lambda: self._summary(Role.MALFUNCTION, Sense.MALFUNCTION),
            "WARNING": lambda: self._summary(Role.WARNING, Sense.WARNING),
            "GRUPO": lambda: self._other_group(settings.expected_group),
        }
        return named[kind.code]() if kind.code in named else None

    def orders(self, facts: Facts) -> tuple[str, ...]:
        """The orders that the device gives as the causes of the open position."""
        family = self.facts.family
        return tuple(name for name in facts.opened_by if family(name) is Family.ORDER)

    def _by_order(self, _values: Values, facts: Facts | None) -> Truth:
        if facts is None:
            return Truth.UNKNOWN
        if facts.position is not Position.OPEN:
            return Truth.FALSE if facts.position is Position.CLOSED else Truth.HOLD
        return Truth.TRUE if self.orders(facts) and not facts.tripped else Truth.HOLD

    def _invalid(self, values: Values, facts: Facts | None) -> Truth:
        if facts is None:
            return Truth.UNKNOWN
        if values.get(self._keys.get(_ROLE + Role.DISCONNECTED.value, "")):
            return Truth.HOLD  # the switch is disconnected, and an alarm of its own says so
        wrong = facts.position in (Position.INVALID, Position.INTERMEDIATE)
        return Truth.TRUE if wrong else Truth.FALSE

    def _summary(self, role: Role, sense: Sense) -> Test | None:
        summary = self._keys.get(_ROLE + role.value)
        if summary is None:
            return None
        details = [
            key for meaning, key in self._keys.items() if meaning.startswith(f"{sense.value} ")
        ]

        def test(values: Values, _facts: Facts | None) -> Truth:
            value = values.get(summary)
            if value is None:
                return Truth.UNKNOWN
            if not value or any(values.get(key) for key in details):
                return Truth.FALSE
            unread = any(values.get(key) is None for key in details)
            return Truth.UNKNOWN if unread else Truth.TRUE

        return test

    def _other_group(self, expected: int | None) -> Test | None:
        groups = {
            meaning.removeprefix("group "): key
            for meaning, key in self._keys.items()
            if meaning.startswith("group ")
        }
        wanted = groups.pop(str(expected), None)
        if wanted is None:
            return None
        others = list(groups.values())

        def test(values: Values, _facts: Facts | None) -> Truth:
            value = values.get(wanted)
            if value is None:
                return Truth.UNKNOWN
            if value:
                return Truth.FALSE
            return Truth.TRUE if any(values.get(key) for key in others) else Truth.HOLD

        return test


def _any_bit(keys: Sequence[str], *, off: bool) -> Test:
    def test(values: Values, _facts: Facts | None) -> Truth:
        bits = [values.get(key) for key in keys]
        if any(bit is not None and bool(bit) is not off for bit in bits):
            return Truth.TRUE
        return Truth.UNKNOWN if None in bits else Truth.FALSE

    return test


def _lockout(_values: Values, facts: Facts | None) -> Truth:
    if facts is None:
        return Truth.UNKNOWN
    if facts.lockout and facts.tripped:
        return Truth.TRUE
    # A lockout ends when it is closed; a bit that drops while it stays open is no supply.
    return Truth.FALSE if facts.position is Position.CLOSED else Truth.HOLD


def _reclosing_follows(_values: Values, facts: Facts | None) -> Truth:
    if facts is None:
        return Truth.UNKNOWN
    if facts.position is Position.CLOSED:
        return Truth.FALSE
    open_by_protection = facts.position is Position.OPEN and facts.tripped
    return Truth.TRUE if open_by_protection and facts.dead_time else Truth.HOLD


def _no_reclosing(_values: Values, facts: Facts | None) -> Truth:
    if facts is None:
        return Truth.UNKNOWN
    if facts.position is Position.CLOSED:
        return Truth.FALSE
    open_by_protection = facts.position is Position.OPEN and facts.tripped
    undecided = not facts.dead_time and not facts.lockout
    return Truth.TRUE if open_by_protection and undecided else Truth.HOLD
