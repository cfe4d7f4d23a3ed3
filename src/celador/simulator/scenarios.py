"""Scenarios: timelines in YAML, from the library or from a file of the user's.

A scenario is a mapping with `steps`, a list whose items have `at` (seconds from its start), `do`
(an action of `language.ACTIONS`) and that action's parameters. Loading is strict: whatever is not
understood is an error that names file and line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from celador.domain.errors import ScenarioError

from .language import check_action, suggestion

LIBRARY = Path(__file__).parent / "library"
# libyaml is twelve times as fast, but its messages are the poorer ones and a few hundred thousand
# brackets end the process: it reads the library, and nothing else.
_FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HEADINGS = ("name", "slug", "description", "expected", "steps")
_LANGUAGES = ("es", "en")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a timeline.

    Attributes:
        at: seconds from the start of the scenario.
        action: the action and its parameters.
    """

    at: float
    action: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A timeline with its explanation.

    Attributes:
        name: S01 to S22 in the library, the file's stem otherwise.
        slug: the name in words.
        description: by language ("es", "en").
        expected: what a monitor should see, in words.
        steps: in the order of their times.
    """

    name: str
    slug: str
    description: Mapping[str, str]
    expected: Sequence[str]
    steps: Sequence[Step]

    @property
    def seconds(self) -> float:
        """When the last step is taken."""
        return max((step.at for step in self.steps), default=0.0)


def names() -> list[str]:
    """The scenarios of the library, as "S01-transient-phase-fault"."""
    return sorted(path.stem for path in LIBRARY.glob("*.yaml"))


def load(scenario: str) -> Scenario:
    """Read a scenario by number ("S1", "s01"), by slug, or by the path of a file.

    Raises:
        ScenarioError: unknown, unreadable or wrong; the text names file and line.
    """
    path = _find(scenario)
    return _packaged(path) if path.parent == LIBRARY else _load(path, ())


@cache  # a fleet of a thousand plays the same one
def _packaged(path: Path) -> Scenario:
    return _load(path, ())


def _find(scenario: str) -> Path:
    number = re.fullmatch(r"[sS]0*(\d{1,2})", scenario)
    wanted = f"S{int(number[1]):02}" if number else scenario.lower()
    for path in sorted(LIBRARY.glob("*.yaml")):
        name, _, slug = path.stem.partition("-")
        if wanted in (name, slug, path.stem.lower()):
            return path
    path = Path(scenario)
    if path.is_file():
        return path
    known = [slug for path in LIBRARY.glob("*.yaml") for slug in [path.stem.partition("-")[2]]]
    raise ScenarioError(
        f"there is no scenario {scenario!r}; {suggestion(scenario, sorted(known))}"
        " (or S1 to S22, or the path of a YAML file)"
    )


def _load(path: Path, chain: tuple[Path, ...]) -> Scenario:
    if path in chain:
        raise ScenarioError(f"{path.name} plays itself; take that `play` out")
    loader = _FAST if path.parent == LIBRARY else yaml.SafeLoader
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=loader)
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: cannot be read ({error}); give a YAML file") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScenarioError(
            f"{path}, line {line}: this is not YAML ({error.problem}); mend the line"
        ) from error
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path}: this is not YAML; save it as plain text") from error
    return _Reader(path, (*chain, path)).scenario(root)


class _Reader:
    """Turns the nodes of one file into a scenario, minding the lines."""

    def __init__(self, path: Path, chain: tuple[Path, ...]) -> None:
        self._path = path
        self._chain = chain

    def scenario(self, root: yaml.Node | None) -> Scenario:
        if root is None:
            raise ScenarioError(f"{self._path}: the file is empty; it needs `steps`")
        items = self._mapping(root, "a scenario")
        for key, (line, _) in items.items():
            if key not in _HEADINGS:
                raise self._wrong(line, f"unknown key {key!r}; {suggestion(key, _HEADINGS)}")
        if "steps" not in items:
            raise self._wrong(root, "the scenario has no `steps`; add a list of them")
        steps = items["steps"][1]
        if not isinstance(steps, yaml.SequenceNode) or not steps.value:
            raise self._wrong(steps, "`steps` must be a list with at least one step")
        texts = {key: self._text(*items[key]) for key in ("name", "slug") if key in items}
        return Scenario(
            name=texts.get("name", self._path.stem),
            slug=texts.get("slug", self._path.stem),
            description=self._description(items.get("description")),
            expected=self._expected(items.get("expected")),
            steps=sorted((self._step(node) for node in steps.value), key=lambda step: step.at),
        )

    def _step(self, node: yaml.Node) -> Step:
        items = self._mapping(node, "a step")
        values = {key: self._value(pair[1]) for key, pair in items.items()}
        at = values.pop("at", None)
        if isinstance(at, bool) or not isinstance(at, int | float) or not 0 <= at < math.inf:
            raise self._wrong(node, "a step needs `at`, the seconds from the start (0 or more)")
        try:
            check_action(values)
            if values["do"] == "play":
                _load(_find(str(values["scenario"])), self._chain)
        except ScenarioError as error:
            raise self._wrong(node, str(error)) from error
        return Step(float(at), values)

    def _mapping(self, node: yaml.Node, what: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            raise self._wrong(node, f"{what} must be a mapping of keys and values")
        items: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if key.value in items:
                raise self._wrong(key, f"the key {key.value!r} is there twice; keep one")
            items[str(key.value)] = (key, value)
        return items

    def _text(self, key: yaml.Node, node: yaml.Node) -> str:
        value = self._value(node)
        if not isinstance(value, str):
            raise self._wrong(key, f"{key.value!r} must be text; put it in quotes")
        return value

    def _description(self, pair: tuple[yaml.Node, yaml.Node] | None) -> Mapping[str, str]:
        if pair is None:
            return {}
        items = self._mapping(pair[1], "`description`")
        for key, (line, _) in items.items():
            if key not in _LANGUAGES:
                raise self._wrong(line, f"unknown language {key!r}; use es and en")
        return {key: self._text(*item) for key, item in items.items()}

    def _expected(self, pair: tuple[yaml.Node, yaml.Node] | None) -> list[str]:
        if pair is None:
            return []
        if not isinstance(pair[1], yaml.SequenceNode):
            raise self._wrong(pair[0], "`expected` must be a list of sentences")
        return [self._text(pair[0], node) for node in pair[1].value]

    def _value(self, node: yaml.Node) -> object:
        try:
            return yaml.SafeLoader("").construct_object(node, deep=True)
        except yaml.YAMLError as error:
            raise self._wrong(node, "this value cannot be understood; write it plainly") from error

    def _wrong(self, node: yaml.Node, text: str) -> ScenarioError:
        return ScenarioError(f"{self._path}, line {node.start_mark.line + 1}: {text}")
