"""Dataclasses as JSON and back: what must outlive a restart, and what people ask (ADR 0047)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

T = TypeVar("T")


def dump(value: object) -> str:
    """Any dataclass of plain values, enumerations, tuples and mappings, as JSON.

    A number that is none (NaN, infinite) becomes null: unknown, or refused by `load`.
    """
    return _ENCODER.encode(value).decode()


def load(kind: type[T], document: str) -> T:
    """The dataclass of a document that `dump` wrote.

    Raises:
        ValueError: the document is of another kind, or of another version of it.
    """
    value = glance(kind, document)
    # The decoder passes over what it does not know. What a newer version wrote must not be taken
    # for whole, so the document is written again: mostly it is the same, letter by letter.
    again = _ENCODER.encode(value)
    if again != document.encode() and not _holds(
        msgspec.json.decode(again), msgspec.json.decode(document)
    ):
        raise ValueError(f"not a {kind.__name__}: it has what this version does not know")
    return value


def glance(kind: type[T], document: str) -> T:
    """What `kind` names of a document that says more; the rest is passed over.

    Raises:
        ValueError: the document does not have it.
    """
    value: T = _decoder(cast("Any", kind)).decode(document)  # mypy: a type has no hash
    return value


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:  # noqa: ANN401 -- types are values here
    return msgspec.json.Decoder(kind)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(f"{type(value).__name__} is no plain value")


_ENCODER = msgspec.json.Encoder(enc_hook=_plain)


def _holds(whole: Any, part: Any) -> bool:  # noqa: ANN401 -- any JSON
    """Whether every key and every item of `part` is in `whole` too."""
    if isinstance(part, dict):
        return all(key in whole and _holds(whole[key], each) for key, each in part.items())
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(_holds, whole, part))
    return True
