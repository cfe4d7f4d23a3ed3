"""Rules between the settings of one channel of notifications, and between the channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from celador.config.relations import Path, Problem, Tree, setting_name

_OF_KIND: Mapping[str, tuple[str, ...]] = {
    "email": (
        "host",
        "port",
        "tls",
        "user",
        "password",
        "password_file",
        "from_address",
        "to",
    ),
    "telegram": ("token", "token_file", "chat_ids"),
    "webhook": ("url", "url_file"),
    "apprise": ("url", "url_file"),
}
_EXAMPLES: Mapping[str, str] = {
    "host": 'host = "smtp.cooperativa.example"',
    "from_address": 'from_address = "celador@cooperativa.example"',
    "to": 'to = ["guardia@cooperativa.example"]',
    "chat_ids": 'chat_ids = ["123456789"]',
}
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "email": ("host", "from_address", "to"),
    "telegram": ("chat_ids",),
    "webhook": (),
    "apprise": (),
}
_SECRET: Mapping[str, str] = {"telegram": "token", "webhook": "url", "apprise": "url"}
_LOCAL = ("localhost", "127.0.0.1", "::1")


def notify_problems(tree: Tree) -> Iterator[Problem]:
    """Every relation in [notify] that does not hold; tolerates wrong types everywhere."""
    notify = tree.get("notify")
    found = notify.get("channels") if isinstance(notify, Mapping) else None
    channels = [
        (("notify", "channels", index), channel)
        for index, channel in enumerate(found if isinstance(found, list | tuple) else ())
        if isinstance(channel, Mapping)
    ]
    names = set(_names(tree.get("devices")))
    seen: dict[object, Path] = {}
    for path, channel in channels:
        yield from _kind(path, channel)
        yield from _secrets(path, channel)
        yield from _devices(path, channel, names)
        name = channel.get("name", "correo")
        if isinstance(name, str) and name in seen:
            yield Problem(
                (*path, "name"),
                f"{setting_name(path)} has the name of {setting_name(seen[name])}; "
                "give each channel its own",
            )
        if isinstance(name, str):
            seen.setdefault(name, path)


def _names(devices: Any) -> Iterator[str]:  # noqa: ANN401 -- whatever the file holds
    for device in devices if isinstance(devices, list | tuple) else ():
        if isinstance(device, Mapping) and isinstance(device.get("name"), str):
            yield device["name"]


def _kind(path: Path, channel: Tree) -> Iterator[Problem]:
    where, kind = setting_name(path), channel.get("kind", "email")
    if kind not in _OF_KIND:
        return
    for key in _NEEDED[kind]:
        if not channel.get(key):
            yield Problem(
                path,
                f"{where} is of the kind {kind} and has no {key}; "
                f"add a line such as {_EXAMPLES[key]}",
            )
    foreign = {key for keys in _OF_KIND.values() for key in keys} - set(_OF_KIND[kind])
    for key in sorted(foreign & channel.keys()):
        yield Problem(
            (*path, key),
            f"{where}.{key} has no effect on a channel of the kind {kind}; "
            "delete it or change the kind",
        )


def _secrets(path: Path, channel: Tree) -> Iterator[Problem]:
    where, kind = setting_name(path), channel.get("kind", "email")
    for key in ("password", "token", "url"):
        if key in channel and f"{key}_file" in channel:
            yield Problem(
                (*path, f"{key}_file"),
                f"{where}.{key} and {where}.{key}_file are both set; keep one of the two",
            )
    needed = _SECRET.get(kind) if isinstance(kind, str) else None
    if needed and needed not in channel and f"{needed}_file" not in channel:
        variable = "CELADOR_" + "__".join(str(part) for part in (*path, needed)).upper()
        yield Problem(
            path,
            f"{where} is of the kind {kind} and has no {needed}; set {variable} in the "
            f"environment, or {needed}_file here",
        )
    yield from _login(path, channel)


def _login(path: Path, channel: Tree) -> Iterator[Problem]:
    where = setting_name(path)
    given = "password" in channel or "password_file" in channel
    if given and "user" not in channel:
        yield Problem(
            path, f'{where} has a password and no user; add a line such as user = "celador"'
        )
    if "user" in channel and not given and channel.get("kind", "email") == "email":
        variable = "CELADOR_" + "__".join(str(part) for part in (*path, "password")).upper()
        yield Problem(
            (*path, "user"),
            f"{where} has a user and no password; set {variable} in the environment, or "
            "password_file here",
        )
    if given and channel.get("tls") == "none" and channel.get("host") not in _LOCAL:
        yield Problem(
            (*path, "tls"),
            f'{where}.tls is "none", so the password would cross the network for all to read; '
            'write "starttls" or "tls"',
        )


def _devices(path: Path, channel: Tree, names: set[str]) -> Iterator[Problem]:
    wanted = channel.get("devices")
    for name in wanted if isinstance(wanted, list | tuple) else ():
        if isinstance(name, str) and name not in names:
            yield Problem(
                (*path, "devices"),
                f'{setting_name(path)}.devices has "{name}", which is the name of no recloser; '
                "write the name of one",
            )
