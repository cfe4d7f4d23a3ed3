"""The figures about the supply as people and programs read them."""

from celador.surfaces.supply.figure import UNITS, WORDS, Figure, as_row, as_text, write_csv
from celador.surfaces.supply.making import (
    Asked,
    coincidence_figure,
    period_of,
    quality_report,
    reliability_of,
    reliability_report,
    settings_of,
)
from celador.surfaces.supply.quality import quality_figures
from celador.surfaces.supply.reliability import fleet_figures, recloser_figures

__all__ = [
    "UNITS",
    "WORDS",
    "Asked",
    "Figure",
    "as_row",
    "as_text",
    "coincidence_figure",
    "fleet_figures",
    "period_of",
    "quality_figures",
    "quality_report",
    "recloser_figures",
    "reliability_of",
    "reliability_report",
    "settings_of",
    "write_csv",
]
