"""Tables on a terminal by rich; as plain text of a fixed width everywhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from ringfence.desk.table import Table

WIDEST = 120


def show(tables: Iterable[Table]) -> None:
    """Print tables to standard output.

    Parameters
    ----------
    tables
        In order.
    """
    if sys.stdout.isatty():
        _rich(tables)
    else:
        print("\n\n".join(table.text() for table in tables))


def _rich(tables: Iterable[Table]) -> None:
    from rich.console import Console

    console = Console(highlight=False, emoji=False, markup=False)
    console.width = min(console.width, WIDEST)
    for table in tables:
        for part in table.split(console.width - 4, gap=3):
            print_table(console, part)


def print_table(console: Console, table: Table) -> None:
    """Print one table on a rich console; meaning never rests on colour.

    Parameters
    ----------
    console
        Where to.
    table
        The table, its columns narrow enough.
    """
    from rich.box import SIMPLE_HEAD
    from rich.padding import Padding
    from rich.table import Table as RichTable
    from rich.text import Text

    console.print(Text(table.title, style="bold"))
    if table.rows:
        headed = any(table.heads)
        box = SIMPLE_HEAD if headed else None
        shown = RichTable(box=box, show_header=headed, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
        for k, head in enumerate(table.heads):
            left = k in table.left
            shown.add_column(Text(head), justify="left" if left else "right", no_wrap=not left)
        for k, row in enumerate(table.cells()):
            if k in table.totals:
                shown.add_section()
            shown.add_row(*(Text(c, style="bold" if k in table.totals else "") for c in row))
        console.print(Padding(shown, (0, 0, 0, 2)))
    for note in table.notes:
        console.print(Padding(Text(note, style="dim"), (0, 0, 0, 2)))
    console.print()
