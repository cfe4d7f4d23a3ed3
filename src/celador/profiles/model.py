"""What a device profile holds: points, controls, limits. Immutable, and sound once loaded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Literal

from celador.domain.blocks import Table
from celador.domain.causes import Cause, Meaning
from celador.domain.errors import ProfileError
from celador.domain.quantities import Role
from celador.domain.writing import Text

GroupName = Literal["status", "analog", "counters", "clock"]
"""Points of one group are polled together, with one period."""

Order = Literal["big", "little"]
"""`big` puts the most significant part first, as the Modbus specification does."""

Number = int | float


class PointType(Enum):
    """How the cells of a point make a value; the value is the name that profiles use."""

    BIT = "bit"
    UINT16 = "uint16"
    INT16 = "int16"
    UINT32 = "uint32"
    INT32 = "int32"
    UINT64 = "uint64"
    INT64 = "int64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"
    BITS16 = "bits16"
    STRING = "string"

    @property
    def registers(self) -> int | None:
        """Cells that a value takes; None where the profile says it (strings)."""
        return _CELLS[self]

    @property
    def signed(self) -> bool:
        """True for the integers in two's complement."""
        return self in (PointType.INT16, PointType.INT32, PointType.INT64)

    @property
    def is_float(self) -> bool:
        """True for the IEEE 754 types."""
        return self in (PointType.FLOAT32, PointType.FLOAT64)

    @property
    def is_integer(self) -> bool:
        """True where the raw value is a whole number: everything but floats and strings."""
        return not self.is_float and self is not PointType.STRING


_CELLS = {
    PointType.BIT: 1,
    PointType.UINT16: 1,
    PointType.INT16: 1,
    PointType.UINT32: 2,
    PointType.INT32: 2,
    PointType.UINT64: 4,
    PointType.INT64: 4,
    PointType.FLOAT32: 2,
    PointType.FLOAT64: 4,
    PointType.BITS16: 1,
    PointType.STRING: None,
}


@dataclass(frozen=True, slots=True)
class CellRange:
    """Cells `first` to `last` of a table, both included; PDU addresses from 0."""

    table: Table
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class ScaleChoice:
    """The scale that holds while the raw number lies in `raw_low` to `raw_high`, both included."""

    raw_low: int
    raw_high: int
    scale: Number


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that a device tells.

    The value in `unit` is `raw * scale + offset`.

    Attributes:
        key: name of the point, unique in the profile.
        table: the Modbus table.
        address: PDU address of the first cell, from 0.
        count: number of cells.
        type: how the cells make a value.
        description_es: what it is, in Spanish.
        description_en: what it is, in English.
        group: with which points it is polled.
        symbol: the name that the device's guide gives it; empty where it has none.
        reference: the number that the guide gives it (30001, ...); None where it has none.
        unit: unit of the value, empty where it has none.
        scale: what one raw step is worth; not used where there are `choices`.
        offset: what is added after scaling.
        choices: scales by raw range, for devices that use more than one; a raw number that fits
            none is out of range.
        low: smallest value that can be true, in `unit`; None for no limit.
        high: largest value that can be true, in `unit`; None for no limit.
        sentinels: raw bit patterns, unsigned, that mean "not known"; the value is then None.
        labels: what each value of an enumeration means; a value without one is out of range.
        first_bit: of a BITS16 point, its lowest bit; 0 is the least significant.
        bit_count: of a BITS16 point, how many bits it takes, from `first_bit` upwards.
        bit_names: of a BITS16 point, what the bits are called, by bit of the register.
        word_order: which register of a wide value comes first.
        byte_order: which byte of a register comes first.
        quantity: name in `quantities.BY_NAME` under which the value is stored; None for none.
        role: what the bit means to the rules; None for nothing.
        means: of what the bit tells, where there is one bit for each of many things; None for none.
        burst: True when a change of this point must be looked at closely (a burst of polls).
    """

    key: str
    table: Table
    address: int
    count: int
    type: PointType
    description_es: str
    description_en: str
    group: GroupName
    symbol: str = ""
    reference: int | None = None
    unit: str = ""
    scale: Number = 1
    offset: Number = 0
    choices: tuple[ScaleChoice, ...] = ()
    low: Number | None = None
    high: Number | None = None
    sentinels: tuple[int, ...] = ()
    labels: tuple[tuple[int, Text], ...] = ()
    first_bit: int = 0
    bit_count: int = 16
    bit_names: tuple[tuple[int, Text], ...] = ()
    word_order: Order = "big"
    byte_order: Order = "big"
    quantity: str | None = None
    role: Role | None = None
    means: Meaning | None = None
    burst: bool = False

    @property
    def end(self) -> int:
        """The PDU address after the last cell."""
        return self.address + self.count


@dataclass(frozen=True, slots=True)
class Control:
    """A coil that commands the device. It is listed for people; Celador never reads or writes it.

    Attributes:
        key: name of the control, unique among points and controls.
        address: PDU address of the coil, from 0.
        symbol: the name that the device's guide gives it.
        reference: the number that the guide gives it; None where it has none.
        description_es: what it does, in Spanish.
        description_en: what it does, in English.
    """

    key: str
    address: int
    symbol: str
    reference: int | None
    description_es: str
    description_en: str


@dataclass(frozen=True)
class Profile:
    """The map of one kind of device.

    Attributes:
        name: the file's name without its ending.
        title: what people call the device.
        revision: which document the map was taken from.
        products: the models it holds for.
        firmware: the firmware it needs, a line per product.
        requirements: what must be set on the device before it answers.
        caveats: what a user of the values must know.
        address_base: how the file counts addresses; in here they always count from 0.
        causes: what can pick up, open or close; the most telling first.
        points: everything that can be read, by table and address.
        controls: coils that command the device; they are also in `forbidden`.
        forbidden: cells that no read may touch.
        max_registers: most registers in one read.
        max_bits: most bits in one read.
        max_gap_registers: most unwanted registers between two wanted ones in one read.
        max_gap_bits: the same for bits.
    """

    name: str
    title: str
    revision: str
    products: tuple[str, ...]
    firmware: tuple[str, ...]
    requirements: tuple[Text, ...]
    caveats: tuple[Text, ...]
    address_base: Literal[0, 1, "reference"]
    causes: tuple[Cause, ...]
    points: tuple[Point, ...]
    controls: tuple[Control, ...]
    forbidden: tuple[CellRange, ...]
    max_registers: int
    max_bits: int
    max_gap_registers: int
    max_gap_bits: int

    @cached_property
    def _by_key(self) -> dict[str, Point]:
        return {point.key: point for point in self.points}

    def point(self, key: str) -> Point:
        """The point called `key`.

        Raises:
            ProfileError: there is none.
        """
        found = self._by_key.get(key)
        if found is None:
            raise ProfileError(
                f"profile {self.name} has no point {key}; "
                f"`celador profiles show {self.name}` lists its points"
            )
        return found

    def group(self, name: GroupName) -> tuple[Point, ...]:
        """The points that are polled together under `name`; empty where there are none."""
        return tuple(point for point in self.points if point.group == name)
