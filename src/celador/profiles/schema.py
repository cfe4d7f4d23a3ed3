"""Device profiles: load, check, list. A profile that loads is sound; one that is not names itself.

Every error is a `ProfileError` with the text "file:line: point KEY: what is wrong; the mend".
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from celador.domain.errors import ProfileError
from celador.domain.writing import Text
from celador.profiles import build, checks
from celador.profiles.checks import Problem
from celador.profiles.document import Document
from celador.profiles.explain import located, validate
from celador.profiles.model import (
    CellRange,
    Control,
    GroupName,
    Number,
    Order,
    Point,
    PointType,
    Profile,
    ScaleChoice,
)

__all__ = [
    "CellRange",
    "Control",
    "GroupName",
    "Number",
    "Order",
    "Point",
    "PointType",
    "Profile",
    "ScaleChoice",
    "Text",
    "load_profile",
    "profile_names",
]

_ENDINGS = (".yaml", ".yml")


def profile_names() -> tuple[str, ...]:
    """Names of the profiles in the library, sorted."""
    return tuple(
        sorted(
            entry.name.removesuffix(".yaml")
            for entry in _library().iterdir()
            if entry.name.endswith(".yaml")
        )
    )


def load_profile(name_or_path: str | Path) -> Profile:
    """Load a profile of the library by name, or any profile by the path of its file.

    Text that ends in .yaml or .yml, or that holds a path separator, is a path.

    Raises:
        ProfileError: there is no such profile, or it is not sound.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(_ENDINGS) or "/" in text or "\\" in text:
        path = Path(text)
        return _parse(_read_file(path), text, path.stem)
    known = profile_names()
    if text not in known:
        near = difflib.get_close_matches(text, known, n=1)
        mend = f"did you mean {near[0]}?" if near else f"the library has {', '.join(known)}"
        raise ProfileError(
            f"there is no profile {text}; {mend} (a file of your own is named by its path)"
        )
    return _from_library(text)


@cache
def _from_library(name: str) -> Profile:
    # Once per process: a thousand devices share one immutable profile.
    entry = _library() / f"{name}.yaml"
    return _parse(entry.read_text(encoding="utf-8"), entry.name, name, packaged=True)


def _library() -> Traversable:
    return resources.files("celador.profiles") / "library"


def _read_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise ProfileError(f"{path}: {reason}; give the path of a profile file") from None
    except UnicodeDecodeError:
        raise ProfileError(f"{path}:1: the file is not UTF-8 text; save it as UTF-8") from None


def _parse(text: str, source: str, name: str, *, packaged: bool = False) -> Profile:
    document = Document(text, source, packaged=packaged)
    spec = validate(document)
    _raise_first(document, build.item_problems(spec))
    entries = build.entries(spec)
    forbidden = build.forbidden(spec)
    _raise_first(document, checks.check_profile(entries, forbidden, spec.limits.max_registers))
    return build.profile(name, spec, entries, forbidden)


def _raise_first(document: Document, problems: Iterable[Problem]) -> None:
    first = min(problems, key=lambda problem: document.line(problem.path), default=None)
    if first is not None:
        raise located(document, first.path, first.text)
