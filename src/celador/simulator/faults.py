"""Communication faults: what they are called, how they are asked for, when they strike.

The same faults come from the command line (`parse_fault`), from the `link` action of a scenario
and from the HTTP API (both `fault_from_mapping`). What they do to an answer is in distort.py.
Times of start and duration are simulated seconds; the waiting inside a fault (`seconds`) is in
real seconds, because the time-outs of the client under test are.
"""

from __future__ import annotations

import difflib
import itertools
import math
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from celador.domain.errors import CeladorError, ScenarioError, UsageError
from celador.simulator import functions

Number = int | float


class _Limits(NamedTuple):
    low: Number
    high: Number
    whole: bool
    text: str


_PARAMETERS: dict[str, _Limits] = {
    "p": _Limits(0, 1, False, "probability that a request is hit, 0 to 1 (default 1)"),
    "seconds": _Limits(0, 3600, False, "real seconds to wait"),
    "code": _Limits(1, 11, True, "Modbus exception code, 1 to 11"),
    "n": _Limits(2, 1_000_000, True, "which requests: every n-th"),
    "function": _Limits(1, 127, True, "only this function code"),
    "first": _Limits(0, 65535, True, "only from this PDU address on"),
    "last": _Limits(0, 65535, True, "only up to this PDU address"),
    "start": _Limits(0, math.inf, False, "simulated seconds from now"),
    "duration": _Limits(0, math.inf, False, "simulated seconds"),
}
_COMMON = ("p", "start", "duration")


class _Kind(NamedTuple):
    text: str
    defaults: Mapping[str, Number | None] = {}


_RANGE: Mapping[str, Number | None] = {"first": None, "last": None}

KINDS: Mapping[str, _Kind] = {
    "refuse": _Kind("the port is closed and its connections are cut (p < 1: some are cut at once)"),
    "reset": _Kind("the connection is reset instead of an answer"),
    "silent": _Kind("no answer"),
    "drop_every": _Kind("every n-th request gets no answer", {"n": 2}),
    "delay": _Kind("answers come late and in order, each holding up the next", {"seconds": 1.0}),
    "late": _Kind(
        "answers come after the client gave up, with their old transaction id, between newer ones",
        {"seconds": 5.0},
    ),
    "wrong_tid": _Kind("another transaction id (Modbus TCP only)"),
    "tid_zero": _Kind("transaction id 0 (Modbus TCP only)"),
    "wrong_unit": _Kind("the answer of another unit id"),
    "wrong_function": _Kind("the answer of another function code"),
    "short": _Kind("half of the values that were asked for, in a well-formed answer"),
    "partial": _Kind("half a frame, then silence for the rest of the connection"),
    "garbage": _Kind("random bytes instead of the frame"),
    "split": _Kind("the frame in single bytes: slow but legal", {"seconds": 0.002}),
    "exception": _Kind(
        "a Modbus exception, if wanted only for one function or for reads touching first..last",
        {"code": 4, "function": None, **_RANGE},
    ),
    "freeze": _Kind("values stop changing"),
    "not_computable": _Kind(
        "0x7FFF in frequencies and power factors, or in input registers first..last", _RANGE
    ),
    "tear": _Kind(
        "32-bit energies with the high word of another instant, or registers first..last", _RANGE
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault as asked for.

    Attributes:
        kind: a name of `KINDS`.
        p: probability that a request is hit, 0 to 1.
        start: simulated seconds from its injection to its beginning.
        duration: simulated seconds; None lasts until it is removed.
        parameters: every parameter of the kind, defaults filled in; None means "any".
    """

    kind: str
    p: float
    start: float
    duration: float | None
    parameters: Mapping[str, Number | None]


@dataclass(frozen=True, slots=True)
class Clear:
    """The request to remove the faults of one kind, or all of them (`kind` None)."""

    kind: str | None


_GRAMMAR = re.compile(
    r"(?P<kind>\w+)(:(?P<parameters>[^@+/]*))?"
    r"(@(?P<start>[0-9.]+))?(\+(?P<duration>[0-9.]+))?(/(?P<device>[^/]+))?"
)
GRAMMAR = "KIND[:PARAM=VALUE,...][@START][+DURATION][/DEVICE]"


def fault_help() -> str:
    """The grammar of `--fault` and every kind with its parameters, for the command's help."""
    lines = [
        f"{GRAMMAR}  for example: silent@60+30/sim-002  exception:code=2,first=60,last=71,p=0.5",
        "START and DURATION are simulated seconds; without DEVICE every device has the fault.",
        f"Every kind takes p: {_PARAMETERS['p'].text}.",
    ]
    for name, kind in KINDS.items():
        own = ", ".join(
            parameter if default is None else f"{parameter}={default:g}"
            for parameter, default in kind.defaults.items()
        )
        lines.append(f"  {name}{f' ({own})' if own else ''}: {kind.text}")
    return "\n".join(lines)


def parse_fault(text: str) -> tuple[Fault, str | None]:
    """Read one `--fault`; returns the fault and the device it is for (None: every device).

    Raises:
        UsageError: the text does not follow `GRAMMAR`, or a name or value is unknown.
    """
    match = _GRAMMAR.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"fault {text!r} cannot be read; write {GRAMMAR}, e.g. silent@60+30.")
    fields: dict[str, Any] = {}
    for item in filter(None, (match["parameters"] or "").split(",")):
        name, equals, value = item.partition("=")
        if not equals:
            raise UsageError(f"fault {text!r}: {item!r} has no value; write PARAM=VALUE.")
        fields[name.strip()] = value.strip()
    for name in ("start", "duration"):
        if match[name] is not None:
            fields[name] = match[name]
    return _make(match["kind"], fields, UsageError), match["device"]


def fault_from_mapping(mapping: Mapping[str, Any]) -> Fault | Clear:
    """Read a fault from a scenario's `link` action or from the HTTP API.

    Two forms: `{"kind": "silent", "p": 0.5, "start": 0, "duration": 30, ...}` sets a fault,
    `{"clear": "silent"}` or `{"clear": "all"}` removes.

    Raises:
        ScenarioError: a name or value is unknown.
    """
    if "clear" in mapping:
        kind = str(mapping["clear"])
        return Clear(None if kind == "all" else _known_kind(kind, ScenarioError))
    fields = dict(mapping)
    if not isinstance(kind := fields.pop("kind", None), str):
        raise ScenarioError(f"a link fault needs a kind; choose one of {', '.join(KINDS)}.")
    return _make(kind, fields, ScenarioError)


def _make(kind: str, fields: Mapping[str, Any], error: type[CeladorError]) -> Fault:
    defaults = KINDS[_known_kind(kind, error)].defaults
    allowed = (*defaults, *_COMMON)
    for name in fields:
        if name not in allowed:
            raise error(f"fault {kind} has no {name!r}; it takes {', '.join(allowed)}.")
    given = {name: _number(kind, name, value, error) for name, value in fields.items()}
    parameters = {name: given.get(name, default) for name, default in defaults.items()}
    first, last = parameters.get("first"), parameters.get("last")
    if first is not None and last is not None and first > last:
        raise error(f"fault {kind}: first={first} is after last={last}; swap them.")
    return Fault(
        kind, given.get("p", 1.0), given.get("start", 0.0), given.get("duration"), parameters
    )


def _known_kind(kind: str, error: type[CeladorError]) -> str:
    if kind in KINDS:
        return kind
    near = difflib.get_close_matches(kind, KINDS, n=1)
    mend = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(KINDS)}."
    raise error(f"there is no fault {kind!r}; {mend}")


def _number(kind: str, name: str, value: object, error: type[CeladorError]) -> Number:
    limits = _PARAMETERS[name]
    mend = f"give {limits.text}."
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise error(f"fault {kind}: {name} is not a number; {mend}")
    try:
        number: Number = int(value) if limits.whole else float(value)
    except (ValueError, OverflowError):
        raise error(f"fault {kind}: {name}={value} is not a number that fits; {mend}") from None
    whole = not (isinstance(value, float) and limits.whole and number != value)
    if not (whole and limits.low <= number <= limits.high and math.isfinite(number)):
        raise error(f"fault {kind}: {name}={value} is out of range; {mend}")
    return number


@dataclass(slots=True)
class ActiveFault:
    """A fault with its place in time and its memory."""

    number: int
    fault: Fault
    begins: float
    ends: float
    seen: int = 0
    frozen: dict[tuple[int, int], int] = field(default_factory=dict)

    def describe(self, now: float) -> dict[str, Any]:
        """What the HTTP API shows; `begins` and `ends` in simulated seconds."""
        fault = self.fault
        return {
            "id": self.number,
            "kind": fault.kind,
            "p": fault.p,
            **{name: value for name, value in fault.parameters.items() if value is not None},
            "begins": self.begins,
            "ends": None if math.isinf(self.ends) else self.ends,
            "active": self.begins <= now < self.ends,
        }


class FaultSet:
    """The faults of one device; the same seed and the same requests give the same hits."""

    def __init__(self, seed: int | str) -> None:
        self.dice = random.Random(seed)  # noqa: S311  reproducible on purpose, no secret
        self._numbers = itertools.count(1)
        self._faults: dict[int, ActiveFault] = {}

    def __bool__(self) -> bool:
        return bool(self._faults)

    def apply(self, order: Fault | Clear, now: float) -> int | None:
        """Add a fault (returns its number) or remove some; `now` in simulated seconds."""
        if isinstance(order, Clear):
            self.clear(order.kind)
            return None
        number = next(self._numbers)
        begins = now + order.start
        ends = math.inf if order.duration is None else begins + order.duration
        self._faults[number] = ActiveFault(number, order, begins, ends)
        return number

    def remove(self, number: int) -> bool:
        """Remove one fault; False when there is none of that number."""
        return self._faults.pop(number, None) is not None

    def clear(self, kind: str | None = None) -> None:
        """Remove every fault, or those of one kind."""
        self._faults = {
            number: active
            for number, active in self._faults.items()
            if kind is not None and active.fault.kind != kind
        }

    def pending(self, now: float) -> list[ActiveFault]:
        """Those that are or will be active; the ones that are over are forgotten."""
        if any(active.ends <= now for active in self._faults.values()):
            self._faults = {n: a for n, a in self._faults.items() if a.ends > now}
        return list(self._faults.values())

    def _active(self, now: float) -> Iterator[ActiveFault]:
        return (active for active in self.pending(now) if active.begins <= now)

    def closes_port(self, now: float) -> bool:
        """Whether the port must be closed altogether."""
        return any(a.fault.kind == "refuse" and a.fault.p >= 1 for a in self._active(now))

    def cuts_new_connection(self, now: float) -> bool:
        """Whether a connection that was just accepted is cut at once."""
        return any(a.fault.kind == "refuse" and self._roll(a) for a in self._active(now))

    def hits(self, pdu: bytes, now: float) -> dict[str, ActiveFault]:
        """The faults that strike this request, by kind."""
        return {
            active.fault.kind: active
            for active in self._active(now)
            if active.fault.kind != "refuse" and self._strikes(active, pdu)
        }

    def _strikes(self, active: ActiveFault, pdu: bytes) -> bool:
        fault = active.fault
        if fault.kind == "exception" and not _concerns(fault, pdu):
            return False
        if fault.kind == "drop_every":
            active.seen += 1
            return active.seen % int(fault.parameters["n"] or 1) == 0 and self._roll(active)
        return self._roll(active)

    def _roll(self, active: ActiveFault) -> bool:
        return active.fault.p >= 1 or self.dice.random() < active.fault.p


def _concerns(fault: Fault, pdu: bytes) -> bool:
    """Whether the request has the fault's function and touches its addresses."""
    wanted = fault.parameters
    if wanted["function"] not in {None, pdu[0]}:
        return False
    if wanted["first"] is None and wanted["last"] is None:
        return True
    touched = functions.span(pdu)
    if touched is None:
        return False
    first = wanted["first"] if wanted["first"] is not None else 0
    last = wanted["last"] if wanted["last"] is not None else 0xFFFF
    return touched[0] <= last and touched[1] >= first
