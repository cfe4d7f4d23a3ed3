"""Priorities of alarms: a square, a triangle, a diamond, a circle; each also has a word."""

from __future__ import annotations

from celador.domain.alarm import Priority
from celador.surfaces.web.parts.markup import tag, text
from celador.surfaces.web.parts.switch import Translate

_SHAPES = {
    Priority.CRITICAL: tag("rect", x=2, y=2, width=12, height=12),
    Priority.HIGH: tag("path", d="M8 1.5L15 14H1Z"),
    Priority.MEDIUM: tag("path", d="M8 1L15 8L8 15L1 8Z"),
    Priority.LOG: tag("circle", cx=8, cy=8, r=6),
}

_WORDS = {
    Priority.CRITICAL: "critical",
    Priority.HIGH: "high",
    Priority.MEDIUM: "medium",
    Priority.LOG: "log",
}


def priority_word(priority: Priority, t: Translate) -> str:
    """The priority as a word."""
    return t(_WORDS[priority])


def priority_symbol(
    priority: Priority, t: Translate, *, size: int = 14, blinking: bool = False
) -> str:
    """The symbol, with the word as its name; only what nobody has acknowledged may blink."""
    said = priority_word(priority, t)
    return tag(
        "svg",
        tag("title", text(said)),
        _SHAPES[priority],
        viewBox="0 0 16 16",
        width=size,
        height=size,
        role="img",
        aria_label=said,
        class_=f"prio prio-{int(priority)}{' blink' if blinking else ''}",
    )
