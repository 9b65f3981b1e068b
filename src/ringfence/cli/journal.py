"""The command that prints the sponsor's journal: every period's movements in one column, as CSV."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ringfence.cli.app import DealFile, Scenario, Sets, _asked, _run, _say_written, app
from ringfence.cli.places import new_file


class Framework(StrEnum):
    """Under which standards."""

    ifrs = "ifrs"
    us = "us"


class Column(StrEnum):
    """Which of the sponsor's books."""

    buy = "buy"
    consolidated = "consolidated"
    lease = "lease"
    service = "service"
    failed_sale = "failed_sale"


@app.command()
def journal(
    deal: DealFile,
    column: Annotated[Column, typer.Option("--column", "-c", help="Which books of the sponsor.")] = Column.lease,
    framework: Annotated[Framework, typer.Option("--framework", "-f", help="ifrs or us.")] = Framework.ifrs,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="CSV file to write.", metavar="FILE", callback=new_file())
    ] = None,
    scenario: Scenario = None,
    set_: Sets = None,
) -> None:
    """Print the sponsor's journal as CSV.

    An entry a period, debits equal to credits.
    """
    from ringfence.accounting.lease_report import lease_report
    from ringfence.accounting.period_journal import journal_csv, period_journal
    from ringfence.accounting.sponsor_books import sponsor_books

    result = _run(deal, scenario, set_, False, quiet=True)
    books = _asked(sponsor_books, result, _asked(lease_report, result))
    text = journal_csv(period_journal(books, framework.value, column.value))
    if out is None:
        print(text, end="")
    else:
        out.write_text(text, encoding="utf-8")
        _say_written([out])
