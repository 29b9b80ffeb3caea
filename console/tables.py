"""Prints tables: drawn on a terminal; in a pipe one plain line for each row, neither cut nor wrapped."""

from __future__ import annotations

from collections.abc import Sequence

from console.progress import say
from console.terminal import is_terminal, visible


def show_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under column names; control characters in a cell are shown as escapes."""
    cells = [[visible(cell) for cell in row] for row in rows]
    if is_terminal():
        from console.live import print_table

        print_table(columns, cells)
        return
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    for row in [list(columns), *cells]:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say("  ".join(padded).rstrip())
