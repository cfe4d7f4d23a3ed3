"""The historian's columns as the code that fills them needs them."""

from __future__ import annotations

from celador.domain.quantities import BY_NAME, COUNTER_NAMES, MEASUREMENT_NAMES
from celador.ports import Channel

_INSTANTS = frozenset(("fecha_hora", "desde"))
_WHOLE_NUMBERS = frozenset(("equipo_id", "calidad", "estado"))

# Registers that count whole units; kept as integers, which compress to half of what floating
# point does (measured: 39 and 46 bytes per row at 5 s).
WHOLE = frozenset(
    (
        *("in_res", "vr", "vs", "vt", "vab", "vbc", "vca", "vrs", "vst", "vtr", "s_apar"),
        *("s_a", "s_b", "s_c", "p_a", "p_b", "p_c", "q_a", "q_b", "q_c"),
    )
)

# What the edge store has and the historian makes anew.
IGNORED = frozenset(("id", "colector_id", "incertidumbre"))

COLUMNS: dict[Channel, tuple[str, ...]] = {
    Channel.SAMPLES: ("fecha_hora", "equipo_id", "calidad", "estado", *MEASUREMENT_NAMES),
    Channel.COUNTERS: ("fecha_hora", "equipo_id", "calidad", *COUNTER_NAMES),
    Channel.EVENTS: (
        *("fecha_hora", "equipo_id", "clase", "punto", "anterior", "nuevo", "desde"),
        *("texto", "texto_en", "origen", "calidad"),
    ),
}

# Those of the continuous aggregates: `x`, `x_min`, `x_max` and `x_n` for each.
SUMMED_UP = (
    *("ia", "ib", "ic", "va", "vb", "vc", "p_act", "p_react", "fp", "in_res", "vr", "vs", "vt"),
    *("vab", "vbc", "vca", "s_apar", "frec"),
)

# Width in seconds of the aggregates that a reader may build its windows from, widest first. The
# day's is not among them: its windows follow a time zone.
AGGREGATES = ((3600, "mediciones_1h"), (900, "mediciones_15min"), (60, "mediciones_1min"))


def staging_type(channel: Channel, column: str) -> str:
    """Type of a column in the staging table, wide enough for whatever an edge store can hold."""
    if column in _INSTANTS:
        return "int8"  # µs since 1970
    if channel is Channel.EVENTS:
        return "int8" if column == "equipo_id" else "text"
    if column in _WHOLE_NUMBERS or BY_NAME[column].integer:
        return "int8"
    return "float8"


def merge_value(column: str) -> str:
    """SQL that turns a staged column into what its table holds."""
    if column in _INSTANTS:
        return f"TIMESTAMPTZ 'epoch' + {column} * INTERVAL '1 microsecond'"
    return column
