"""The quantities that Celador stores: names (the database's columns), units and meanings.

A device profile maps its points onto these names; nothing else in the house knows where a value
came from. The names are Spanish because they are the columns that people query (design of the
schema: docs/esquema.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Quantity:
    """One stored quantity.

    Attributes:
        name: the column's name.
        unit: SI or field unit as printed, empty where there is none.
        es: what it is, in Spanish.
        en: what it is, in English.
        integer: True where the value is a count or a code, never a fraction.
    """

    name: str
    unit: str
    es: str
    en: str
    integer: bool = False


def _per_phase(
    pattern: str, unit: str, es: str, en: str, phases: tuple[str, ...]
) -> tuple[Quantity, ...]:
    return tuple(
        Quantity(pattern.format(p.lower()), unit, es.format(p.upper()), en.format(p.upper()))
        for p in phases
    )


_ABC = ("a", "b", "c")

# The first ten columns keep the names and the order that the first users' SQL relies on; `estado`,
# the eleventh, is a SwitchState and not a quantity read from one point.
MEASUREMENTS: tuple[Quantity, ...] = (
    *_per_phase("i{}", "A", "corriente de fase {}", "current, phase {}", _ABC),
    *_per_phase("v{}", "V", "tensión fase-tierra {}", "phase-to-earth voltage {}", _ABC),
    Quantity(
        "p_act",
        "kW",
        "potencia activa total, negativa en flujo inverso",
        "total active power, negative when the flow is reverse",
    ),
    Quantity(
        "p_react", "kvar", "potencia reactiva total, sin signo", "total reactive power, unsigned"
    ),
    Quantity("fp", "", "factor de potencia total, sin signo", "total power factor, unsigned"),
    Quantity("in_res", "A", "corriente residual (3I0)", "residual current (3I0)"),
    *_per_phase("v{}", "V", "tensión fase-tierra {}", "phase-to-earth voltage {}", ("r", "s", "t")),
    *_per_phase("v{}", "V", "tensión de línea {}", "line-to-line voltage {}", ("ab", "bc", "ca")),
    *_per_phase("v{}", "V", "tensión de línea {}", "line-to-line voltage {}", ("rs", "st", "tr")),
    Quantity("s_apar", "kVA", "potencia aparente total", "total apparent power"),
    *_per_phase("s_{}", "kVA", "potencia aparente {}", "apparent power, phase {}", _ABC),
    *_per_phase(
        "p_{}", "kW", "potencia activa {}, sin signo", "active power, phase {}, unsigned", _ABC
    ),
    *_per_phase(
        "q_{}",
        "kvar",
        "potencia reactiva {}, sin signo",
        "reactive power, phase {}, unsigned",
        _ABC,
    ),
    *_per_phase("fp_{}", "", "factor de potencia {}", "power factor, phase {}", _ABC),
    Quantity("frec", "Hz", "frecuencia del lado ABC", "frequency, ABC side"),
    Quantity("frec_rst", "Hz", "frecuencia del lado RST", "frequency, RST side"),
    Quantity(
        "sec_abc",
        "",
        "secuencia de fases ABC: 1 directa, 0 inversa",
        "phase sequence, ABC side: 1 ABC, 0 ACB",
        integer=True,
    ),
    Quantity(
        "sec_rst",
        "",
        "secuencia de fases RST: 1 directa, 0 inversa",
        "phase sequence, RST side: 1 RST, 0 RTS",
        integer=True,
    ),
    Quantity(
        "dir_oc",
        "",
        "sentido del flujo (fase): 0 directo, 1 inverso",
        "power flow direction, phase: 0 forward, 1 reverse",
        integer=True,
    ),
    Quantity(
        "dir_ef",
        "",
        "sentido del flujo (tierra): 0 directo, 1 inverso",
        "power flow direction, earth: 0 forward, 1 reverse",
        integer=True,
    ),
    Quantity(
        "dir_sef",
        "",
        "sentido del flujo (tierra sensible): 0 directo, 1 inverso",
        "power flow direction, sensitive earth: 0 forward, 1 reverse",
        integer=True,
    ),
    *(
        Quantity(f"analog_{n}", "", f"analógica de usuario {n}", f"user analogue {n}")
        for n in range(1, 13)
    ),
)


def _energies(way: str, es: str, en: str) -> tuple[Quantity, ...]:
    return (
        *_per_phase(
            f"kvah_{{}}_{way}",
            "kVAh",
            f"energía aparente {{}}, {es}",
            f"apparent energy, phase {{}}, {en}",
            _ABC,
        ),
        *_per_phase(
            f"kvarh_{{}}_{way}",
            "kvarh",
            f"energía reactiva {{}}, {es}",
            f"reactive energy, phase {{}}, {en}",
            _ABC,
        ),
        Quantity(
            f"kvah_{way}", "kVAh", f"energía aparente total, {es}", f"total apparent energy, {en}"
        ),
        Quantity(
            f"kvarh_{way}", "kvarh", f"energía reactiva total, {es}", f"total reactive energy, {en}"
        ),
    )


def _count(name: str, es: str, en: str) -> Quantity:
    return Quantity(name, "", es, en, integer=True)


COUNTERS: tuple[Quantity, ...] = (
    *_energies("dir", "sentido directo", "forward"),
    *_energies("inv", "sentido inverso", "reverse"),
    _count(
        "co_total",
        "maniobras cierre-apertura en la vida del equipo",
        "lifetime close-open operations",
    ),
    Quantity("desgaste_mec", "%", "desgaste mecánico", "mechanical wear"),
    Quantity("desgaste_contacto", "%", "desgaste de contactos", "contact wear"),
    _count("disp_oc_a", "disparos por sobrecorriente, fase A", "overcurrent trips, phase A"),
    _count("disp_oc_b", "disparos por sobrecorriente, fase B", "overcurrent trips, phase B"),
    _count("disp_oc_c", "disparos por sobrecorriente, fase C", "overcurrent trips, phase C"),
    _count("disp_ef", "disparos por falla a tierra", "earth-fault trips"),
    _count("disp_sef", "disparos por falla a tierra sensible", "sensitive earth-fault trips"),
    _count("disp_uv", "disparos por subtensión", "undervoltage trips"),
    _count("disp_uf", "disparos por subfrecuencia", "underfrequency trips"),
    Quantity(
        "in_max",
        "A",
        "residual máxima antes del último disparo",
        "largest residual current before the last trip",
    ),
    *_per_phase(
        "i{}_max",
        "A",
        "corriente {} máxima antes del último disparo",
        "largest phase {} current before the last trip",
        _ABC,
    ),
    Quantity(
        "uv_min",
        "V",
        "tensión mínima antes del último disparo por subtensión",
        "lowest voltage before the last undervoltage trip",
    ),
    Quantity(
        "uf_min",
        "Hz",
        "frecuencia mínima antes del último disparo por subfrecuencia",
        "lowest frequency before the last underfrequency trip",
    ),
)

MEASUREMENT_NAMES = tuple(q.name for q in MEASUREMENTS)
COUNTER_NAMES = tuple(q.name for q in COUNTERS)
CODE_NAMES = frozenset(q.name for q in MEASUREMENTS if q.integer)
"""Measurements that are codes: a mean of them means nothing."""

BY_NAME = {q.name: q for q in (*MEASUREMENTS, *COUNTERS)}


class Role(Enum):
    """What a bit means to the rules, whatever the device calls it."""

    OPEN = "open"
    CLOSED = "closed"
    LOCKOUT = "lockout"
    TRIPPED = "tripped"
    RECLOSING = "reclosing"
    PICKUP = "pickup"
    INITIATED = "initiated"
    LOCAL = "local"
    DISCONNECTED = "disconnected"
    MALFUNCTION = "malfunction"
    WARNING = "warning"
