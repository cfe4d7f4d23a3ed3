"""Rules between settings, which no single field can hold.

They work on the plain tree (tables as mappings, before defaults), so that a file with a wrong field
still hears of every wrong relation at once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from celador.config.model import PollingConfig

Path = tuple[str | int, ...]
Tree = Mapping[str, Any]

_SECRETS: frozenset[Path] = frozenset(
    {
        ("historian", "password"),
        ("historian", "read_password"),
        ("notify", "channels", "password"),
        ("notify", "channels", "token"),
        ("notify", "channels", "url"),
    }
)


def is_secret(path: Path) -> bool:
    """Whether a setting comes from the environment alone and is never shown."""
    return tuple(part for part in path if isinstance(part, str)) in _SECRETS


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        path: the setting to point at, as keys and indexes from the root.
        text: the sentence, without the place.
    """

    path: Path
    text: str


def setting_name(path: Path) -> str:
    """A path as people write it: `devices[0].polling.analog_s`."""
    name = ""
    for part in path:
        name += f"[{part}]" if isinstance(part, int) else f".{part}"
    return name.lstrip(".")


def relation_problems(tree: Tree) -> Iterator[Problem]:
    """Every relation between settings that does not hold; tolerates wrong types everywhere."""
    yield from _historian(_table(tree, "historian"))
    yield from _web(_table(tree, "web"))
    polling = _table(tree, "polling")
    yield from _polling(polling)
    yield from _burst(polling, (), polling)
    found = tree.get("devices", ())
    devices = [
        (index, device)
        for index, device in enumerate(found if isinstance(found, list | tuple) else ())
        if isinstance(device, Mapping)
    ]
    for index, device in devices:
        yield from _link(("devices", index), device)
        yield from _burst(polling, ("devices", index), _table(device, "polling"))
    yield from _parents(devices)
    yield from _unique(devices, _id, "id", "the id", "give each recloser its own")
    yield from _unique(devices, _name, "name", "the name", "give each recloser its own")
    yield from _unique(
        devices,
        _address,
        "host",
        "host, port and unit",
        "give each recloser its own address, or delete one of the two",
    )
    yield from _unique(
        devices,
        _serial_port,
        "serial_port",
        "the serial port",
        "several reclosers on one serial line cannot be read yet, give each its own port",
    )


def _table(tree: Tree, key: str) -> Tree:
    found = tree.get(key)
    return found if isinstance(found, Mapping) else {}


def _number(polling: Tree, key: str) -> float:
    value = polling.get(key)
    default: float = PollingConfig.model_fields[key].default
    return value if isinstance(value, int | float) else default


def _historian(historian: Tree) -> Iterator[Problem]:
    if historian and "host" not in historian:
        yield Problem(
            ("historian",),
            "historian has no host, so nothing would be sent; "
            'add a line such as host = "192.168.0.5", or delete its settings',
        )
    for key in ("password", "read_password"):
        if key in historian and f"{key}_file" in historian:
            yield Problem(
                ("historian", f"{key}_file"),
                f"historian.{key} and historian.{key}_file are both set; keep one of the two",
            )
    for key in ("read_password", "read_password_file"):
        if key in historian and "read_user" not in historian:
            yield Problem(
                ("historian", key),
                f"historian.{key} is set and historian.read_user is not; say whose password it is",
            )


def _web(web: Tree) -> Iterator[Problem]:
    for key, other in (("certificate", "key"), ("key", "certificate")):
        if key in web and other not in web:
            yield Problem(
                ("web", key),
                f"web.{key} is set and web.{other} is not; TLS needs both, set the other one too",
            )
    if "certificate" in web and web.get("behind_proxy") is True:
        yield Problem(
            ("web", "behind_proxy"),
            "web.behind_proxy is true and there is a certificate as well; "
            "leave TLS to the proxy or be reached without one",
        )


def _polling(polling: Tree) -> Iterator[Problem]:
    first, longest = _number(polling, "backoff_first_s"), _number(polling, "backoff_max_s")
    if first > longest:
        yield Problem(
            ("polling", "backoff_first_s"),
            f"polling.backoff_first_s is {first:g}, longer than polling.backoff_max_s "
            f"({longest:g}); make it shorter",
        )


def _burst(polling: Tree, path: Path, owner: Tree) -> Iterator[Problem]:
    """A burst must be faster than the ordinary reads of [polling] or of a device."""
    burst, status = _number(polling, "burst_period_s"), _number(owner, "status_s")
    if burst > status and ("status_s" in owner or owner is polling):
        at = (*path, "polling", "status_s" if "status_s" in owner else "burst_period_s")
        yield Problem(
            at,
            f"{setting_name((*path, 'polling', 'status_s'))} is {status:g}, faster than "
            f"polling.burst_period_s ({burst:g}); make the burst the faster one",
        )


_SERIAL_ONLY = ("serial_port", "baudrate", "parity", "stopbits")
_NETWORK_ONLY = ("host", "port")


def _link(path: Path, device: Tree) -> Iterator[Problem]:
    where = setting_name(path)
    transport = device.get("transport", "tcp")
    if transport not in ("tcp", "rtu-over-tcp", "rtu"):
        return
    serial = transport == "rtu"
    needed, example = ("serial_port", "/dev/ttyUSB0") if serial else ("host", "192.168.0.10")
    if needed not in device:
        yield Problem(
            path,
            f"{where} has transport {transport} and no {needed}; "
            f'add a line such as {needed} = "{example}"',
        )
    for key in _NETWORK_ONLY if serial else _SERIAL_ONLY:
        if key in device:
            yield Problem(
                (*path, key),
                f"{where}.{key} has no effect with transport {transport}; "
                "delete it or change the transport",
            )
    unit = device.get("unit", 1)
    if transport != "tcp" and unit in (0, *range(248, 256)):
        yield Problem(
            (*path, "unit"),
            f"{where}.unit is {unit}, which no device on a serial line may have; "
            "set one from 1 to 247",
        )


def _parents(devices: list[tuple[int, Tree]]) -> Iterator[Problem]:
    """Each `parent` must be another recloser, above and not below, and serve no fewer customers."""
    by_name = {device["name"]: device for _, device in devices if _name(device) is not None}
    for index, device in devices:
        parent = _hashable(device.get("parent"))
        if parent is None:
            continue
        path = ("devices", index, "parent")
        if parent not in by_name:
            yield Problem(
                path,
                f'devices[{index}].parent is "{parent}", which is the name of no recloser; '
                "write the name of the one upstream",
            )
        elif parent in _below(by_name, device):
            yield Problem(
                path,
                f'devices[{index}].parent is "{parent}", which is itself behind this recloser; '
                "delete one parent of the ring",
            )
    for index, device in devices:
        for key in ("customers", "kva"):
            yield from _behind(index, device, key, [each for _, each in devices])


def _below(by_name: Mapping[Hashable, Tree], device: Tree) -> set[Hashable]:
    """Names of the reclosers that have this one above them, itself included."""
    below = {_name(device)}
    while True:
        more = {name for name, each in by_name.items() if _hashable(each.get("parent")) in below}
        if more <= below:
            return below
        below |= more


def _behind(index: int, device: Tree, key: str, devices: list[Tree]) -> Iterator[Problem]:
    name, whole = _name(device), device.get(key)
    if name is None or not isinstance(whole, int | float):
        return
    parts = [each.get(key) for each in devices if _hashable(each.get("parent")) == name]
    known = sum(part for part in parts if isinstance(part, int | float))
    if known > whole:
        yield Problem(
            ("devices", index, key),
            f"devices[{index}].{key} is {whole:g}, fewer than those of the reclosers behind it "
            f"({known:g}); it must include them",
        )


def _id(device: Tree) -> Hashable:
    return _hashable(device.get("id"))


def _name(device: Tree) -> Hashable:
    return _hashable(device.get("name"))


def _address(device: Tree) -> Hashable:
    host = device.get("host")
    if not isinstance(host, str):
        return None
    return host.lower(), _hashable(device.get("port", 502)), _hashable(device.get("unit", 1))


def _serial_port(device: Tree) -> Hashable:
    return _hashable(device.get("serial_port"))


def _hashable(value: object) -> Hashable:
    return value if isinstance(value, str | int) else None


def _unique(
    devices: list[tuple[int, Tree]],
    key_of: Callable[[Tree], Hashable],
    field: str,
    what: str,
    mend: str,
) -> Iterator[Problem]:
    seen: dict[Hashable, int] = {}
    for index, device in devices:
        key = key_of(device)
        if key is None:
            continue
        if key in seen:
            yield Problem(
                ("devices", index, field),
                f"devices[{index}] has {what} of devices[{seen[key]}]; {mend}",
            )
        seen.setdefault(key, index)
