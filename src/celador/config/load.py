"""Reading the configuration: defaults, then the TOML file, then the environment."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from pydantic import BaseModel, ValidationError

from celador.config.environment import LISTS, PREFIX, overlay
from celador.config.messages import problem_of
from celador.config.model import Config
from celador.config.notify import NotifyConfig
from celador.config.notify_relations import notify_problems
from celador.config.relations import Path, Problem, is_secret, relation_problems, setting_name
from celador.config.toml_lines import setting_lines
from celador.domain.errors import ConfigError

_FILES = (
    ("store", "path"),
    ("historian", "password_file"),
    ("historian", "read_password_file"),
    ("web", "certificate"),
    ("web", "key"),
)


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A configuration and where it came from.

    Attributes:
        config: the settings.
        origins: name of each setting ("polling.analog_s", "devices[0].host") to "default",
            "celador.toml:12" or "environment CELADOR_POLLING__ANALOG_S".
    """

    config: Config
    origins: Mapping[str, str]


@dataclass(slots=True)
class _Sources:
    file: str
    lines: dict[Path, int] = field(default_factory=dict)
    variables: dict[Path, str] = field(default_factory=dict)

    def exact(self, path: Path) -> str | None:
        """Where this very setting was given."""
        if path in self.variables:
            return self.variables[path]
        return f"{self.file}:{self.lines[path]}" if path in self.lines else None

    def nearest(self, path: Path) -> str:
        """Where a person has to look to mend something at this path."""
        while path:
            found = self.exact(path) or next(
                (name for at, name in self.variables.items() if at[: len(path)] == path), None
            )
            if found:
                return found
            path = path[:-1]
        return self.file


def load_config(path: FilePath | None, environ: Mapping[str, str]) -> LoadedConfig:
    """Read and check the configuration.

    Args:
        path: the TOML file; None for the defaults and the environment alone.
        environ: the environment; variables that begin with CELADOR_ are settings.

    Raises:
        ConfigError: something is wrong; the text has one line per problem, each with the place
            and the mend.
    """
    tree: dict[str, Any] = {}
    sources = _Sources(str(path) if path else "the configuration")
    if path is not None:
        tree, sources.lines = _read(path)
    problems = list(_misplaced_secrets(sources))
    sources.variables, strays = overlay(tree, environ)
    problems += strays
    problems += _split_hosts(tree, sources)
    problems += relation_problems(tree)
    problems += notify_problems(tree)
    try:
        config = Config.model_validate(_tuples(tree))
    except ValidationError as error:
        problems += [problem_of(detail) for detail in error.errors()]
    if problems:
        raise ConfigError("\n".join(_report(problems, sources)))
    if path is not None:
        config = _beside(config, path.parent, sources)
    origins = {setting_name(at): sources.exact(at) or "default" for at, _ in _leaves(config)}
    return LoadedConfig(config, origins)


def setting_values(config: Config) -> dict[str, Any]:
    """Every setting by the name that `LoadedConfig.origins` uses."""
    return {setting_name(at): value for at, value in _leaves(config)}


def _report(problems: list[Problem], sources: _Sources) -> Iterator[str]:
    """The sentences in the order of the file, then those about the environment."""
    placed = [(sources.nearest(problem.path), problem.text) for problem in problems]
    by_place = {f"{sources.file}:{line}": line for line in sources.lines.values()}
    placed.sort(key=lambda item: by_place.get(item[0], sys.maxsize))
    for place, text in placed:
        yield f"{place}: {text}"


def _read(path: FilePath) -> tuple[dict[str, Any], dict[Path, int]]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(
            f"there is no file {path}; make one with: celador config example > {path}"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read ({error.strerror}); check its name and permissions"
        ) from None
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax(path, text, str(error))) from None
    return tree, setting_lines(text)


def _syntax(path: FilePath, text: str, message: str) -> str:
    found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", message)
    line = (found and found[1]) or len(text.splitlines())
    what = message[: found.start()] if found else message
    return f"{path}:{line}: this is not valid TOML ({what}); mend the line or the one before it"


def _misplaced_secrets(sources: _Sources) -> Iterator[Problem]:
    """Secrets in the file, which is copied, mailed and committed."""
    for path in filter(is_secret, sources.lines):
        variable = PREFIX + "__".join(str(part) for part in path).upper()
        yield Problem(
            path,
            f"{setting_name(path)} is a secret and does not belong in this file; delete the line "
            f"and set {variable} or {variable}_FILE in the environment",
        )


def _split_hosts(tree: dict[str, Any], sources: _Sources) -> Iterator[Problem]:
    """Take the port out of `host = "name:port"`, which moves a device with one line."""
    devices = tree.get("devices")
    for index, device in enumerate(devices if isinstance(devices, list) else ()):
        host = device.get("host") if isinstance(device, dict) else None
        found = re.fullmatch(r"([^:]+|\[[^\]]+\]):(\d+)", host) if isinstance(host, str) else None
        if not found:
            continue
        at: Path = ("devices", index, "host")
        if "port" in device:
            yield Problem(
                at,
                f'devices[{index}].host is "{host}" and there is a port as well; '
                "write the port in one of the two",
            )
            continue
        device["host"], device["port"] = found[1].strip("[]"), int(found[2])
        _inherit(sources, at, ("devices", index, "port"))


def _inherit(sources: _Sources, old: Path, new: Path) -> None:
    if old in sources.variables:
        sources.variables[new] = sources.variables[old]
    else:
        sources.lines[new] = sources.lines[old]


def _tuples(value: object) -> object:
    """Arrays as tuples, since strict models take no list for one."""
    if isinstance(value, dict):
        return {key: _tuples(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_tuples(child) for child in value)
    return value


def _beside(config: Config, folder: FilePath, sources: _Sources) -> Config:
    """A relative path means beside the file that says it, wherever the program starts."""
    tables: dict[str, BaseModel] = {}
    for table, key in _FILES:
        settings: BaseModel = tables.get(table, getattr(config, table))
        value = getattr(settings, key)
        if value is not None and (table, key) not in sources.variables:
            tables[table] = settings.model_copy(update={key: folder / value})
    return config.model_copy(update={**tables, "notify": _beside_channels(config, folder, sources)})


def _beside_channels(config: Config, folder: FilePath, sources: _Sources) -> NotifyConfig:
    channels = []
    for index, channel in enumerate(config.notify.channels):
        files = {
            key: folder / value
            for key in ("password_file", "token_file", "url_file")
            if (value := getattr(channel, key)) is not None
            and ("notify", "channels", index, key) not in sources.variables
        }
        channels.append(channel.model_copy(update=files))
    return config.notify.model_copy(update={"channels": tuple(channels)})


def _leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    if isinstance(value, BaseModel):
        for key in type(value).model_fields:
            yield from _leaves(getattr(value, key), (*path, key))
    elif isinstance(value, tuple) and all(isinstance(item, BaseModel) for item in value) and value:
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    elif path not in LISTS:
        yield path, value
