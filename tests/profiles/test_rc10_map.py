"""The RC10 profile against the point list of the device guide, reference by reference."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from celador.domain.blocks import Block, Table
from celador.domain.quantities import COUNTER_NAMES, MEASUREMENT_NAMES, Role
from celador.profiles import schema
from celador.profiles.codec import Decoder
from celador.profiles.plan import plan
from celador.profiles.schema import Point, PointType, load_profile, profile_names

RC10 = load_profile("noja-rc10")
LIBRARY = Path(schema.__file__).parent / "library"
GUIDE = list(csv.DictReader(Path(__file__).with_name("rc10_points.csv").read_text().splitlines()))
READABLE = [row for row in GUIDE if row["table"] != "coil"]
BY_REFERENCE = {point.reference: point for point in RC10.points}


def is_low_word(row: dict[str, str]) -> bool:
    return row["key"].endswith("_lo")


def point_of(row: dict[str, str]) -> Point:
    return BY_REFERENCE[int(row["reference"]) - is_low_word(row)]


def test_the_guide_has_363_points_and_the_profile_covers_every_reference_once() -> None:
    assert len(GUIDE) == 363
    covered = [
        point.reference + n
        for point in RC10.points
        if point.reference is not None
        for n in range(point.count)
    ]
    assert sorted(covered) == sorted(int(row["reference"]) for row in READABLE)


@pytest.mark.parametrize("row", READABLE, ids=lambda row: row["reference"])
def test_point_agrees_with_the_guide(row: dict[str, str]) -> None:
    point = point_of(row)
    low_word = is_low_word(row)
    assert point.table is Table(row["table"])
    assert point.address == int(row["pdu_address"]) - low_word
    assert point.unit == row["unit"]
    assert point.count == (2 if row["key"].endswith(("_hi", "_lo")) else 1)
    assert (point.word_order, point.byte_order) == ("big", "big")
    assert point.offset == 0
    name = row["key"].removesuffix("_hi").removesuffix("_lo").replace(" ", "_")
    assert point.symbol.lower().replace(" ", "_") == name
    assert point.description_es != point.description_en


@pytest.mark.parametrize(
    "row",
    [row for row in READABLE if row["table"] != "discrete_input" and not is_low_word(row)],
    ids=lambda row: row["reference"],
)
def test_register_scale_and_range_agree_with_the_guide(row: dict[str, str]) -> None:
    point = point_of(row)
    if row["scale"] == "0.01 or 0.001":
        choices = [(choice.raw_low, choice.raw_high, choice.scale) for choice in point.choices]
        assert choices == [(4500, 6500, 0.01), (45000, 65000, 0.001)]
        # 0 Hz as "lowest frequency before the last trip" means that there was none yet.
        assert point.sentinels == ((0x7FFF, 0) if row["key"] == "uf_min_trip" else (0x7FFF,))
    else:
        assert point.choices == ()
        assert point.scale == float(row["scale"] or 1)
    if row["range"] == "0,1,2":
        assert [code for code, _ in point.labels] == [0, 1]
        assert point.sentinels == (2,)
    else:
        limits = () if point.low is None else (point.low, point.high)
        assert limits == tuple(float(end) for end in row["range"].split("..") if end)
    if "0x7FFF" in row["note"]:
        # 0 Hz as "lowest frequency before the last trip" means that there was none yet.
        assert point.sentinels == ((0x7FFF, 0) if row["key"] == "uf_min_trip" else (0x7FFF,))


def test_every_register_is_unsigned_and_wide_ones_have_the_high_word_first() -> None:
    registers = [point for point in RC10.points if not point.table.is_bits]
    assert {point.type for point in registers} == {PointType.UINT16, PointType.UINT32}


def test_coils_are_listed_as_controls_and_no_point_is_a_coil() -> None:
    coils = [row for row in GUIDE if row["table"] == "coil"]
    assert [(control.reference, control.address) for control in RC10.controls] == [
        (int(row["reference"]), int(row["pdu_address"])) for row in coils
    ]
    assert [control.symbol.lower().replace(" ", "_") for control in RC10.controls] == [
        row["key"] for row in coils
    ]
    assert all(point.table is not Table.COIL for point in RC10.points)
    forbidden = {cells.first for cells in RC10.forbidden if cells.table is Table.COIL}
    assert forbidden == set(range(72))


def test_every_quantity_is_mapped_exactly_once() -> None:
    measured = [p.quantity for p in RC10.group("analog") if p.quantity is not None]
    counted = [p.quantity for p in RC10.group("counters") if p.quantity is not None]
    assert sorted(measured) == sorted(MEASUREMENT_NAMES)
    assert sorted(counted) == sorted(COUNTER_NAMES)
    assert all(p.quantity is None for group in ("status", "clock") for p in RC10.group(group))


@pytest.mark.parametrize(
    ("reference", "quantity"),
    [
        (30004, "in_res"),
        (30005, "va"),
        (30008, "vr"),
        (30011, "vab"),
        (30016, "vtr"),
        (30017, "s_a"),
        (30020, "p_a"),
        (30023, "q_a"),
        (30026, "s_apar"),  # the totals: kVA, kvar, kW
        (30027, "p_react"),
        (30028, "p_act"),
        (30029, "kvah_a_dir"),
        (30035, "kvarh_a_dir"),
        (30041, "kvah_dir"),
        (30043, "kvarh_dir"),
        (30045, "kvah_a_inv"),
        (30059, "kvarh_inv"),
        (30061, "frec"),
        (30062, "frec_rst"),
        (30063, "sec_abc"),
        (30064, "sec_rst"),
        (30065, "dir_oc"),
        (30066, "dir_ef"),
        (30067, "dir_sef"),
        (30068, "fp"),
        (30071, "fp_c"),
        (30072, "co_total"),  # the operations counter; 30075 counts trips of phase A
        (30073, "desgaste_mec"),
        (30074, "desgaste_contacto"),
        (30075, "disp_oc_a"),
        (30078, "disp_ef"),
        (30079, "disp_sef"),
        (30080, "disp_uv"),
        (30081, "disp_uf"),
        (30082, "in_max"),
        (30083, "ia_max"),
        (30086, "uv_min"),
        (30087, "uf_min"),
        (30088, "analog_1"),
        (30099, "analog_12"),
    ],
)
def test_quantity_of_a_register(reference: int, quantity: str) -> None:
    assert BY_REFERENCE[reference].quantity == quantity


def test_groups() -> None:
    def references(group: str) -> set[int]:
        return {p.reference for p in RC10.points if p.group == group and p.reference is not None}

    assert references("status") == set(range(10001, 10191))
    assert references("counters") == {*range(30029, 30061, 2), *range(30072, 30088)}
    assert references("analog") == {
        *range(30001, 30029),
        *range(30061, 30072),
        *range(30088, 30100),
    }
    assert references("clock") == {40001}


def test_roles() -> None:
    assert {p.role: p.reference for p in RC10.points if p.role is not None} == {
        Role.LOCKOUT: 10001,
        Role.LOCAL: 10003,
        Role.RECLOSING: 10004,
        Role.INITIATED: 10005,
        Role.PICKUP: 10010,
        Role.OPEN: 10035,
        Role.TRIPPED: 10036,
        Role.CLOSED: 10075,
        Role.MALFUNCTION: 10101,
        Role.WARNING: 10118,
        Role.DISCONNECTED: 10124,
    }


def test_what_the_bits_tell_is_what_the_guide_calls_them() -> None:
    told = {p.reference: str(p.means) for p in RC10.points if p.means is not None}
    assert told[10006] == "trip_group 1"
    assert told[10011] == "pickup OC1+"
    assert told[10034] == "pickup Urst<"
    assert told[10036] == "opened Prot"
    assert told[10039] == "opened OC3+"
    assert told[10051] == "opened SEF+"
    assert told[10058] == "opened SCADA"
    assert told[10063] == "opened Manual"
    assert told[10070] == "alarm SEF-"
    assert told[10076] == "closed AR"
    assert told[10079] == "closed AR_UV"
    assert told[10087] == "closed Undef"
    assert told[10092] == "group 4"
    assert told[10099] == "function AR"
    assert told[10111] == "malfunction RTC Fault"
    assert told[10120] == "warning AC Off"
    assert told[10149] == "opened AutoABR"
    # Every bit of the ranges has one, but for the roles, the sums and what the guide reserves.
    ranges = (*range(10006, 10118), *range(10120, 10125), 10149, 10150)
    without = {10010, 10035, 10064, 10075, 10101, 10104, 10112, 10123}
    assert set(told) == set(ranges) - without


def test_the_most_specific_cause_stands_first() -> None:
    order = [cause.name for cause in RC10.causes]
    told = "OCLL OC3+ EF3+ OC2- EF2+ OC1+ EF1- SEF+ UV1 UV2 UV3 UF AutoABR Prot SCADA IO HMI PC"
    ranks = [order.index(name) for name in [*told.split(), "Remote", "Local", "Manual"]]
    assert ranks == sorted(ranks)


def test_a_burst_starts_with_the_points_of_a_reclose_sequence() -> None:
    assert {p.reference for p in RC10.points if p.burst} == {
        10001,
        10004,
        10010,
        *range(10035, 10064),
        *range(10075, 10088),
    }


def test_a_whole_scan_is_two_reads_and_the_discrete_inputs_come_first() -> None:
    wanted = [point for point in RC10.points if point.group != "clock"]
    blocks = [planned.block for planned in plan(wanted, forbidden=RC10.forbidden)]
    assert blocks == [Block(Table.DISCRETE_INPUT, 0, 190), Block(Table.INPUT_REGISTER, 0, 99)]


def test_each_group_is_one_read() -> None:
    def blocks(*points: Point) -> list[Block]:
        return [planned.block for planned in plan(points, forbidden=RC10.forbidden)]

    assert blocks(*RC10.group("analog")) == [Block(Table.INPUT_REGISTER, 0, 99)]
    assert blocks(*RC10.group("counters")) == [Block(Table.INPUT_REGISTER, 28, 59)]
    assert blocks(*RC10.group("clock")) == [Block(Table.HOLDING_REGISTER, 0, 2)]


def test_keys_read_well() -> None:
    keys = [
        RC10.point(key).reference for key in ("ia", "s_total", "kvah_a_forward", "open_oc1_fwd")
    ]
    assert keys == [30001, 30026, 30029, 10037]
    reserved = [point.key for point in RC10.points if point.symbol == "Reserved"]
    assert reserved == [f"reserved_{n}" for n in (10002, 10104, 10112, 10119, 10123)]


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_of_the_library_loads_and_can_be_decoded(name: str) -> None:
    profile = load_profile(name)
    assert profile.title
    assert profile.products
    assert profile.firmware
    assert profile.requirements
    assert profile.caveats
    planned = plan(
        profile.points,
        max_registers=profile.max_registers,
        max_bits=profile.max_bits,
        max_gap_registers=profile.max_gap_registers,
        max_gap_bits=profile.max_gap_bits,
        forbidden=profile.forbidden,
    )
    decoded: set[str] = set()
    for one in planned:
        decoded |= Decoder(one).decode([0] * one.block.count).values.keys()
    assert decoded == {point.key for point in profile.points}


@pytest.mark.parametrize("name", profile_names())
def test_a_copy_of_a_library_file_says_the_same_as_the_library(name: str, tmp_path: Path) -> None:
    # What comes with Celador is parsed by libyaml where there is one, a file of one's own is not.
    copy = tmp_path / f"{name}.yaml"
    copy.write_bytes((LIBRARY / copy.name).read_bytes())
    assert load_profile(copy) == load_profile(name)
