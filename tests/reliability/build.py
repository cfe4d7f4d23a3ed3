"""Interruptions written by hand, in seconds from midnight."""

from __future__ import annotations

from collections.abc import Iterable

from celador.domain.periods import Period
from celador.domain.reliability.bounds import Bounds
from celador.domain.reliability.network import Group
from celador.domain.reliability.stretch import Stretch

SECOND = 1_000_000
DAY = Period(0, 86_400 * SECOND, "day")


def exact(device: int, start: float, end: float) -> Stretch:
    """A stretch of which both ends are known."""
    return Stretch(device, start * SECOND, start * SECOND, end * SECOND, end * SECOND)


def seen(device: int, begins: float, begun: float, ends: float, ended: float) -> Stretch:
    """A stretch that began and ended between polls."""
    return Stretch(*(device, begins * SECOND, begun * SECOND, ends * SECOND, ended * SECOND))


def by_device(stretches: Iterable[Stretch]) -> dict[int, list[Stretch]]:
    found: dict[int, list[Stretch]] = {}
    for each in stretches:
        found.setdefault(each.device_id, []).append(each)
    return found


def clock(text: str) -> float:
    hours, minutes, seconds = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def group(*devices: int, customers: float = 100, kva: float = 500) -> Group:
    return Group(devices, customers, kva)


def both(value: float) -> Bounds:
    return Bounds(value, value)
