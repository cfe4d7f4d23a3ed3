"""The RC10 codec against answers written by hand from the device guide, byte by byte."""

from __future__ import annotations

import pytest

from celador.profiles.codec import Decoded, Decoder
from celador.profiles.plan import PlannedBlock, plan
from celador.profiles.schema import load_profile

# Answer to FC04, address 0, 99 registers: function, 198 bytes, then the registers in order.
ANALOG = """
04 C6
007B 0076 3E80 3E81
1DC5 1DAE 1DD2 0000 55F0 55F1
3390 3383 339E 9470 9471 0000
03A9 0380 FFFF 037A 0353 0000 0124 0118 011F
0AC5 035B 0A3B
0001 86A0  3B9A C9FF  3B9A CA00  0000 FFFF  0001 0000  0000 0000  0012 D687  0005 4321
0000 0001  0000 0002  0000 0003  0000 000A  0000 0064  0000 03E8  0000 0006  FFFF FFFF
1389 C343
0001 0002 0001 0002 0003
03B6 03E8 03E9 7FFF
04B4 0003 000C 0011 0009 FFFF 0015 0000 0004 0000
032C 10E1 0076 0F9F 1400 BE6E
0001 0002 0003 0004 0005 0006 0007 0008 0009 000A 000B 7FFF
"""

ANALOG_VALUES = {
    "ia": 123,
    "ib": 118,
    "ic": 16000,
    "in": None,  # 16001 A is beyond the guide's range
    "ua": 7621,
    "ub": 7598,
    "uc": 7634,
    "ur": 0,
    "us": 22000,
    "ut": None,  # 22001 V
    "uab": 13200,
    "ubc": 13187,
    "uca": 13214,
    "urs": 38000,
    "ust": None,  # 38001 V
    "utr": 0,
    "s_a": 937,
    "s_b": 896,
    "s_c": 65535,
    "p_a": 890,
    "p_b": 851,
    "p_c": 0,
    "q_a": 292,
    "q_b": 280,
    "q_c": 287,
    "s_total": 2757,
    "q_total": 859,
    "p_total": 2619,
    "kvah_a_forward": 100_000,
    "kvah_b_forward": 999_999_999,
    "kvah_c_forward": None,  # one more than the range
    "kvarh_a_forward": 65_535,
    "kvarh_b_forward": 65_536,
    "kvarh_c_forward": 0,
    "kvah_forward": 1_234_567,
    "kvarh_forward": 344_865,
    "kvah_a_reverse": 1,
    "kvah_b_reverse": 2,
    "kvah_c_reverse": 3,
    "kvarh_a_reverse": 10,
    "kvarh_b_reverse": 100,
    "kvarh_c_reverse": 1000,
    "kvah_reverse": 6,
    "kvarh_reverse": None,  # 4294967295
    "f_abc": 50.01,  # raw 5001, steps of 0.01 Hz
    "f_rst": 49.987,  # raw 49987, steps of 0.001 Hz
    "sequence_abc": 1,
    "sequence_rst": None,  # 2: unknown
    "direction_oc": 1,
    "direction_ef": None,  # 2: unknown
    "direction_sef": None,  # 3: no such code
    "pf_total": 0.95,
    "pf_a": 1.0,
    "pf_b": None,  # 1.001
    "pf_c": None,  # 0x7FFF: not computable
    "co_total": 1204,
    "mech_wear": 3,
    "contact_wear": 12,
    "oc_a_trips": 17,
    "oc_b_trips": 9,
    "oc_c_trips": 65535,
    "ef_trips": 21,
    "sef_trips": 0,
    "uv_trips": 4,
    "uf_trips": 0,
    "in_max_trip": 812,
    "ia_max_trip": 4321,
    "ib_max_trip": 118,
    "ic_max_trip": 3999,
    "uv_min_trip": 5120,
    "uf_min_trip": 48.75,  # raw 48750
    "user_analog1": 1,
    "user_analog2": 2,
    "user_analog3": 3,
    "user_analog4": 4,
    "user_analog5": 5,
    "user_analog6": 6,
    "user_analog7": 7,
    "user_analog8": 8,
    "user_analog9": 9,
    "user_analog10": 10,
    "user_analog11": 11,
    "user_analog12": 32767,  # 0x7FFF means nothing special here
}

ANALOG_OUT_OF_RANGE = {
    "in", "ut", "ust", "kvah_c_forward", "kvarh_reverse", "direction_sef", "pf_b",
}  # fmt: skip

# Answer to FC02, address 0, 190 bits: function, 24 bytes, the first bit in bit 0 of the first byte.
# First trip of a sequence on OC1+, in the dead time.
STATUS = """
02 18
18 00 00 00  1C 00 00 00
00 00 80 11  04 00 00 10
00 00 00 00  00 00 00 20
"""

STATUS_SET = {
    "ar_initiated",  # 10004: byte 0, bit 3
    "prot_initiated",  # 10005: byte 0, bit 4
    "open",  # 10035: byte 4, bit 2
    "open_prot",  # 10036
    "open_oc1_fwd",  # 10037
    "prot_on",  # 10088: byte 10, bit 7
    "group1_on",  # 10089: byte 11, bit 0
    "ef_on",  # 10093: byte 11, bit 4
    "ar_on",  # 10099: byte 12, bit 2
    "io1_input1",  # 10125: byte 15, bit 4
    "var32",  # 10190: byte 23, bit 5
}

# Answer to FC03, address 0, 2 registers.
CLOCK = "03 04 6553 F100"


def registers(answer: str) -> list[int]:
    pdu = bytes.fromhex(answer)
    assert pdu[1] == len(pdu) - 2
    return [pdu[n] * 256 + pdu[n + 1] for n in range(2, len(pdu), 2)]


def bits(answer: str, count: int) -> list[int]:
    pdu = bytes.fromhex(answer)
    assert pdu[1] == len(pdu) - 2
    return [pdu[2 + n // 8] // 2 ** (n % 8) % 2 for n in range(count)]


def block_of(*groups: str) -> PlannedBlock:
    profile = load_profile("noja-rc10")
    points = [point for point in profile.points if point.group in groups]
    (planned,) = plan(points, forbidden=profile.forbidden)
    return planned


def decode_analog(changes: dict[int, int | None]) -> Decoded:
    """Decode the answer above with some registers changed; they are named by reference."""
    cells: list[int | None] = list(registers(ANALOG))
    for reference, cell in changes.items():
        cells[reference - 30001] = cell
    return Decoder(block_of("analog", "counters")).decode(cells)


def test_every_input_register_decodes_to_the_value_written_by_hand() -> None:
    decoded = decode_analog({})
    assert decoded.values == ANALOG_VALUES
    assert set(decoded.out_of_range) == ANALOG_OUT_OF_RANGE
    assert decoded.refused == ()


def test_whole_numbers_stay_whole_and_scaled_ones_are_floats() -> None:
    values = decode_analog({}).values
    assert {type(values[key]) for key in ("ia", "kvah_forward", "co_total", "direction_oc")} == {
        int
    }
    assert {type(values[key]) for key in ("f_abc", "f_rst", "pf_total", "pf_a")} == {float}


def test_every_discrete_input_decodes_to_the_bit_written_by_hand() -> None:
    decoded = Decoder(block_of("status")).decode(bits(STATUS, 190))
    assert len(decoded.values) == 190
    assert {key for key, value in decoded.values.items() if value == 1} == STATUS_SET
    assert set(decoded.values.values()) == {0, 1}
    assert (decoded.out_of_range, decoded.refused) == ((), ())


def test_the_clock_is_one_number_with_the_high_word_first() -> None:
    decoded = Decoder(block_of("clock")).decode(registers(CLOCK))
    assert decoded.values == {"clock": 1_700_000_000}


@pytest.mark.parametrize("reference", [30061, 30062, 30087])
@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (4500, 45.0),
        (4999, 49.99),
        (5000, 50.0),
        (6500, 65.0),
        (45000, 45.0),
        (49999, 49.999),
        (50012, 50.012),
        (65000, 65.0),
    ],
)
def test_both_frequency_scales_are_told_by_the_raw_number(
    reference: int, raw: int, value: float
) -> None:
    key = {30061: "f_abc", 30062: "f_rst", 30087: "uf_min_trip"}[reference]
    decoded = decode_analog({reference: raw})
    assert repr(decoded.values[key]) == repr(value)
    assert key not in decoded.out_of_range


@pytest.mark.parametrize("raw", [0, 4499, 6501, 32766, 32768, 44999, 65001, 65535])
def test_a_frequency_that_fits_no_scale_is_none_and_marked(raw: int) -> None:
    decoded = decode_analog({30061: raw})
    assert decoded.values["f_abc"] is None
    assert "f_abc" in decoded.out_of_range


@pytest.mark.parametrize(
    ("reference", "key"),
    [
        (30061, "f_abc"),
        (30062, "f_rst"),
        (30068, "pf_total"),
        (30069, "pf_a"),
        (30087, "uf_min_trip"),
    ],
)
def test_not_computable_is_none_and_no_error(reference: int, key: str) -> None:
    decoded = decode_analog({reference: 0x7FFF})
    assert decoded.values[key] is None
    assert key not in decoded.out_of_range


def test_a_refused_register_is_none_and_named_and_costs_no_other_value() -> None:
    decoded = decode_analog({30001: None, 30030: None, 30061: None})
    assert set(decoded.refused) == {"ia", "kvah_a_forward", "f_abc"}
    gone = dict.fromkeys(decoded.refused)
    assert decoded.values == ANALOG_VALUES | gone
    assert set(decoded.out_of_range) == ANALOG_OUT_OF_RANGE


def test_the_stored_names_are_the_quantities() -> None:
    decoder = Decoder(block_of("analog"), key=lambda point: point.quantity)
    values = decoder.decode(registers(ANALOG)).values
    assert (values["s_apar"], values["p_react"], values["p_act"]) == (2757, 859, 2619)
    assert (values["va"], values["vab"], values["vr"]) == (7621, 13200, 0)
    assert (values["frec"], values["fp"], values["in_res"]) == (50.01, 0.95, None)
