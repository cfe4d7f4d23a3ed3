"""Tables on the terminal, and whole lines where the output goes into a file or another program."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_ENDLESS = 10_000  # columns; a pipe has no edge at which to fold
_GAP = 2  # columns between two cells
_INDENT = 4  # columns by which a sentence under its row stands to the right
_NARROWEST = 12  # columns; words would be cut into letters below that


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


def print_table(
    titles: Sequence[str], rows: Iterable[Sequence[str]], *, right: int = 0, below: int = 0
) -> None:
    """Print rows under titles.

    Args:
        titles: one per column.
        rows: the cells, printed as they are.
        right: how many of the last columns hold numbers and are set to the right.
        below: how many of the last columns stand in lines of their own under their row where the
            terminal is too narrow to have them all beside.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else _ENDLESS)
    if below:
        rows = list(rows)
        widths = _widths(titles, rows)
        if _together(widths) > console.width:
            _print_below(console, titles, rows, widths[:-below])
            return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for index, title in enumerate(titles):
        number = index >= len(titles) - right
        table.add_column(title, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def _widths(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    from rich.cells import cell_len

    return [max(map(cell_len, column)) for column in zip(titles, *rows, strict=True)]


def _together(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _print_below(
    console: Console, titles: Sequence[str], rows: Sequence[Sequence[str]], widths: list[int]
) -> None:
    from rich.padding import Padding
    from rich.text import Text

    beyond = _together(widths) - console.width
    if beyond > 0:  # the widest column gives way
        widest = widths.index(max(widths))
        widths[widest] = max(_NARROWEST, widths[widest] - beyond)
    beside = len(widths)
    _print_line(console, titles[:beside], widths, "bold")
    for row in rows:
        _print_line(console, row[:beside], widths)
        sentence = ", ".join(cell for cell in row[beside:] if cell)
        if sentence:
            console.print(Padding(Text(sentence), (0, 0, 0, _INDENT), expand=False))


def _print_line(
    console: Console, cells: Sequence[str], widths: Sequence[int], style: str = ""
) -> None:
    from itertools import zip_longest

    from rich.cells import set_cell_size
    from rich.text import Text

    folded = (
        [line.plain.rstrip() for line in Text(cell).wrap(console, width)] or [""]
        for cell, width in zip(cells, widths, strict=True)
    )
    for parts in zip_longest(*folded, fillvalue=""):
        sized = [set_cell_size(part, width) for part, width in zip(parts, widths, strict=True)]
        console.print(Text((" " * _GAP).join(sized).rstrip(), style), soft_wrap=True)
