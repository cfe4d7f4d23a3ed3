"""From the file format to the immutable profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from celador.domain.blocks import Table
from celador.domain.causes import Cause
from celador.domain.writing import Text
from celador.profiles import addresses
from celador.profiles.checks import Entry, Problem, check_address, check_point
from celador.profiles.model import (
    CellRange,
    Control,
    Point,
    PointType,
    Profile,
    ScaleChoice,
)
from celador.profiles.spec import ControlSpec, PointSpec, ProfileSpec, TextSpec

_TABLE_ORDER = list(Table)


def item_problems(spec: ProfileSpec) -> Iterator[Problem]:
    """Problems that show in one point, one control or one forbidden range alone."""
    for table, part in spec.tables.items():
        for n, point in enumerate(part.points):
            for key, text in check_point(table, point, spec.address_base, spec.causes):
                yield Problem(("tables", table.value, "points", n, key), text)
    for n, control in enumerate(spec.controls):
        for key, text in check_address(Table.COIL, control, spec.address_base):
            yield Problem(("controls", n, key), text)
    for table, spans in spec.forbidden.items():
        for n, span in enumerate(spans):
            if any(addresses.to_pdu(table, end, spec.address_base) is None for end in span):
                yield Problem(
                    ("forbidden", table.value, n),
                    f"forbidden range {span[0]}..{span[1]} is not in table {table.value}; "
                    "write it as the points' addresses are written",
                )


def entries(spec: ProfileSpec) -> list[Entry]:
    """Every point and control of a specification without item problems."""
    found = [
        Entry(("tables", table.value, "points", n), _point(table, point, spec))
        for table, part in spec.tables.items()
        for n, point in enumerate(part.points)
    ]
    found += (
        Entry(("controls", n), _control(control, spec)) for n, control in enumerate(spec.controls)
    )
    return found


def forbidden(spec: ProfileSpec) -> tuple[CellRange, ...]:
    """The ranges that the file forbids."""
    return tuple(
        CellRange(table, _pdu(table, first, spec), _pdu(table, last, spec))
        for table, spans in spec.forbidden.items()
        for first, last in spans
    )


def profile(
    name: str, spec: ProfileSpec, items: Sequence[Entry], barred: tuple[CellRange, ...]
) -> Profile:
    """Put the parts together; the coils of the controls become forbidden cells."""
    controls = tuple(entry.item for entry in items if isinstance(entry.item, Control))
    points = sorted(
        (entry.item for entry in items if isinstance(entry.item, Point)),
        key=lambda point: (_TABLE_ORDER.index(point.table), point.address, point.first_bit),
    )
    return Profile(
        name=name,
        title=spec.title,
        revision=spec.revision,
        products=spec.products,
        firmware=spec.firmware,
        requirements=tuple(_text(text) for text in spec.requirements),
        caveats=tuple(_text(text) for text in spec.caveats),
        address_base=spec.address_base,
        causes=tuple(
            Cause(cause, said.family, said.direction) for cause, said in spec.causes.items()
        ),
        points=tuple(points),
        controls=controls,
        forbidden=(
            *barred,
            *(CellRange(Table.COIL, control.address, control.address) for control in controls),
        ),
        max_registers=spec.limits.max_registers,
        max_bits=spec.limits.max_bits,
        max_gap_registers=spec.limits.max_gap_registers,
        max_gap_bits=spec.limits.max_gap_bits,
    )


def _pdu(table: Table, written: int, spec: ProfileSpec) -> int:
    address = addresses.to_pdu(table, written, spec.address_base)
    assert address is not None  # noqa: S101 - item_problems has refused the others
    return address


def _address(table: Table, item: PointSpec | ControlSpec, spec: ProfileSpec) -> int:
    written = item.reference if spec.address_base == "reference" else item.address
    assert written is not None  # noqa: S101 - likewise
    return _pdu(table, written, spec)


def _point(table: Table, item: PointSpec, spec: ProfileSpec) -> Point:
    low, high = item.range or (None, None)
    first_bit, last_bit = item.bits or (0, 15)
    return Point(
        key=item.key,
        table=table,
        address=_address(table, item, spec),
        count=item.count or item.type.registers or 1,
        type=item.type,
        description_es=item.es,
        description_en=item.en,
        group=item.group,
        symbol=item.symbol,
        reference=item.reference,
        unit=item.unit,
        scale=item.scale,
        offset=item.offset,
        choices=tuple(
            ScaleChoice(choice.raw[0], choice.raw[1], choice.scale) for choice in item.scale_by_raw
        ),
        low=low,
        high=high,
        sentinels=item.sentinels,
        labels=_texts(item.labels),
        first_bit=first_bit if item.type is PointType.BITS16 else 0,
        bit_count=last_bit - first_bit + 1 if item.type is PointType.BITS16 else 0,
        bit_names=_texts(item.bit_names),
        word_order=item.word_order,
        byte_order=item.byte_order,
        quantity=item.quantity,
        role=item.role,
        means=item.means,
        burst=item.burst,
    )


def _control(item: ControlSpec, spec: ProfileSpec) -> Control:
    return Control(
        key=item.key,
        address=_address(Table.COIL, item, spec),
        symbol=item.symbol,
        reference=item.reference,
        description_es=item.es,
        description_en=item.en,
    )


def _text(spec: TextSpec) -> Text:
    return Text(spec.es, spec.en)


def _texts(specs: Mapping[int, TextSpec]) -> tuple[tuple[int, Text], ...]:
    return tuple((number, _text(text)) for number, text in sorted(specs.items()))
