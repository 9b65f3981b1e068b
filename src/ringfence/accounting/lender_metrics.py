"""What lenders and agencies ask of a loan: cover ratios, capacity, average life, loan to value.

A deal's own loans have these as rows of its sheet (``blocks/covenants.py``). Here a loan stands alone, on cash flow by
year or quarter that somebody gives, so that a term sheet or another model can be checked:

    DSCR    CFADS / (interest + scheduled principal) of a period
    LLCR    PV at the loan's rate of CFADS until the last repayment / amount lent
    PLCR    the same to the end of the cash flow given
    average life  sum of time x principal / principal

A sculpted loan pays CFADS / cover each period, so that its DSCR is flat and its LLCR equals it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ringfence.accounting.payments import stepped
from ringfence.accounting.rates import Rate
from ringfence.accounting.refusals import finite, magnitudes, one_of, refused, shares
from ringfence.accounting.schedule import Schedule, open_grid, present_value
from ringfence.units import USD

Profile = Literal["annuity", "linear", "bullet"]


@dataclass(frozen=True)
class LoanCover:
    """A loan against the cash flow that serves it, period by period.

    Attributes
    ----------
    debt
        Lent on the first day. [USD]
    service, interest, principal, closing
        By period of the loan; balance at its end. [USD]
    dscr
        By period; one without service is left out. [ratio]
    llcr, plcr
        On the first day. [ratio]
    average_life
        [year]
    schedule
        All rows.
    """

    debt: float
    service: tuple[float, ...]
    interest: tuple[float, ...]
    principal: tuple[float, ...]
    closing: tuple[float, ...]
    dscr: tuple[float, ...]
    llcr: float
    plcr: float
    average_life: float
    schedule: Schedule

    @property
    def min_dscr(self) -> float:
        """Least of all periods. [ratio]"""
        return min(self.dscr)

    @property
    def avg_dscr(self) -> float:
        """Mean of all periods. [ratio]"""
        return sum(self.dscr) / len(self.dscr)

    @property
    def breakeven(self) -> tuple[float, ...]:
        """By period: the part of CFADS that just pays the service. [ratio]"""
        return tuple(1 / x for x in self.dscr)


def debt_capacity(pv_cfads: float, cover: float) -> float:
    """Return the debt that cash flow supports at a loan life cover. [USD]

    Parameters
    ----------
    pv_cfads
        PV of CFADS over the loan's life at its rate. [USD]
    cover
        LLCR asked for. [ratio]
    """
    magnitudes("lender", pv_cfads=pv_cfads)
    _check_cover(cover)
    return pv_cfads / cover


def loan_cover(
    cfads: Sequence[float],
    debt: float,
    rate: Rate,
    *,
    tenor: int,
    profile: Profile = "annuity",
    balloon: float = 0.0,
    every: float = 12.0,
) -> LoanCover:
    """Measure a loan against cash flow.

    Parameters
    ----------
    cfads
        Cash flow available for debt service by period, at least over the tenor. [USD]
    debt
        Lent on the first day. [USD]
    rate
        Of the loan.
    tenor
        Periods until the last repayment. [count]
    profile
        ``annuity``: level service; ``linear``: level principal; ``bullet``: all at the end.
    balloon
        Share repaid with the last instalment beside it. [ratio]
    every
        Length of a period: 12, or 1, 2, 3, 4 or 6. [month]

    Returns
    -------
    LoanCover
        Schedule and ratios.
    """
    _check(cfads, rate, tenor, every)
    one_of("profile", profile, get_args(Profile))
    shares("share", balloon=balloon)
    finite("lender", debt=debt)
    if debt <= 0:
        raise refused("lender", f"the loan is {debt:,.2f}.", fix="lend more than nothing")
    left = debt * balloon
    growth = rate.over(every)
    level = (debt - left / (1 + growth) ** tenor) / _worth([1.0] * tenor, rate, every)
    if profile == "annuity":
        asked = [level] * (tenor - 1)
    elif profile == "linear":
        asked = [(debt - left) / tenor + growth * (debt - (debt - left) * k / tenor) for k in range(tenor - 1)]
    else:
        asked = [debt * growth] * (tenor - 1)
    return _measured(cfads, debt, rate, asked, tenor, every)


def sculpted_loan(
    cfads: Sequence[float], rate: Rate, cover: float, *, tenor: int | None = None, every: float = 12.0
) -> LoanCover:
    """Size and shape a loan so that its service is CFADS / cover in every period.

    Parameters
    ----------
    cfads
        By period. [USD]
    rate
        Of the loan.
    cover
        DSCR of every period. [ratio]
    tenor
        Periods until the last repayment; left out: as long as the cash flow. [count]
    every
        As for :func:`loan_cover`.
    """
    years = len(cfads) if tenor is None else tenor
    _check(cfads, rate, years, every)
    _check_cover(cover)
    magnitudes("lender", **{f"cfads_of_period_{k + 1}": x for k, x in enumerate(cfads[:years])})
    service = [x / cover for x in cfads[:years]]
    debt = debt_capacity(_worth(cfads[:years], rate, every), cover)
    if debt <= 0:
        raise refused("lender", "there is no cash flow to lend against.", fix="give CFADS above 0")
    return _measured(cfads, debt, rate, service[:-1], years, every)


def loan_to_value(debt: float, value: float, *, cash: float = 0.0) -> float:
    """Return debt, less cash that secures it, over the value of what secures it. [ratio]

    Parameters
    ----------
    debt, value, cash
        [USD]
    """
    magnitudes("lender", debt=debt, cash=cash)
    _check_divisor("value", value)
    return (debt - cash) / value


def net_debt_to_ebitda(debt: float, ebitda: float, *, cash: float = 0.0) -> float:
    """Return net debt over EBITDA. [ratio]

    Parameters
    ----------
    debt, ebitda, cash
        [USD]
    """
    magnitudes("lender", debt=debt, cash=cash)
    _check_divisor("EBITDA", ebitda)
    return (debt - cash) / ebitda


def interest_cover(earnings: float, interest: float) -> float:
    """Return earnings over interest. [ratio]

    Parameters
    ----------
    earnings
        EBITDA, or EBIT: say which beside the figure. [USD]
    interest
        Of the same year. [USD]
    """
    finite("lender", earnings=earnings)
    _check_divisor("interest", interest)
    return earnings / interest


def _worth(flows: Sequence[float], rate: Rate, every: float) -> float:
    """PV on the first day of a flow at the end of every period. [USD]"""
    return present_value(stepped(flows, timing="arrears", every=every), rate)


def _measured(
    cfads: Sequence[float], debt: float, rate: Rate, asked: Sequence[float], tenor: int, every: float
) -> LoanCover:
    """The loan's rows: the last period clears what is left, whatever was asked before."""
    years, name = len(cfads), "loan"
    grid = open_grid(name, [every * (k + 1) for k in range(years)])
    s = grid.sheet
    grid.series("cfads", (0.0, *cfads), "cash flow available for debt service")
    due = grid.series("asked", (0.0, *asked, *[0.0] * (years - len(asked))), "service asked for")
    running = s.series(f"{name}.running", [0.0, *[1.0] * tenor, *[0.0] * (years - tenor)], term=True)
    last, growth = grid.flag("last", every * tenor), grid.growth("rate", rate)
    opening = s.opening(f"{name}.balance", unit=USD)
    lent = grid.series("drawdown", (debt, *[0.0] * years), "drawdown")
    interest = s.row(f"{name}.interest", opening * (growth - 1), unit=USD, label="interest")
    paid = due + last * (opening + interest - due)
    principal = s.row(f"{name}.principal", paid - interest, unit=USD, label="repayment; negative capitalises interest")
    s.close(f"{name}.balance", opening, add=[lent], less=[principal], label="balance")
    s.row(f"{name}.service", running * (interest + principal), unit=USD, label="debt service")
    run = grid.finish()
    service, balance, repaid, cost = (
        run[item][1 : tenor + 1] for item in ("service", "balance.closing", "principal", "interest")
    )
    if min(repaid) < -1e-9 * debt:
        year = next(k for k, x in enumerate(repaid) if x < -1e-9 * debt)
        raise refused(
            "lender",
            f"service of {service[year]:,.2f} in period {year + 1} does not pay interest of {cost[year]:,.2f}.",
            fix="lend less, for longer, or at another profile",
        )
    covers = [c / x for c, x in zip(cfads, service, strict=False) if x > 0]
    life = sum((k + 1) * every / 12.0 * x for k, x in enumerate(repaid)) / debt
    return LoanCover(
        debt,
        service,
        cost,
        repaid,
        balance,
        tuple(covers),
        _worth(cfads[:tenor], rate, every) / debt,
        _worth(cfads, rate, every) / debt,
        life,
        run,
    )


def _check(cfads: Sequence[float], rate: Rate, tenor: int, every: float) -> None:
    if every not in (1, 2, 3, 4, 6, 12):
        raise refused("lender", f"a period lasts {every:g} months.", fix="write 12, or 1, 2, 3, 4 or 6")
    finite("lender", **{f"cfads_of_period_{k + 1}": x for k, x in enumerate(cfads)})
    if not isinstance(tenor, int) or not 1 <= tenor <= len(cfads):
        raise refused(
            "lender",
            f"the loan runs {tenor} periods against {len(cfads)} periods of cash flow.",
            fix="give cash flow over the whole tenor, in whole periods",
        )
    if rate.effective < 0:
        raise refused("lender", f"the loan's rate is {rate}.", fix="state 0 or more")


def _check_cover(cover: float) -> None:
    if not 0 < cover < float("inf"):
        raise refused("lender", f"the cover asked for is {cover:g}.", fix="state a ratio above 0, usually above 1")


def _check_divisor(what: str, amount: float) -> None:
    if not 0 < amount < float("inf"):
        raise refused("lender", f"{what} is {amount:,.2f}.", fix="the ratio does not apply: say n/a (convention 4.2)")
