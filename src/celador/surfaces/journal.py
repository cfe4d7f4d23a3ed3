"""What the column `calidad` of `eventos` says."""

from __future__ import annotations

from celador.domain.event import Event, Origin


def event_quality(event: Event) -> str:
    """The column `calidad` of `eventos`: whether it was seen or concluded."""
    return "estimada" if event.origin is Origin.ESTIMATED else "observada"
