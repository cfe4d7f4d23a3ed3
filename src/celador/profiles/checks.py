"""What must hold between the keys of one point, and between the points of one profile."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from celador.domain.blocks import Table
from celador.domain.causes import Sense
from celador.domain.quantities import BY_NAME, COUNTER_NAMES
from celador.profiles import addresses
from celador.profiles.document import Place
from celador.profiles.model import CellRange, Control, Point, PointType
from celador.profiles.spec import ControlSpec, PointSpec


class Problem(NamedTuple):
    """Something wrong: where in the document, and what, ending with the mend."""

    path: Place
    text: str


class Finding(NamedTuple):
    """Something wrong with one point: at which key of the file format, and what."""

    key: str
    text: str


class Entry(NamedTuple):
    """A point or a control, and where in the document it stands."""

    path: Place
    item: Point | Control


def nearest(word: str, known: Iterable[str]) -> str:
    """A mend for a misspelt word: the nearest known one, or the list where none is near."""
    names = list(known)
    near = difflib.get_close_matches(word, names, n=1)
    return f"did you mean {near[0]}?" if near else f"write one of {', '.join(names)}"


def check_point(
    table: Table, spec: PointSpec, base: addresses.AddressBase, causes: Collection[str]
) -> Iterator[Finding]:
    """Problems of one point."""
    yield from check_address(table, spec, base)
    yield from _check_type(table, spec)
    if spec.type is PointType.STRING:
        yield from _check_string(spec)
    else:
        yield from _check_scale(spec)
        yield from _check_codes(spec)
    yield from _check_bits(spec)
    yield from _check_sense(spec, causes)
    yield from _check_quantity(spec)


def check_address(
    table: Table, spec: PointSpec | ControlSpec, base: addresses.AddressBase
) -> Iterator[Finding]:
    """Problems of where a point or control stands."""
    if base == "reference":
        if spec.address is not None:
            yield Finding("address", "addresses come from the references here; take address out")
        if spec.reference is None:
            yield Finding("key", "reference is missing; add it, the profile counts by references")
        elif addresses.from_reference(table, spec.reference) is None:
            yield Finding(
                "reference",
                f"{spec.reference} is no reference of table {table.value}; "
                f"they are {addresses.reference_form(table)}",
            )
        return
    if spec.address is None:
        yield Finding("key", f"address is missing; add it, counted from {base}")
        return
    pdu = addresses.to_pdu(table, spec.address, base)
    if pdu is None:
        yield Finding(
            "address",
            f"address {spec.address} cannot be; "
            f"it must lie in {base} to {addresses.LAST_ADDRESS + base}",
        )
    elif spec.reference is not None:
        told = addresses.from_reference(table, spec.reference)
        if told is not None and told != pdu:
            yield Finding(
                "reference",
                f"reference {spec.reference} stands for address {told + base} and the point says "
                f"{spec.address}; correct the wrong one",
            )


def _check_type(table: Table, spec: PointSpec) -> Iterator[Finding]:
    if table.is_bits and spec.type is not PointType.BIT:
        yield Finding("type", f"table {table.value} holds single bits; write type: bit")
    if not table.is_bits and spec.type is PointType.BIT:
        yield Finding(
            "type", f"table {table.value} holds registers; write type: bits16 and name the bits"
        )
    if spec.count is not None and spec.type is not PointType.STRING:
        yield Finding("count", f"the length of {spec.type.value} is known; take count out")


def _check_string(spec: PointSpec) -> Iterator[Finding]:
    if spec.count is None:
        yield Finding("key", "count is missing; add the number of registers of the string")
    elif spec.count > Table.INPUT_REGISTER.request_limit:
        yield Finding(
            "count",
            f"a string of {spec.count} registers does not fit into one read; "
            f"it may have {Table.INPUT_REGISTER.request_limit}",
        )
    for key in ("scale", "offset", "scale_by_raw", "range", "sentinels", "labels", "quantity"):
        if key in spec.model_fields_set:
            yield Finding(key, f"a string has no {key}; take it out")


def _check_scale(spec: PointSpec) -> Iterator[Finding]:
    if spec.scale == 0:
        yield Finding("scale", "a scale of 0 makes every value 0; write the worth of one raw step")
    if spec.scale_by_raw and "scale" in spec.model_fields_set:
        yield Finding("scale", "scale and scale_by_raw exclude each other; keep one of them")
    if spec.scale_by_raw and not spec.type.is_integer:
        yield Finding("scale_by_raw", "raw ranges are of whole numbers; use scale with this type")
    for n, choice in enumerate(spec.scale_by_raw):
        if choice.scale == 0:
            yield Finding(
                "scale_by_raw", f"choice {n + 1} has scale 0; write the worth of one raw step"
            )
    spans = sorted(choice.raw for choice in spec.scale_by_raw)
    for (_, high), (low, _) in pairwise(spans):
        if low <= high:
            yield Finding(
                "scale_by_raw",
                f"raw {low} lies in two choices, so the scale cannot be told; part the ranges",
            )


def _check_codes(spec: PointSpec) -> Iterator[Finding]:
    limit = 1 << (1 if spec.type is PointType.BIT else 16 * (spec.type.registers or 1))
    for sentinel in spec.sentinels:
        if not 0 <= sentinel < limit:
            yield Finding(
                "sentinels",
                f"{sentinel} is no raw pattern of {spec.type.value}; "
                f"write the unsigned number, 0 to {limit - 1}",
            )
    scaled = {"scale", "offset", "scale_by_raw", "range"} & spec.model_fields_set
    if spec.labels and (scaled or not spec.type.is_integer):
        yield Finding(
            "labels", "labels are for codes, not for numbers with a scale or range; keep one"
        )


def _check_bits(spec: PointSpec) -> Iterator[Finding]:
    if spec.type is not PointType.BITS16:
        for key in ("bits", "bit_names"):
            if key in spec.model_fields_set:
                yield Finding(key, f"{key} is for type bits16; change the type or take it out")
        return
    low, high = spec.bits or (0, 15)
    if not 0 <= low <= high <= 15:
        yield Finding("bits", f"bits {low}..{high} are not in a register; they count from 0 to 15")
    for bit in spec.bit_names:
        if not low <= bit <= high:
            yield Finding("bit_names", f"bit {bit} is not of this point; name bits {low} to {high}")


def _check_sense(spec: PointSpec, causes: Collection[str]) -> Iterator[Finding]:
    one_bit = spec.type is PointType.BIT or (spec.bits is not None and spec.bits[0] == spec.bits[1])
    if spec.role is not None and (not one_bit or spec.group != "status"):
        yield Finding("role", "a role belongs to a single bit of the group status; take it out")
    if spec.means is None:
        return
    if not one_bit or spec.group != "status":
        yield Finding("means", "a meaning belongs to a single bit of the group status; take it out")
    if spec.means.sense.of_cause and spec.means.of not in causes:
        mend = nearest(spec.means.of, causes) if causes else "add it to causes"
        yield Finding("means", f"unknown cause {spec.means.of}; {mend}")
    if spec.means.sense in (Sense.GROUP, Sense.TRIP_GROUP) and not spec.means.of.isdigit():
        yield Finding("means", f"{spec.means.of} is no setting group; write its number")


def _check_quantity(spec: PointSpec) -> Iterator[Finding]:
    if spec.quantity is None:
        return
    quantity = BY_NAME.get(spec.quantity)
    if quantity is None:
        yield Finding(
            "quantity", f"unknown quantity {spec.quantity}; {nearest(spec.quantity, BY_NAME)}"
        )
        return
    if quantity.unit != spec.unit:
        yield Finding(
            "quantity",
            f"quantity {quantity.name} is kept in {quantity.unit or 'no unit'} and the point is in "
            f"{spec.unit or 'no unit'}; scale the point to the quantity's unit",
        )
    group = "counters" if quantity.name in COUNTER_NAMES else "analog"
    if spec.group != group:
        yield Finding(
            "quantity",
            f"quantity {quantity.name} is stored with the group {group} and the point is in "
            f"{spec.group}; change the group",
        )


def check_profile(
    entries: Sequence[Entry], forbidden: Sequence[CellRange], max_registers: int
) -> Iterator[Problem]:
    """Problems between points; each is told where the later of the two stands."""
    yield from _check_once(entries, "key")
    points = [(entry.path, entry.item) for entry in entries if isinstance(entry.item, Point)]
    yield from _check_once([Entry(*point) for point in points], "quantity")
    yield from _check_once([Entry(*point) for point in points], "role")
    yield from _check_once([Entry(*point) for point in points], "means")
    for path, point in points:
        for text in _check_reach(point, forbidden, max_registers):
            yield Problem((*path, "key"), text)
    yield from _check_overlaps(entries)


def _check_reach(point: Point, forbidden: Sequence[CellRange], max_registers: int) -> Iterator[str]:
    last = point.end - 1
    if last > addresses.LAST_ADDRESS:
        yield (
            f"its last cell would be {last} and the table ends at {addresses.LAST_ADDRESS}; "
            "correct address or count"
        )
    if not point.table.is_bits and point.count > max_registers:
        yield (
            f"takes {point.count} cells and a read may ask for {max_registers}; raise max_registers"
        )
    if any(
        point.table is cells.table and point.address <= cells.last and cells.first <= last
        for cells in forbidden
    ):
        yield "lies in a forbidden range; take the point out or narrow the range"


def _check_once(entries: Sequence[Entry], attribute: str) -> Iterator[Problem]:
    seen: dict[object, str] = {}
    for path, item in entries:
        value = getattr(item, attribute)
        if value is None:
            continue
        word = getattr(value, "value", value)  # of an enumeration
        if value in seen and attribute == "key":
            yield Problem((*path, "key"), "the key is used twice; give one of the two another name")
        elif value in seen:
            yield Problem(
                (*path, attribute),
                f"{attribute} {word} is already taken by point {seen[value]}; keep one of them",
            )
        seen[value] = item.key


def _check_overlaps(entries: Sequence[Entry]) -> Iterator[Problem]:
    spans = sorted((_span(entry) for entry in entries), key=lambda span: span[:3])
    for n, (table, _, end, path, item) in enumerate(spans):
        for other_table, other_start, _, other_path, other in spans[n + 1 :]:
            if other_table != table or other_start >= end:
                break
            if _share_a_register(item, other):
                continue
            where, early = (other_path, item) if other_path > path else (path, other)
            yield Problem(
                (*where, "key"),
                f"takes a cell of {table} that {_name(early)} has already; "
                "correct the address of one of them",
            )


def _name(item: Point | Control) -> str:
    return f"{'point' if isinstance(item, Point) else 'control'} {item.key}"


def _span(entry: Entry) -> tuple[str, int, int, Place, Point | Control]:
    item = entry.item
    if isinstance(item, Control):
        return Table.COIL.value, item.address, item.address + 1, entry.path, item
    return item.table.value, item.address, item.end, entry.path, item


def _share_a_register(one: Point | Control, other: Point | Control) -> bool:
    if not (isinstance(one, Point) and isinstance(other, Point)):
        return False
    if not one.type is other.type is PointType.BITS16:
        return False
    low, high = sorted((one, other), key=lambda point: point.first_bit)
    return low.first_bit + low.bit_count <= high.first_bit
