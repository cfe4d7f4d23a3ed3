"""Tables on the terminal, and whole lines where the output goes into a file or another program."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

_ENDLESS = 10_000  # columns; a pipe has no edge at which to fold


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Print what is known of one thing: names to the left, what they hold beside them."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=True)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for name, value in facts:
        table.add_row(name, Text(value))
    Console(width=None if sys.stdout.isatty() else _ENDLESS).print(table)


def print_table(titles: Sequence[str], rows: Iterable[Sequence[str]], *, right: int = 0) -> None:
    """Print rows under titles.

    Args:
        titles: one per column.
        rows: the cells, printed as they are.
        right: how many of the last columns hold numbers and are set to the right.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for index, title in enumerate(titles):
        number = index >= len(titles) - right
        table.add_column(title, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else _ENDLESS).print(table)
