"""YAML with a line number for everything, and none of YAML's traps.

A key given twice is an error here (YAML lets the last one win), and so are aliases and tags: a
profile says what it means where it means it.
"""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from celador.domain.errors import ProfileError

Place = tuple[str | int, ...]
"""Where in the document: keys and positions from the root down."""

# libyaml is twelve times as fast, but its messages are the poorer ones and a few hundred thousand
# brackets end the process: it reads what comes with Celador, and nothing else.
_FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAGS = ("map", "seq", "str", "int", "float", "bool", "null", "timestamp")


class Document:
    """A parsed file: plain data, and the line of every part of it.

    Attributes:
        source: the file's name, as messages show it.
        data: mappings, lists and scalars.
        repeated: keys given more than once, and where.
    """

    def __init__(self, text: str, source: str, *, packaged: bool = False) -> None:
        """Parse `text`.

        Args:
            text: the YAML.
            source: the file's name, as messages show it.
            packaged: it comes with Celador, so that it is sound and may be read the fast way.

        Raises:
            ProfileError: it is not YAML, or not YAML as a profile may use it.
        """
        self.source = source
        self._lines: dict[Place, int] = {}
        self._seen: set[int] = set()
        self.repeated: list[tuple[Place, str | int]] = []
        try:
            root = yaml.compose(text, Loader=_FAST if packaged else yaml.SafeLoader)
            self._constructor = yaml.SafeLoader("")
            self.data: object = None if root is None else self._build(root, ())
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            problem = error.problem or "the text cannot be parsed"
            raise self.error_at(line, f"this is not YAML ({problem}); mend the syntax") from None
        except yaml.reader.ReaderError:
            raise self.error_at(
                1, "the file holds characters that YAML does not allow; save it as plain UTF-8 text"
            ) from None

    def line(self, path: Sequence[str | int]) -> int:
        """The line of a part, or of the nearest part around it that exists; from 1."""
        where = tuple(path)
        while where and where not in self._lines:
            where = where[:-1]
        return self._lines.get(where, 1)

    def error(self, path: Sequence[str | int], text: str) -> ProfileError:
        """An error that names the file and the line of the part."""
        return self.error_at(self.line(path), text)

    def error_at(self, line: int, text: str) -> ProfileError:
        """An error that names the file and a line; what it quotes is brought to one line."""
        return ProfileError(f"{self.source}:{line}: {' '.join(text.split())}")

    def _build(self, node: yaml.Node, path: Place) -> object:
        self._lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self._seen:
            raise self.error(
                path,
                "what is anchored here is used again by an alias; write it out where it is used",
            )
        self._seen.add(id(node))
        if node.tag.removeprefix("tag:yaml.org,2002:") not in _TAGS:
            raise self.error(path, "a tag is not used in profiles; write a plain value")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._build(item, (*path, n)) for n, item in enumerate(node.value)]
        try:
            return self._constructor.construct_object(node)
        except ValueError:  # a scalar that looks like a date or a number and is none
            raise self.error(path, f"{node.value} is no value; put it in quotes") from None

    def _mapping(self, node: yaml.MappingNode, path: Place) -> dict[str | int, object]:
        built: dict[str | int, object] = {}
        for key_node, value_node in node.value:
            key = self._build(key_node, (*path, "?"))
            line = key_node.start_mark.line + 1
            if not isinstance(key, str | int) or isinstance(key, bool):
                raise self.error_at(
                    line, f"{key_node.value} is no name for a key; put it in quotes"
                )
            if key in built:
                self.repeated.append(((*path, key), key))
            self._lines[(*path, key)] = line
            built[key] = self._build(value_node, (*path, key))
        return built
