"""Fills the register image of a simulated controller from its state."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .feeder import Measurement
from .image import (
    BIT,
    DISCRETE_INPUTS,
    INPUT_REGISTERS,
    MALFUNCTIONS,
    NOT_COMPUTABLE,
    REGISTER,
    WARNINGS,
    word,
)

if TYPE_CHECKING:
    from .controller import SimulatedController

_AMPS, _VOLTS, _LINES = 16_000, 22_000, 38_000  # largest values the guide gives
_NO_CURRENT = 0.5
_NO_VOLTAGE = 0.05
_FORWARD, _REVERSE, _UNKNOWN = 0, 1, 2
_ABC, _NO_SEQUENCE = 1, 2

_PICKUPS = range(BIT["pickup"] + 1, BIT["open"])
_ALARMS = range(BIT["alarm"] + 1, BIT["closed"])
_SUMS = (
    (BIT["pickup"], _PICKUPS),
    (BIT["alarm"], _ALARMS),
    (BIT["malfunction"], MALFUNCTIONS),
    (BIT["warning"], WARNINGS),
)
_TERMINALS = {
    "abc": ("ua", "uab", "f_abc", "sequence_abc"),
    "rst": ("ur", "urs", "f_rst", "sequence_rst"),
}


def discrete_inputs(device: SimulatedController, now: int) -> list[bool]:
    """The 190 discrete inputs of this instant."""
    bits = [False] * len(DISCRETE_INPUTS)
    device.recloser.write(bits)
    device.supply.write(bits)
    bits[BIT["sim_caps_not_charged"]] = not device.recloser.capacitors_charged(now)
    seen = device.measured
    if not seen.live:
        source = device.settings.source_side
        bits[BIT[f"pickup(u{source}<)"]] = True
        load_side = "rst" if source == "abc" else "abc"
        bits[BIT[f"pickup(u{load_side}<)"]] = seen.joined
    for address, on in device.forced_bits.items():
        bits[address] = on
    for total, members in _SUMS:
        if total not in device.forced_bits:
            bits[total] = any(bits[members.start : members.stop])
    initiated = BIT["prot_initiated"]
    if initiated not in device.forced_bits:
        bits[initiated] = bits[BIT["ar_initiated"]] or bits[BIT["pickup"]]
    return bits


def input_registers(device: SimulatedController) -> list[int]:
    """The 99 input registers of this instant."""
    registers = [0] * len(INPUT_REGISTERS)
    seen = device.measured
    registers[0:4] = [word(amps, _AMPS) for amps in (*seen.amps, seen.residual)]
    load_side = "rst" if device.settings.source_side == "abc" else "abc"
    _write_side(registers, device.settings.source_side, seen, device.settings.frequency_scale)
    if seen.joined:
        _write_side(registers, load_side, seen, device.settings.frequency_scale)
    else:
        registers[REGISTER[f"f_{load_side}"]] = NOT_COMPUTABLE
        registers[REGISTER[f"sequence_{load_side}"]] = _NO_SEQUENCE
    _write_powers(registers, seen)
    device.meter.write(registers)
    device.counters.write(registers)
    for address, value in device.forced_registers.items():
        registers[address] = value
    return registers


def _write_side(registers: list[int], side: str, seen: Measurement, scale: float) -> None:
    phase, line, frequency, sequence = (REGISTER[name] for name in _TERMINALS[side])
    registers[phase : phase + 3] = [word(volts, _VOLTS) for volts in seen.volts]
    registers[line : line + 3] = [word(volts, _LINES) for volts in seen.lines]
    if seen.hertz is None:
        registers[frequency], registers[sequence] = NOT_COMPUTABLE, _NO_SEQUENCE
    else:
        registers[frequency] = round(seen.hertz / scale)
        registers[sequence] = _ABC if seen.positive > _NO_VOLTAGE else _NO_SEQUENCE


def _write_powers(registers: list[int], seen: Measurement) -> None:
    kw, kvar = seen.kw, seen.kvar
    kva = [math.sqrt(p * p + q * q) for p, q in zip(kw, kvar, strict=True)]
    total_p, total_q = sum(kw), sum(kvar)
    total_s = math.sqrt(total_p * total_p + total_q * total_q)
    start = REGISTER["s_a"]
    powers = (*kva, *kw, *kvar, total_s, total_q, total_p)
    registers[start : start + 12] = [word(power) for power in powers]
    flows = max(seen.amps) > _NO_CURRENT and seen.live
    direction = (_REVERSE if seen.reverse else _FORWARD) if flows else _UNKNOWN
    start = REGISTER["direction_oc"]
    registers[start : start + 3] = [direction] * 3
    start = REGISTER["pf"]
    factors = [_factor(total_p, total_s, max(seen.amps))]
    factors += [_factor(p, s, amps) for p, s, amps in zip(kw, kva, seen.amps, strict=True)]
    registers[start : start + 4] = factors


def _factor(kw: float, kva: float, amps: float) -> int:
    if amps <= _NO_CURRENT or kva <= 0:
        return NOT_COMPUTABLE
    return round(1000 * kw / kva)
