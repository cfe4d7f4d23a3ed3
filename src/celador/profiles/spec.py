"""The file format of a profile: every key, its type, what it is for. Unknown keys are errors.

Checks that need more than one key are in `checks`; docs/profiles.md explains the format to people.
"""

from __future__ import annotations

import math
import re
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
)

from celador.domain.blocks import Table
from celador.domain.causes import Direction, Family, Meaning, Sense
from celador.domain.quantities import Role
from celador.profiles.model import GroupName, Number, Order, PointType
from celador.profiles.plan import MAX_BITS, MAX_GAP_BITS, MAX_GAP_REGISTERS, MAX_REGISTERS

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_INTEGER = r"[+-]?\d+"


def _number(text: str) -> Number:
    return int(text) if re.fullmatch(_INTEGER, text) else float(text)


def _span(value: object, one: str) -> tuple[Number, Number]:
    match = re.fullmatch(rf"\s*({one})\s*\.\.\s*({one})\s*", str(value))
    if match is None:
        kind = " in whole numbers" if one == _INTEGER else ""
        raise ValueError(f"{value} is not a range; write it as LOW..HIGH{kind}")
    if not all(math.isfinite(float(end)) for end in match.groups()):
        raise ValueError(f"{value} has an end that no number reaches; write a smaller one")
    low, high = _number(match[1]), _number(match[2])
    if low > high:
        raise ValueError(f"the range {value} ends before it begins; write the lower end first")
    return low, high


def _number_span(value: object) -> tuple[Number, Number]:
    return _span(value, _NUMBER)


def _integer_span(value: object) -> tuple[Number, Number]:
    return _span(value, _INTEGER)


def _amount(value: Number) -> Number:
    # Far beyond any unit, and far from where a float64 overflows.
    if abs(value) > 10**15:
        raise ValueError("the number is beyond 1e15; write a smaller one")
    return value


def _one_line(value: str) -> str:
    if not value.strip():
        raise ValueError("the text is empty; write one")
    if "\n" in value:
        raise ValueError("the text has more than one line; write it as one")
    return value


def _meaning(value: object) -> Meaning:
    word, _, name = str(value).partition(" ")
    senses = [sense.value for sense in Sense]
    if word not in senses or not name.strip():
        raise ValueError(
            f"{value} does not say what of what; write one of {', '.join(senses)} and a name"
        )
    return Meaning(Sense(word), name.strip())


Span = Annotated[tuple[Number, Number], BeforeValidator(_number_span)]
IntegerSpan = Annotated[tuple[int, int], BeforeValidator(_integer_span)]
Amount = Annotated[
    StrictInt | Annotated[StrictFloat, Field(allow_inf_nan=False)], AfterValidator(_amount)
]
Sentence = Annotated[StrictStr, AfterValidator(_one_line)]
Key = Annotated[StrictStr, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TextSpec(_Spec):
    """A sentence in both languages."""

    es: Sentence
    en: Sentence


class ScaleSpec(_Spec):
    """One scale, and the raw numbers for which it holds."""

    raw: IntegerSpan
    scale: Amount


class DefaultsSpec(_Spec):
    """What holds for every point of the table that does not say otherwise."""

    type: PointType | None = None
    group: GroupName | None = None
    word_order: Order | None = None
    byte_order: Order | None = None


class CauseSpec(_Spec):
    """One thing that can pick up, open or close; `domain.causes.Cause` says what each key means."""

    family: Family
    direction: Direction | None = None


class PointSpec(_Spec):
    """One point; `model.Point` says what each key means."""

    key: Key
    address: StrictInt | None = None
    reference: StrictInt | None = None
    symbol: StrictStr = ""
    type: PointType
    count: Annotated[StrictInt, Field(ge=1)] | None = None
    group: GroupName
    unit: StrictStr = ""
    scale: Amount = 1
    offset: Amount = 0
    scale_by_raw: tuple[ScaleSpec, ...] = ()
    range: Span | None = None
    sentinels: tuple[StrictInt, ...] = ()
    labels: dict[StrictInt, TextSpec] = Field(default_factory=dict)
    bits: IntegerSpan | None = None
    bit_names: dict[StrictInt, TextSpec] = Field(default_factory=dict)
    word_order: Order = "big"
    byte_order: Order = "big"
    quantity: StrictStr | None = None
    role: Role | None = None
    means: Annotated[Meaning, BeforeValidator(_meaning)] | None = None
    burst: StrictBool = False
    es: Sentence
    en: Sentence


class TableSpec(_Spec):
    """The points of one Modbus table."""

    defaults: DefaultsSpec = DefaultsSpec()
    points: tuple[PointSpec, ...]


class ControlSpec(_Spec):
    """A coil that commands the device; listed, never read and never written."""

    key: Key
    address: StrictInt | None = None
    reference: StrictInt | None = None
    symbol: StrictStr = ""
    es: Sentence
    en: Sentence


class LimitsSpec(_Spec):
    """How the reads may be cut; `plan.plan` says what each limit means."""

    max_registers: Annotated[StrictInt, Field(ge=1, le=MAX_REGISTERS)] = MAX_REGISTERS
    max_bits: Annotated[StrictInt, Field(ge=1, le=MAX_BITS)] = MAX_BITS
    max_gap_registers: Annotated[StrictInt, Field(ge=0, le=MAX_REGISTERS)] = MAX_GAP_REGISTERS
    max_gap_bits: Annotated[StrictInt, Field(ge=0, le=MAX_BITS)] = MAX_GAP_BITS


class ProfileSpec(_Spec):
    """The whole file."""

    title: Sentence
    revision: Sentence
    products: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    firmware: tuple[Sentence, ...] = ()
    requirements: tuple[TextSpec, ...] = ()
    caveats: tuple[TextSpec, ...] = ()
    address_base: Literal[0, 1, "reference"]
    limits: LimitsSpec = LimitsSpec()
    causes: dict[Sentence, CauseSpec] = Field(default_factory=dict)
    forbidden: dict[Table, tuple[IntegerSpan, ...]] = Field(default_factory=dict)
    tables: dict[Table, TableSpec]
    controls: tuple[ControlSpec, ...] = ()
