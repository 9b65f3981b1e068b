"""What changes a lease after commencement, at which rate it is measured again, and what counts as a new lease.

    reason         payments change because                                      rate         framework
    index          an index or rate reset the cash                              unchanged    IFRS only (ASC: expensed)
    floating       a floating interest rate reset the cash                      revised      IFRS only
    guarantee      the amount expected under a residual guarantee changed       unchanged    both
    fixed          variable payments became fixed                               unchanged    both
    term           the lease term was reassessed                                revised      both
    option         a purchase option was reassessed                             revised      both
    modification   the contract was modified, and it is no separate lease       revised      both

Source: IFRS 16.39-46; ASC 842-10-25-8 to 25-13, 842-10-35-1 to 35-5, 842-20-35-4 to 35-5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from ringfence.accounting.citations import cite
from ringfence.accounting.outcome import Test, computed
from ringfence.accounting.payments import Payments
from ringfence.accounting.rates import Rate
from ringfence.accounting.refusals import finite, magnitudes, one_of, refused, shares

Reason = Literal["index", "floating", "guarantee", "fixed", "term", "option", "modification"]
UNCHANGED = frozenset({"index", "guarantee", "fixed"})
IFRS_ONLY = frozenset({"index", "floating"})
PARAGRAPHS: dict[Reason, tuple[str, ...]] = {
    "index": ("IFRS 16.42(b)", "IFRS 16.43"),
    "floating": ("IFRS 16.43",),
    "guarantee": ("IFRS 16.42(a)", "IFRS 16.43", "ASC 842-10-35-4", "ASC 842-20-35-5"),
    "fixed": ("ASC 842-10-35-4", "ASC 842-20-35-5"),
    "term": ("IFRS 16.40(a)", "IFRS 16.41", "ASC 842-10-35-1"),
    "option": ("IFRS 16.40(b)", "IFRS 16.41", "ASC 842-10-35-1"),
    "modification": ("IFRS 16.45", "IFRS 16.46", "ASC 842-10-25-11", "ASC 842-10-25-12"),
}


@dataclass(frozen=True)
class Change:
    """A reassessment or modification, in the accounts of its date.

    Parameters
    ----------
    month
        Months since commencement. Payments in arrears of that day have been made, payments in advance have not.
    payments
        All payments from then on, dated since commencement; earlier ones are not read.
    reason
        See the module's head.
    rate
        Revised discount rate, where the reason asks for one.
    term
        New end of the lease, months since commencement; left out: unchanged. [month]
    kept
        Part of the right of use that is kept by a modification that decreases scope. [ratio]
    liability_kept
        Part of the liability that is kept with it; left out: the same part. ASC 842-10-25-13 allows either
        measure. [ratio]
    shortened
        Whether the term is shortened. Under IFRS 16 that decreases scope: the part kept is the time left, and the
        liability kept is the PV, at the rate before, of what had been agreed up to the new end. ASC 842 lets the right
        move with the liability, without gain (842-10-25-12).
    ownership
        Whether the lessee will now own the asset: the right is amortised over `life`.
    operating
        Whether ASC 842 now classifies it operating; left out: as before (25-1: a modification or a change of term or
        option is classified again).
    life
        End of the asset's useful life, months since commencement; read where ownership is. [month]
    """

    month: float
    payments: Payments
    reason: Reason
    rate: Rate | None = None
    term: float | None = None
    kept: float = 1.0
    liability_kept: float | None = None
    shortened: bool = False
    ownership: bool | None = None
    operating: bool | None = None
    life: float | None = None

    def __post_init__(self) -> None:
        one_of("reason", self.reason, get_args(Reason))
        finite("lease-dates", month=self.month, term=self.term)
        shares("change", liability_kept=self.liability_kept)
        if self.month <= 0:
            raise refused("lease-dates", f"a change is dated month {self.month:g}; the lease commences in month 0.")
        if self.reason in UNCHANGED and self.rate is not None:
            raise refused(
                "change",
                f"a change of {self.reason} in month {self.month:g} states a rate of {self.rate}.",
                paragraph=self.paragraph,
                fix="leave the rate out: such a change keeps the rate of the lease",
            )
        if self.reason in UNCHANGED | IFRS_ONLY and self.term is not None:
            raise refused(
                "change",
                f"a change of {self.reason} in month {self.month:g} moves the end of the lease to {self.term:g}.",
                paragraph=self.paragraph,
                fix="a new end is a reassessment of the term or a modification, at a revised rate",
            )
        if self.reason not in UNCHANGED and self.rate is None:
            raise refused(
                "change",
                f"a change of {self.reason} in month {self.month:g} states no rate.",
                paragraph=self.paragraph,
                fix="state the rate revised at that date",
            )
        if not 0 < self.kept <= 1:
            raise refused(
                "change",
                f"a change in month {self.month:g} keeps {self.kept:.2%} of the right.",
                fix="keep more than 0% and at most 100%; the end of a lease is its term",
            )
        if self.liability_kept is not None and self.kept == 1:
            raise refused(
                "change",
                f"a change in month {self.month:g} keeps {self.liability_kept:.2%} of the liability and "
                "all of the right.",
                paragraph="ASC 842-10-25-13",
                fix="state the part of the right that is kept as well",
            )
        if (self.kept < 1 or self.shortened) and self.reason != "modification":
            raise refused(
                "change", f"scope decreases in month {self.month:g} by {self.reason}.", fix="it is a modification"
            )

    @property
    def paragraph(self) -> str:
        """Paragraphs of the reason, as printed."""
        return cite(*PARAGRAPHS[self.reason])

    @property
    def decreases(self) -> bool:
        """Whether scope decreases."""
        return self.kept < 1 or self.shortened


def is_separate_lease(*, adds_right: bool, price: float, standalone_price: float, within: float = 0.05) -> Test:
    """Test whether a modification is a lease of its own.

    Parameters
    ----------
    adds_right
        Whether it adds the right to use one or more underlying assets.
    price
        Increase in consideration. [USD]
    standalone_price
        Stand-alone price of the added right, adjusted for the contract. [USD]
    within
        How near the two must be to be commensurate. [ratio]

    Returns
    -------
    Test
        PASS: account for it separately and leave the old lease as it is.
    """
    magnitudes("lease-amounts", price=price, standalone_price=standalone_price)
    near = standalone_price > 0 and abs(price - standalone_price) <= within * standalone_price
    return computed(
        "separate-lease",
        cite("IFRS 16.44", "ASC 842-10-25-8"),
        adds_right and near,
        {"adds a right of use": adds_right, "price": price, "stand-alone price": standalone_price},
        f"The change {'adds' if adds_right else 'does not add'} a right of use, for {price:,.0f} against a stand-alone "
        f"price of {standalone_price:,.0f}.",
    )
