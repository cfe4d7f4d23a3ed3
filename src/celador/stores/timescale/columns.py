"""The historian's columns as the code that fills them needs them."""

from __future__ import annotations

from collections.abc import Sequence

from celador.domain.quantities import BY_NAME, COUNTER_NAMES, MEASUREMENT_NAMES
from celador.domain.sample import Quality
from celador.ports import Channel

# Whose rows are many and never change.
READINGS = (Channel.SAMPLES, Channel.COUNTERS)

_INSTANTS = frozenset(
    (
        *("fecha_hora", "desde", "inicio_desde", "inicio_hasta", "fin_desde", "fin_hasta"),
        *("inicio", "fin", "cierre", "reconocida", "apartada", "apartada_hasta"),
        *("fuera_de_servicio", "reaparecida"),
    )
)
_JSON = frozenset(("elementos", "tiempos_muertos", "contadores_antes", "contadores_despues"))
_READING_NUMBERS = frozenset(("equipo_id", "calidad", "estado"))

# Of the tables that are not readings; the rest is text.
_WHOLE_NUMBERS = frozenset(
    (
        *("equipo_id", "revision", "clave", "operacion_clave", "disparos", "recierres"),
        *("maximos_propios", "grupo", "ciclos", "clientes", "programada", "prioridad"),
        *("activa_al_arrancar", "madre_clave", "repeticiones"),
    )
)
_FRACTIONS = frozenset(
    (
        *("ia_max", "ib_max", "ic_max", "in_max", "uv_min", "uf_min"),
        *("carga_previa_kw", "carga_previa_a", "kva", "ens_kwh", "valor", "limite"),
    )
)

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

_ENDS = ("inicio_desde", "inicio_hasta", "fin_desde", "fin_hasta")

COLUMNS: dict[Channel, tuple[str, ...]] = {
    Channel.SAMPLES: ("fecha_hora", "equipo_id", "calidad", "estado", *MEASUREMENT_NAMES),
    Channel.COUNTERS: ("fecha_hora", "equipo_id", "calidad", *COUNTER_NAMES),
    Channel.EVENTS: (
        *("fecha_hora", "equipo_id", "clase", "punto", "anterior", "nuevo", "desde"),
        *("texto", "texto_en", "origen", "calidad"),
    ),
    Channel.OPERATIONS: (
        *("revision", "equipo_id", "clave", *_ENDS, "tipo", "causa", "elementos", "fases"),
        *("sentido", "disparos", "recierres", "tiempos_muertos", "resultado"),
        *("ia_max", "ib_max", "ic_max", "in_max", "uv_min", "uf_min", "maximos_propios", "grupo"),
        *("contadores_antes", "contadores_despues", "carga_previa_kw", "carga_previa_a"),
        *("calidad", "ciclos", "nota"),
    ),
    Channel.OUTAGES: (
        *("revision", "equipo_id", "clave", "operacion_clave", *_ENDS, "origen", "clase_3min"),
        *("clase_5min", "clientes", "kva", "ens_kwh", "programada", "fuerza_mayor", "calidad"),
        "nota",
    ),
    Channel.ALARMS: (
        *("revision", "equipo_id", "clave", "codigo", "objeto", "prioridad", "estado", "inicio"),
        *("activa_al_arrancar", "fin", "cierre", "reconocida", "reconocida_por", "apartada"),
        *("apartada_hasta", "apartada_por", "fuera_de_servicio", "fuera_de_servicio_por"),
        *("motivo", "madre_clave", "operacion_clave", "valor", "limite", "repeticiones"),
        *("texto", "texto_en", "reaparecida"),
    ),
    Channel.MEMORIES: ("revision", "equipo_id", "tema", "fecha_hora", "documento"),
}

# Whose rows change in place; of two deliveries of one row that of the higher revision stands.
CHANGING = frozenset((Channel.OPERATIONS, Channel.OUTAGES, Channel.ALARMS, Channel.MEMORIES))

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
    if channel in READINGS:
        whole = column in _READING_NUMBERS or BY_NAME[column].integer
        return "int8" if whole else "float8"
    if column in _WHOLE_NUMBERS:
        return "int8"
    return "float8" if column in _FRACTIONS else "text"


def merge_value(channel: Channel, column: str, columns: Sequence[str]) -> str:
    """SQL that turns a staged column into what its table holds, under the same name."""
    if channel is Channel.SAMPLES and column == "calidad":
        fractions = [f"{name} <> round({name})" for name in columns if name in WHOLE]
        condition = " OR ".join(fractions) or "FALSE"
        mark = int(Quality.ROUNDED)
        return f"CASE WHEN {condition} THEN calidad | {mark} ELSE calidad END AS calidad"
    if column in _INSTANTS:
        return f"TIMESTAMPTZ 'epoch' + {column} * INTERVAL '1 microsecond' AS {column}"
    return f"{column}::jsonb AS {column}" if column in _JSON else column
