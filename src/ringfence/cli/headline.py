"""The command that puts every structure of a deal on one page: how much debt really leaves under each."""

from __future__ import annotations

from typing import Annotated

import typer

from ringfence.cli.app import AsJson, DealFile, _asked, _dump, app
from ringfence.cli.refusals import UsageError
from ringfence.errors import QuantityError


@app.command()
def headline(
    deal: DealFile,
    ibr: Annotated[str, typer.Option("--ibr", help="Borrowing rates, comma separated.")] = "5.5%,6.5%,8%,10%",
    json: AsJson = False,
) -> None:
    """Print how much debt really leaves, case by case.

    The deal as agreed, then each of its scenarios: liability, relief and classification; the liability by borrowing
    rate and by year; where the tests turn.
    """
    from ringfence.cli.progress import progress
    from ringfence.desk.accounting import page_object
    from ringfence.desk.headline import headline_page, structured
    from ringfence.terms.quantity import parse_rate

    try:
        rates = [parse_rate(x.strip()) for x in ibr.split(",") if x.strip()]
    except QuantityError as error:
        raise UsageError(f"--ibr is {ibr}, {error}; write --ibr 5.5%,8%") from None
    if not rates or min(rates) < 0:
        raise UsageError(f"--ibr is {ibr}, but a lessee borrows at 0% or more; write --ibr 5.5%,8%")
    with progress(f"accounting for {deal} under each scenario", quiet=json):
        page = _asked(headline_page, list(_asked(structured, deal)), rates)
    if json:
        _dump(page_object(page))
    else:
        from ringfence.cli.show import show

        show(page)
