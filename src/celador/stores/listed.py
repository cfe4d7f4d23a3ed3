"""Which columns a reader may be asked for, whatever the store."""

from __future__ import annotations

from collections.abc import Sequence

from celador.domain.errors import StoreError
from celador.domain.quantities import COUNTER_NAMES, MEASUREMENT_NAMES

_LISTED = {
    "mediciones": frozenset((*MEASUREMENT_NAMES, "estado", "calidad")),
    "contadores": frozenset(COUNTER_NAMES),
}


def require_columns(table: str, columns: Sequence[str]) -> None:
    """Return when `mediciones` or `contadores` has all of these columns.

    Raises:
        StoreError: it lacks one.
    """
    for name in columns:
        if name not in _LISTED[table]:
            raise StoreError(f"there is no column {name} in {table}: see docs/esquema.md")
