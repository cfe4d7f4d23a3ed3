"""Colours, words and units: the look of the control room, said once.

Red and green belong to the position of the switch (utility palette), red to yellow with a word to
alarm priorities, amber, blue and violet to the phases; everything else is grey.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard as model

CLOSED, OPEN, LOCKED_OUT, RECLOSING = "#C62828", "#2E7D32", "#1B5E20", "#B59A00"
UNKNOWN, GREY, LIMIT, STRONG = "#8A94A0", "#6D7886", "#8A94A0", "#3A4655"
PHASE_A, PHASE_B, PHASE_C = "#B7741A", "#2B74B8", "#7D4FB0"
CRITICAL, HIGH, MEDIUM, LOG_ONLY = "#D32F2F", "#E07B00", "#B59A00", "#7B8794"
GOOD, BAD = "#3F7F5F", "#B7741A"

PHASES = {
    "A": PHASE_A, "B": PHASE_B, "C": PHASE_C,
    "AB": PHASE_A, "BC": PHASE_B, "CA": PHASE_C,
    "R": PHASE_A, "S": PHASE_B, "T": PHASE_C,
}  # fmt: skip

_SPECIAL = model.SpecialValueMatch.NULL_AND_NAN


def words(
    texts: Mapping[str, tuple[str, str]], missing: str = "SIN DATO"
) -> list[model.ValueMapping]:
    """Value mappings from value to (word, colour); what is missing gets a word too."""
    results = {
        value: model.ValueMappingResult(text=text, color=color, index=index)
        for index, (value, (text, color)) in enumerate(texts.items())
    }
    nothing = model.ValueMappingResult(text=missing, color=UNKNOWN, index=len(results))
    special = model.DashboardSpecialValueMapOptions(match=_SPECIAL, result=nothing)
    return [model.ValueMap(options=results), model.SpecialValueMap(options=special)]


POSITION = words(
    {
        "0": ("ABIERTO", OPEN),
        "1": ("CERRADO", CLOSED),
        "2": ("BLOQUEADO", LOCKED_OUT),
        "3": ("RECERRANDO", RECLOSING),
    }
)
LINK = words({"1": ("ENLACE", GREY), "0": ("SIN ENLACE", HIGH)})
PRIORITY = words(
    {
        "1": ("■ crítica", CRITICAL),
        "2": ("▲ alta", HIGH),
        "3": ("◆ media", MEDIUM),
        "4": ("● registro", LOG_ONLY),
    },
    missing="—",
)
_ALARM_WORDS = {
    "UNACK": ("sin reconocer", STRONG),
    "ACK": ("reconocida", GREY),
    "RTNUN": ("cesó sin reconocer", STRONG),
    "LATCH_UNACK": ("retenida sin reconocer", STRONG),
    "LATCH_ACK": ("retenida, reconocida", GREY),
    "SHLVD": ("apartada", GREY),
    "DSUPR": ("suprimida por diseño", GREY),
    "OOSRV": ("fuera de servicio", GREY),
}
ALARM_STATE = words(_ALARM_WORDS, missing="—")
ENDED_ALARM_STATE = words({**_ALARM_WORDS, "NORM": ("terminada", GREY)}, missing="—")
DASH = words({}, missing="—")


def steps(*levels: tuple[float | None, str]) -> build.ThresholdsConfig:
    """Thresholds: colour from each value on; the first has no value."""
    return (
        build.ThresholdsConfig()
        .mode(model.ThresholdsMode.ABSOLUTE)
        .steps([model.Threshold(value=value, color=color) for value, color in levels])
    )


def fixed(color: str) -> build.FieldColor:
    """One colour, whatever the value."""
    return build.FieldColor().mode(model.FieldColorModeId.FIXED).fixed_color(color)


def by_threshold() -> build.FieldColor:
    """The colour of the threshold reached."""
    return build.FieldColor().mode(model.FieldColorModeId.THRESHOLDS)


Properties = list[model.DynamicConfigValue]


def prop(name: str, value: object) -> model.DynamicConfigValue:
    """One property of an override."""
    return model.DynamicConfigValue(id_val=name, value=value)


def color_of(color: str) -> model.DynamicConfigValue:
    """An override's colour."""
    return prop("color", fixed(color).build())


def field(
    unit: str = "none",
    decimals: int | None = None,
    *,
    width: int | None = None,
    color: str | None = None,
) -> Properties:
    """How a column of a table or of a stat shows its value; what is not known is a dash."""
    properties = [prop("unit", unit), prop("mappings", DASH)]
    if decimals is not None:
        properties.append(prop("decimals", decimals))
    if width is not None:
        properties.append(prop("custom.width", width))
    if color is not None:
        properties.append(color_of(color))
    return properties


def state(
    mappings: Sequence[model.ValueMapping],
    *,
    width: int | None = None,
    cell: Literal["color-background", "color-text"] | None = None,
) -> Properties:
    """A value that is shown as its word, in the word's colour."""
    properties = [prop("mappings", list(mappings)), prop("color", by_threshold().build())]
    if width is not None:
        properties.append(prop("custom.width", width))
    if cell is not None:
        properties.append(prop("custom.cellOptions", {"type": cell}))
    return properties


HIDDEN: Properties = [prop("custom.hidden", True)]
