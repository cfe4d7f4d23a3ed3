"""What a rule must remember over restarts, as text; and plain data for records of any kind."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")

_PLAIN = frozenset((str, int, float, bool, type(None)))


@dataclass(frozen=True, slots=True)
class Memory:
    """One row of `memorias`; a later one of the same device and subject takes its place.

    It is stored in the order of the records around it: what is found after a crash is never older
    than the records that were found with it.

    Attributes:
        device_id: `equipos.id`.
        at: the instant that it speaks of, UTC in microseconds since 1970.
        subject: which rule remembers, for example "operaciones".
        document: what it remembers, JSON.
    """

    device_id: int
    at: int
    subject: str
    document: str


def dump(value: object) -> str:
    """Any dataclass of plain values, enumerations, tuples and mappings, as JSON."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def load(kind: type[T], document: str) -> T:
    """The dataclass of a document that `dump` wrote.

    Raises:
        ValueError: the document is of another kind, or of another version of it.
    """
    try:
        built = _build(kind, json.loads(document))
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not a {kind.__name__}: {error}") from error
    return typing.cast("T", built)


def _plain(value: object) -> object:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in _names(type(value))}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _build(kind: Any, data: Any) -> Any:  # noqa: ANN401 -- types are values here
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        wanted = next(each for each in inside if each is not type(None))
        return None if data is None else _build(wanted, data)
    if origin is tuple:
        return _tuple(inside, data)
    if origin is not None:
        return {key: _build(inside[1], each) for key, each in data.items()}
    return _simple(kind, data)


def _simple(kind: type, data: Any) -> Any:  # noqa: ANN401 -- likewise
    if issubclass(kind, Enum):
        return kind(data)
    if is_dataclass(kind):
        hints = _hints(kind)
        known: dict[str, Any] = {key: _build(hints[key], each) for key, each in data.items()}
        build: type = kind
        return build(**known)
    return _checked(kind, data)


def _tuple(inside: tuple[Any, ...], data: list[Any]) -> tuple[Any, ...]:
    kinds = inside[:1] * len(data) if inside[-1] is Ellipsis else inside
    return tuple(_build(kind, each) for kind, each in zip(kinds, data, strict=True))


def _checked(kind: Any, data: Any) -> Any:  # noqa: ANN401 -- likewise
    if kind is float and type(data) is int:
        return float(data)
    if kind is not Any and type(data) is not kind:
        raise TypeError(f"{data!r} is no {kind.__name__}")
    return data
