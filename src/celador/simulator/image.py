"""The register image of the simulated controller, written from the device guide's tables.

Written by hand and independently of the device profiles, so that an error in one of them shows up
as a difference instead of cancelling out. Addresses are PDU addresses: reference minus table base
(10001 -> 0, 30001 -> 0, 40001 -> 0, 00001 -> 0). Source: NOJA-5074-00, clauses 3.1 to 3.4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

NOT_COMPUTABLE = 0x7FFF
"""What a power factor or a frequency register holds when there is nothing to compute it from."""

ENERGY_MODULUS = 1_000_000_000
"""Energy registers run to 999,999,999 and start again at 0."""

_OVERCURRENT = [
    f"{family}{stage}"
    for family in ("oc", "ef")
    for stage in ("1+", "2+", "3+", "1-", "2-", "3-", "ll")
]
_ELEMENTS = [*_OVERCURRENT, "sef+", "sef-", "uv1", "uv2", "uv3", "uf"]
_PHASES = ("a", "b", "c")


def _keys(text: str) -> list[str]:
    return text.split()


def _family(name: str, members: Sequence[str]) -> list[str]:
    return [f"{name}({member})" for member in members]


def _numbered(name: str, first: int, last: int) -> list[str]:
    return [f"{name}{number}" for number in range(first, last + 1)]


def _io(first: int, last: int, direction: str) -> list[str]:
    return [
        f"io{module}_{direction}{number}" for module in (1, 2) for number in range(first, last + 1)
    ]


def _discrete_inputs() -> list[str]:
    general = _keys("lockout reserved local_control ar_initiated prot_initiated")
    general += [f"group{number}_trip" for number in range(1, 5)]
    voltage = _keys("uabc> urst> uabc< urst<")
    origins = _keys("remote scada io local hmi pc manual")
    alarms = _keys("oc1+ oc1- ef1+ ef1- sef+ sef- uv1 uv2 uv3 uf")
    reclosed = _keys("ar ar_ocef ar_sef ar_uv abr remote scada io local hmi pc undef")
    status = _keys("prot_on group1_on group2_on group3_on group4_on ef_on sef_on uv_on uf_on")
    status += _keys("clp_on ll_on ar_on abr_on")
    malfunctions = _keys(
        "malfunction ext_load_sc sim_driver_fault reserved osm_coil_sc excessive_to excessive_tc "
        "relay_module_fault sim_comms_error sim_module_fault rtc_fault reserved io1_comms_error "
        "io2_comms_error can_bus_fault io1_fault io2_fault"
    )
    warnings = _keys("warning reserved ac_off battery_off sim_caps_not_charged reserved")
    return [
        *general,
        *("pickup", *_family("pickup", _ELEMENTS), *_family("pickup", voltage)),
        *("open", "open(prot)", *_family("open", _ELEMENTS), *_family("open", origins)),
        *("alarm", *_family("alarm", alarms)),
        *("closed", *_family("closed", reclosed)),
        *status,
        *malfunctions,
        *(*warnings, "osm_disconnected"),
        *_io(1, 6, "input"),
        *_io(1, 6, "output"),
        *("open(auto_abr)", "closed(auto_abr)"),
        *_io(7, 8, "input"),
        *_io(7, 8, "output"),
        *_numbered("var", 1, 32),
    ]


def _input_registers() -> list[str]:
    energy = [
        f"{quantity}{phase}_{direction}_{word}"
        for direction in ("forward", "reverse")
        for quantity, phase in (
            *(("kvah", f"_{phase}") for phase in _PHASES),
            *(("kvarh", f"_{phase}") for phase in _PHASES),
            ("kvah", ""),
            ("kvarh", ""),
        )
        for word in ("hi", "lo")
    ]
    return [
        *_keys("ia ib ic in ua ub uc ur us ut uab ubc uca urs ust utr"),
        *_keys("s_a s_b s_c p_a p_b p_c q_a q_b q_c s q p"),
        *energy,
        *_keys("f_abc f_rst sequence_abc sequence_rst direction_oc direction_ef direction_sef"),
        *_keys("pf pf_a pf_b pf_c co_total mech_wear contact_wear"),
        *_keys("oc_a_trips oc_b_trips oc_c_trips ef_trips sef_trips uv_trips uf_trips"),
        *_keys("in_max_trip ia_max_trip ib_max_trip ic_max_trip uv_min_trip uf_min_trip"),
        *_numbered("user_analog", 1, 12),
    ]


def _coils() -> list[str]:
    switched = ("prot", "ef", "sef", "ar", "ll", "clp", "uv", "uf", "abr")
    return [
        *("trip_all", "close_all"),
        *(f"group{number}_on" for number in range(1, 5)),
        *(f"{name}_{state}" for name in switched for state in ("on", "off")),
        *_io(1, 6, "output"),
        *_io(7, 8, "output"),
        *_numbered("var", 1, 32),
    ]


DISCRETE_INPUTS: tuple[str, ...] = tuple(_discrete_inputs())
INPUT_REGISTERS: tuple[str, ...] = tuple(_input_registers())
HOLDING_REGISTERS: tuple[str, ...] = ("clock_hi", "clock_lo")
COILS: tuple[str, ...] = tuple(_coils())


def _addresses(keys: Sequence[str]) -> Mapping[str, int]:
    return {key: address for address, key in enumerate(keys) if key != "reserved"}


BIT: Mapping[str, int] = _addresses(DISCRETE_INPUTS)
REGISTER: Mapping[str, int] = _addresses(INPUT_REGISTERS)
COIL: Mapping[str, int] = _addresses(COILS)

MALFUNCTIONS = range(BIT["malfunction"] + 1, BIT["warning"])
WARNINGS = range(BIT["warning"] + 1, BIT["osm_disconnected"] + 1)


def word(value: float, limit: int = 0xFFFF) -> int:
    """A measured value as a 16-bit register: rounded, and held at the ends of its range.

    Args:
        value: in the register's unit.
        limit: the largest value the guide gives for the register.
    """
    if value <= 0:
        return 0
    return min(int(value + 0.5), limit)


def high_low(value: float) -> tuple[int, int]:
    """An energy total as its (high, low) pair of registers; whole units, rolling over."""
    whole = int(value) % ENERGY_MODULUS
    return whole >> 16, whole & 0xFFFF
