"""Checks a document against the file format and says in one sentence what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from textwrap import shorten

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from celador.domain.blocks import Table
from celador.domain.errors import ProfileError
from celador.profiles import spec
from celador.profiles.checks import nearest
from celador.profiles.document import Document, Place

# Which keys are known inside which part of the file.
_PARTS: dict[str, type[BaseModel]] = {
    "tables": spec.TableSpec,
    "defaults": spec.DefaultsSpec,
    "points": spec.PointSpec,
    "causes": spec.CauseSpec,
    "controls": spec.ControlSpec,
    "limits": spec.LimitsSpec,
    "scale_by_raw": spec.ScaleSpec,
    "labels": spec.TextSpec,
    "bit_names": spec.TextSpec,
    "requirements": spec.TextSpec,
    "caveats": spec.TextSpec,
}

_NOTHING = object()

_KINDS = {
    "string_type": "text, in quotes",
    "int_type": "a whole number, without quotes",
    "float_type": "a number like 0.001, without quotes or exponent",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "model_type": "a mapping of keys",
    "model_attributes_type": "a mapping of keys",
    "dict_type": "a mapping of keys",
    "tuple_type": "a list",
    "string_pattern_mismatch": "a name of lower-case letters, digits and _",
    "string_too_long": "a name of 60 characters at most",
    "too_short": "a list with one entry at least",
}


def validate(document: Document) -> spec.ProfileSpec:
    """Check the shape of a document; the first problem in the file is the one that is told.

    Raises:
        ProfileError: a key or a value that the format does not know.
    """
    for path, key in document.repeated:
        raise located(document, path, f"{key} is given twice; keep one of them")
    try:
        return spec.ProfileSpec.model_validate(_with_defaults(document.data))
    except ValidationError as error:
        found = [(_path(document, details), details) for details in error.errors()]
        first = min((path for path, _ in found), key=document.line)
        # Where a value may be of two kinds there are two complaints; the last is the wider kind.
        details = [details for path, details in found if path == first][-1]
        raise located(document, first, _sentence(details, first)) from None


def located(document: Document, path: Place, text: str) -> ProfileError:
    """The error of a part, with the name of the point or control that it belongs to."""
    owner = ""
    for kind, depth in (("point", 4), ("control", 2)):
        inside = path[:1] == ("controls",) if kind == "control" else path[2:3] == ("points",)
        if inside and len(path) > depth - 1:
            item = reduce(_into, path[:depth], document.data)
            key = item.get("key") if isinstance(item, Mapping) else None
            owner = (
                f"{kind} {key if isinstance(key, str) else f'number {int(path[depth - 1]) + 1}'}: "
            )
    return document.error(path, owner + text)


def _with_defaults(data: object) -> object:
    if not isinstance(data, Mapping) or not isinstance(data.get("tables"), Mapping):
        return data
    return {**data, "tables": {name: _filled(part) for name, part in data["tables"].items()}}


def _filled(part: object) -> object:
    if not isinstance(part, Mapping):
        return part
    defaults, points = part.get("defaults"), part.get("points")
    if not isinstance(defaults, Mapping) or not isinstance(points, list):
        return part
    return {
        **part,
        "points": [
            {**defaults, **point} if isinstance(point, Mapping) else point for point in points
        ],
    }


def _into(data: object, step: str | int) -> object:
    """The part of a mapping or list that a step leads to; `_NOTHING` where there is none."""
    if isinstance(data, Mapping):
        return data.get(step, _NOTHING)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return _NOTHING


def _path(document: Document, details: ErrorDetails) -> Place:
    """The part that an error is about, without the marks pydantic adds for unions and keys."""
    path: list[str | int] = []
    data = _with_defaults(document.data)
    for step in details["loc"]:
        name = step.value if isinstance(step, Table) else step
        data = _into(data, name)
        if data is _NOTHING and details["type"] != "missing":
            break
        path.append(name)
    return tuple(path)


def _sentence(details: ErrorDetails, path: Place) -> str:
    key = next((str(step) for step in reversed(path) if isinstance(step, str)), "the file")
    kind = details["type"]
    if kind == "extra_forbidden":
        return _unknown_key(path)
    if kind == "missing":
        return f"{key} is missing; add it"
    if kind == "value_error":
        return f"{key}: {details['ctx']['error']}"
    if details["loc"][-1:] == ("[key]",):
        return _bad_name(details, path)
    return f"{key} is {_shown(details['input'])}{_mend(details)}"


def _unknown_key(path: Place) -> str:
    parts = [str(step) for step in path[:-1] if step in _PARTS]
    model = _PARTS[parts[-1]] if parts else spec.ProfileSpec
    return f"unknown key {path[-1]}; {nearest(str(path[-1]), model.model_fields)}"


def _bad_name(details: ErrorDetails, path: Place) -> str:
    """Of a key that names something: a table, or the number that a label is for."""
    given = details["input"]
    if details["type"] == "enum":
        return f"unknown table {given}; {nearest(str(given), _expected(details))}"
    return f"{path[-2]} has the key {given}; write {_KINDS[details['type']]}"


def _mend(details: ErrorDetails) -> str:
    kind = details["type"]
    if kind in ("enum", "literal_error"):
        return f", which is not known; {nearest(str(details['input']), _expected(details))}"
    if kind in _KINDS:
        return f"; write {_KINDS[kind]}"
    limits = details.get("ctx", {})
    if "le" in limits:
        return f", which cannot be; write {limits['le']} at most"
    return f", which cannot be; write {limits.get('ge', 1)} at least"


def _expected(details: ErrorDetails) -> list[str]:
    expected: str = details["ctx"]["expected"]
    return expected.replace("'", "").replace(" or ", ", ").split(", ")


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "empty" if value in (None, "") else shorten(str(value), 60)
