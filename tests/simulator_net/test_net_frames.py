"""Framing and functions against byte vectors written by hand from the Modbus specifications."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celador.simulator.frames import BrokenStreamError, Frame, MbapFraming, RtuFraming, crc16
from celador.simulator.functions import answer
from tests.simulator_net.support import StaticController


def example() -> StaticController:
    controller = StaticController("example")
    # The answer of the specification's example of function 1 (V1.1b3, 6.1): coils 20 to 38 are
    # CD 6B 05.
    for index, bit in enumerate("1011001111010110101"):
        controller.coils[19 + index] = bit == "1"
    # 6.2: inputs 197 to 218 are AC DB 35; moved down by 30 to fit in 190 inputs.
    for index, bit in enumerate("0011010111011011101011"):
        controller.discrete[166 + index] = bit == "1"
    controller.holding = [0x022B, 0x0064]
    controller.registers[8] = 0x000A
    controller.registers[98] = 0xFFFF
    return controller


ANSWERS = {
    "coils, specification 6.1": ("01 0013 0013", "01 03 CD 6B 05"),
    "discrete inputs, specification 6.2": ("02 00A6 0016", "02 03 AC DB 35"),
    "holding registers, specification 6.3": ("03 0000 0002", "03 04 022B 0064"),
    "input register, specification 6.4": ("04 0008 0001", "04 02 000A"),
    "the last input register": ("04 0062 0001", "04 02 FFFF"),
    "one past the last input register": ("04 0063 0001", "84 02"),
    "a block over the end": ("04 0060 0004", "84 02"),
    "the last discrete input": ("02 00BD 0001", "02 01 00"),
    "one past the last discrete input": ("02 00BE 0001", "82 02"),
    "coils outside": ("01 0048 0001", "81 02"),
    "holding registers outside": ("03 0002 0001", "83 02"),
    "a block over address 65535": ("04 FFFF 0002", "84 02"),
    "no registers": ("04 0000 0000", "84 03"),
    "126 registers": ("04 0000 007E", "84 03"),
    "125 registers are a legal question": ("04 0000 007D", "84 02"),
    "no bits": ("02 0000 0000", "82 03"),
    "2001 bits": ("02 0000 07D1", "82 03"),
    "2000 bits are a legal question": ("01 0000 07D0", "81 02"),
    "a read without its count": ("04 0000", "84 03"),
    "write a coil on, specification 6.5": ("05 0010 FF00", "05 0010 FF00"),
    "write a coil off": ("05 0010 0000", "05 0010 0000"),
    "write a coil half on": ("05 0010 0001", "85 03"),
    "write a coil that is not there": ("05 0048 FF00", "85 02"),
    "write coils, specification 6.11": ("0F 0013 000A 02 CD01", "0F 0013 000A"),
    "write coils with a wrong byte count": ("0F 0013 000A 01 CD", "8F 03"),
    "write coils with bytes missing": ("0F 0013 000A 02 CD", "8F 03"),
    "write no coils": ("0F 0013 0000 00", "8F 03"),
    "write a register": ("06 0000 0001", "86 01"),
    "write registers": ("10 0000 0001 02 0001", "90 01"),
    "read file": ("14 07 06 0004 0001 0002", "94 01"),
    "read device identification": ("2B 0E 01 00", "AB 01"),
}


@pytest.mark.parametrize(("request_pdu", "expected"), ANSWERS.values(), ids=ANSWERS.keys())
def test_each_request_has_the_answer_of_the_specification(request_pdu: str, expected: str) -> None:
    assert answer(example(), bytes.fromhex(request_pdu), 0.0) == bytes.fromhex(expected)


def test_a_written_coil_reaches_the_controller_and_its_refusal_the_client() -> None:
    controller = example()
    controller.refuse_writes_with = 5
    assert answer(controller, bytes.fromhex("05 0001 FF00"), 0.0) == bytes.fromhex("85 05")
    controller.refuse_writes_with = 3
    assert answer(controller, bytes.fromhex("05 0000 0000"), 0.0) == bytes.fromhex("85 03")
    assert controller.written == [(1, True), (0, False)]


def test_several_coils_are_written_in_order_and_acknowledged_once() -> None:
    controller = example()
    controller.refuse_writes_with = 5
    reply = answer(controller, bytes.fromhex("0F 0004 0003 01 05"), 0.0)
    assert reply == bytes.fromhex("8F 05")
    assert controller.written == [(4, True), (5, False), (6, True)]


def test_a_refusal_ends_the_writing_of_several_coils() -> None:
    controller = example()
    controller.refuse_writes_with = 3
    assert answer(controller, bytes.fromhex("0F 0004 0003 01 05"), 0.0) == bytes.fromhex("8F 03")
    assert controller.written == [(4, True)]


# The last of these is the check value that catalogues of CRC-16/MODBUS give for "123456789".
CRC_OF = {
    "01 03 00 00 00 0A": "C5 CD",
    "11 03 00 6B 00 03": "76 87",
    "01 04 00 00 00 63": "B0 23",
    "01 02 00 00 00 BE": "F8 7A",
    "31 32 33 34 35 36 37 38 39": "37 4B",
}


@pytest.mark.parametrize(("body", "crc"), CRC_OF.items())
def test_the_crc_is_that_of_known_frames(body: str, crc: str) -> None:
    assert crc16(bytes.fromhex(body)).to_bytes(2, "little") == bytes.fromhex(crc)


def test_an_mbap_frame_is_cut_out_and_put_together_by_the_guides_table() -> None:
    buffer = bytearray.fromhex("1501 0000 0006 FF 04 0000 0063  1502 0000 0006 01 02")
    framing = MbapFraming()
    assert framing.take(buffer) == Frame(0x1501, 0xFF, bytes.fromhex("04 0000 0063"))
    assert framing.take(buffer) is None
    assert buffer == bytes.fromhex("1502 0000 0006 01 02")
    assert framing.encode(Frame(0x1501, 0xFF, b"\x84\x02")) == bytes.fromhex(
        "1501 0000 0003 FF 84 02"
    )


@pytest.mark.parametrize(
    "header",
    ["0001 0001 0006 01", "0001 0000 0000 01", "0001 0000 0001 01", "0001 0000 00FF 01"],
    ids=["protocol 1", "length 0", "no function", "length 255"],
)
def test_an_impossible_mbap_header_breaks_the_stream(header: str) -> None:
    with pytest.raises(BrokenStreamError):
        MbapFraming().take(bytearray.fromhex(header + "04 0000 0001"))


def test_an_rtu_frame_is_cut_out_and_put_together() -> None:
    buffer = bytearray.fromhex("01 03 00 00 00 0A C5 CD  11 03")
    assert RtuFraming().take(buffer) == Frame(0, 1, bytes.fromhex("03 0000 000A"))
    assert buffer == bytes.fromhex("11 03")
    # Answer of 11 03 00 6B 00 03 in the well-known example of the serial protocol.
    reply = Frame(0, 0x11, bytes.fromhex("03 06 AE41 5652 4340"))
    assert RtuFraming().encode(reply) == bytes.fromhex("11 03 06 AE 41 56 52 43 40 49 AD")


def test_an_rtu_frame_of_a_long_write_and_of_an_unknown_function() -> None:
    write = bytes.fromhex("11 0F 0013 000A 02 CD01 BF0B")  # the serial protocol's own example
    assert RtuFraming().take(bytearray(write)) == Frame(0, 0x11, write[1:-2])
    unknown = bytearray.fromhex("01 11 C0 2C")  # report server id
    assert RtuFraming().take(unknown) == Frame(0, 1, b"\x11")


def test_an_rtu_frame_with_a_wrong_crc_is_thrown_away() -> None:
    buffer = bytearray.fromhex("01 03 00 00 00 0A C5 CE")
    assert RtuFraming().take(buffer) is None
    assert buffer == b""


@given(st.binary(max_size=600))
def test_any_pdu_gets_an_answer_of_its_own_function(data: bytes) -> None:
    reply = answer(example(), data or b"\x00", 0.0)
    assert reply[0] & 0x7F == (data or b"\x00")[0] & 0x7F
    assert len(reply) <= 253


@given(
    st.lists(
        st.tuples(st.integers(0, 65535), st.integers(0, 255), st.binary(min_size=1, max_size=253))
    ),
    st.lists(st.integers(1, 300), min_size=1),
)
def test_mbap_frames_come_out_whole_however_the_stream_is_cut(
    messages: list[tuple[int, int, bytes]], cuts: list[int]
) -> None:
    framing = MbapFraming()
    frames = [Frame(*message) for message in messages]
    stream = b"".join(framing.encode(frame) for frame in frames)
    buffer, out, at, turn = bytearray(), [], 0, 0
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        buffer += stream[at : at + size]
        at, turn = at + size, turn + 1
        while (frame := framing.take(buffer)) is not None:
            out.append(frame)
    assert out == frames
