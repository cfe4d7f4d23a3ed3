"""Settings from the environment: CELADOR_POLLING__ANALOG_S, CELADOR_DEVICES__0__HOST.

Two underscores step into a table, a number picks a device counted from 0, and a list is written
with commas. An empty variable counts as not set, because that is what Docker Compose hands over for
`${NAME:-}`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel

from celador.config.access import AccessConfig
from celador.config.alarms import AlarmConfig, DeviceAlarms
from celador.config.model import (
    Config,
    DeviceConfig,
    DevicePolling,
    ExporterConfig,
    HistorianConfig,
    PollingConfig,
    StoreConfig,
)
from celador.config.notify import ChannelConfig, NotifyConfig
from celador.config.relations import Path, Problem
from celador.config.supply import QualityConfig, ReliabilityConfig
from celador.config.web import WebConfig

PREFIX = "CELADOR_"

# Secrets that their own commands read: no setting, so that no listing of settings can show them.
SECRETS = frozenset(
    (
        *("CELADOR_EXPORT_TOKEN", "CELADOR_EXPORT_TOKEN_FILE"),
        *("CELADOR_INGEST_PASSWORD", "CELADOR_READ_PASSWORD", "CELADOR_WEB_PASSWORD"),
    )
)

_MISPLACED = (
    f"there is nothing to set at this place; write {PREFIX}POLLING__ANALOG_S for a table, and "
    f"{PREFIX}DEVICES__0__HOST for a device, counted from 0 without gaps"
)

_TABLES: Mapping[tuple[str, ...], type[BaseModel]] = {
    (): Config,
    ("store",): StoreConfig,
    ("historian",): HistorianConfig,
    ("polling",): PollingConfig,
    ("exporter",): ExporterConfig,
    ("web",): WebConfig,
    ("web", "access"): AccessConfig,
    ("quality",): QualityConfig,
    ("reliability",): ReliabilityConfig,
    ("alarms",): AlarmConfig,
    ("notify",): NotifyConfig,
    ("notify", "channels"): ChannelConfig,
    ("devices",): DeviceConfig,
    ("devices", "polling"): DevicePolling,
    ("devices", "alarms"): DeviceAlarms,
}

LISTS: Mapping[tuple[str | int, ...], str] = {
    ("devices",): "device",
    ("notify", "channels"): "channel",
}
"""Tables of which there may be several, and what one of them is called."""


def known_settings() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every setting that can be given, as keys without device numbers, and its type."""
    for table, model in _TABLES.items():
        for key, field in model.model_fields.items():
            if (*table, key) not in _TABLES:
                yield (*table, key), field.annotation


def overlay(
    tree: dict[str, Any], environ: Mapping[str, str]
) -> tuple[dict[Path, str], list[Problem]]:
    """Lay the variables over a tree of plain values, in place.

    Args:
        tree: what the file gave; changed.
        environ: the environment.

    Returns:
        The variable that set each path, and the variables that cannot be placed.
    """
    types = dict(known_settings())
    sources: dict[Path, str] = {}
    problems: list[Problem] = []
    for variable in sorted(environ):
        text = environ[variable]
        if not variable.startswith(PREFIX) or not text or variable in SECRETS:
            continue
        path = _path(variable)
        annotation = types.get(tuple(part for part in path if isinstance(part, str)))
        sources[path] = f"environment {variable}"
        if not _place(tree, path, _value(annotation, text)):
            problems.append(Problem(path, _MISPLACED))
    return sources, problems


def _path(variable: str) -> Path:
    parts = variable.removeprefix(PREFIX).lower().split("__")
    return tuple(int(part) if part.isdecimal() else part for part in parts)


def _value(annotation: object, text: str) -> object:
    """The text as the setting's type, or as it is where that fails: the checks will say so."""
    annotation = _list_in(annotation)
    if get_origin(annotation) is tuple:
        element = get_args(annotation)[0]
        return tuple(_value(element, part.strip()) for part in text.split(","))
    kinds = _kinds(annotation)
    if bool in kinds:
        return {"true": True, "false": False}.get(text.lower(), text)
    for kind in (int, float):
        if kind in kinds:
            try:
                return kind(text)
            except ValueError:
                continue  # another kind may fit; what stays text is refused by the model
    return text


def _list_in(annotation: object) -> object:
    """The list inside an annotation that may also be None; else the annotation itself."""
    lists = [part for part in get_args(annotation) if get_origin(part) is tuple]
    return lists[0] if lists else annotation


def _kinds(annotation: object) -> set[type]:
    """The plain types inside an annotation: {int, NoneType} for `int | None`."""
    if get_origin(annotation) is Literal:
        return {type(value) for value in get_args(annotation)}
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    if isinstance(annotation, type):
        return {annotation}
    return {kind for part in get_args(annotation) for kind in _kinds(part)}


def _place(tree: dict[str, Any], path: Path, value: object) -> bool:
    node: Any = tree
    for part, following in itertools.pairwise(path):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(node, list):
            node = _element(node, part)
        elif isinstance(node, dict):
            node = node.setdefault(part, empty)
        if not isinstance(node, dict | list):
            return False
    if not isinstance(node, dict):
        return False
    node[path[-1]] = value
    return True


def _element(node: list[Any], index: str | int) -> object:
    if not isinstance(index, int) or index > len(node):
        return None
    if index == len(node):
        node.append({})
    return node[index]
