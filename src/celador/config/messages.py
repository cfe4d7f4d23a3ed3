"""What pydantic found, as sentences that a person can act on."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from celador.config.alarms import AlarmEntry
from celador.config.environment import LISTS, known_settings
from celador.config.relations import Path, Problem, is_secret, setting_name

_WANTED: Mapping[str, str] = {
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "string_type": 'must be text between quotes, like "this"',
    "path_type": 'must be text between quotes, like "this"',
    "bool_type": "must be true or false",
    "tuple_type": "must be a list, like [0.0, 1.0]",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "literal_error": "must be {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "value_error": "{error}",
}

_PATTERNS: Mapping[str, str] = {
    "names": "must be a name alone, without spaces, http:// or a port",
    "host": "must be a name or an address alone, without spaces, http:// or a path",
}


# What a setting takes besides what its type tells.
_ALSO: Mapping[str, str] = {"retention_days": ', or "forever"'}


def problem_of(error: Mapping[str, Any]) -> Problem:
    """One of pydantic's errors as a path and a sentence."""
    # Of a key that is wrong itself, pydantic says so behind it.
    path: Path = tuple(part for part in error["loc"] if part != "[key]")
    kind = error["type"]
    name = setting_name(path)
    if kind == "extra_forbidden":
        return Problem(path, _unknown(path))
    if kind == "missing":
        return Problem(path[:-1], f"{setting_name(path[:-1])} has no {path[-1]}; add it")
    if kind in ("model_type", "model_attributes_type", "mapping_type", "dict_type"):
        return Problem(path, f"{name} {_table_wanted(path)}")
    if path in LISTS and kind == "tuple_type":
        return Problem(path, f"{name} must be a list; write each {LISTS[path]} under [[{name}]]")
    also = _ALSO.get(str(path[-1]), "")
    if is_secret(path):  # what is wrong with it may be said, what it is may not
        return Problem(path, f"{name} {_wanted(error, path)}")
    return Problem(path, f"{name} is {_shown(error['input'])}, but {_wanted(error, path)}{also}")


def _last_key(path: Path) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _wanted(error: Mapping[str, Any], path: Path) -> str:
    kind = error["type"]
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(_last_key(path), "must neither begin nor end with a space")
    template = _WANTED.get(kind)
    if template is None:
        return f"must be otherwise: {error['msg']}"
    context: dict[str, Any] = {
        key: f"{value:g}" if isinstance(value, float) else value
        for key, value in error.get("ctx", {}).items()
    }
    return template.format(**context)


def _table_wanted(path: Path) -> str:
    keys = tuple(part for part in path if isinstance(part, str))
    header = f"[[{'.'.join(keys)}]]" if keys in LISTS else f"[{'.'.join(keys)}]"
    return f"must be a table; write its settings under {header}"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_shown(item) for item in value)}]"
    return str(value)


def _unknown(path: Path) -> str:
    keys = tuple(str(part) for part in path if isinstance(part, str))
    table, key = keys[:-1], keys[-1]
    name = setting_name(path)
    if "catalogue" in table:  # a code and what may differ in it
        near = difflib.get_close_matches(key, AlarmEntry.model_fields, n=1, cutoff=0.6)
        choice = f"did you mean {near[0]}?" if near else "delete it"
        return f"{name} is no setting; {choice}"
    known = {setting for setting, _ in known_settings()}
    known |= {setting[:length] for setting in known for length in range(1, len(setting))}
    siblings = {setting[-1] for setting in known if setting[:-1] == table}
    near = difflib.get_close_matches(key, siblings, n=1, cutoff=0.6)
    if near:
        return f"{name} is no setting; did you mean {setting_name((*path[:-1], near[0]))}?"
    elsewhere = min((setting for setting in known if setting[-1] == key), key=len, default=None)
    if elsewhere:
        return f"{name} is no setting; did you mean {'.'.join(elsewhere)}?"
    return f"{name} is no setting; delete it or choose one of {', '.join(sorted(siblings))}"
