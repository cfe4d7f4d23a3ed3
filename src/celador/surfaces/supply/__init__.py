"""The figures about the supply as people and programs read them."""

from celador.surfaces.supply.figure import Figure, as_row, as_text
from celador.surfaces.supply.quality import quality_figures
from celador.surfaces.supply.reliability import fleet_figures, recloser_figures

__all__ = [
    "Figure",
    "as_row",
    "as_text",
    "fleet_figures",
    "quality_figures",
    "recloser_figures",
]
