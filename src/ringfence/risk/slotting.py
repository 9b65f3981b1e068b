"""Where a bank slots a loan, and what it earns on the capital that slot asks for.

Basel supervisory slotting (CRE33): five headings, each rated strong, good, satisfactory or weak; the category sets the
risk weight. A heading that the deal's own figures can rate is rated by them, at marks that are a judgement and stated;
the others stand at satisfactory until somebody rates them. The category is the weighted average of the headings.

    return on capital = (margin + upfront fee / average life - cost - expected loss a year) / (risk weight x ratio)

before tax and with the loan funded at its base rate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor

from ringfence.terms.risk import RUNGS

CATEGORIES = ("strong", "good", "satisfactory", "weak", "default")
#: Risk weights; the second of a pair under 2.5 years of remaining maturity. Source: Basel CRE33.
RISK_WEIGHTS: Mapping[str, tuple[float, float]] = {
    "strong": (0.70, 0.50),
    "good": (0.90, 0.70),
    "satisfactory": (1.15, 1.15),
    "weak": (2.50, 2.50),
    "default": (0.0, 0.0),
}
SHORT = 2.5
#: Marks by rising category, judgement: DSCR and LLCR on the middle path, probability of a missed payment over life,
#: share of the named cases in which a payment is missed.
MARKS: Mapping[str, tuple[float, float, float]] = {
    "dscr": (1.50, 1.30, 1.15),
    "llcr": (1.60, 1.40, 1.20),
    "default": (0.005, 0.02, 0.10),
    "cases": (0.0, 0.17, 0.50),
    "balloon": (0.0, 0.10, 0.30),
}
#: Weight of each heading in the average; judgement within the bounds of EU 2021/598 (5 to 60 %).
WEIGHTS: Mapping[str, float] = {
    "financial strength": 0.40,
    "political and legal": 0.10,
    "transaction": 0.20,
    "sponsor": 0.15,
    "security": 0.15,
}
#: Ratings and the category they stand for. Source: the map of CRE33.
_RATINGS = (
    ("AAA AA+ AA AA- A+ A A- BBB+ BBB BBB-", 1),
    ("BB+ BB", 2),
    ("BB- B+", 3),
    ("B B- CCC+ CCC CCC- CC C", 4),
    ("D SD RD", 5),
)
#: A score half way between two categories is in the weaker one, whatever the last bit of its sum.
_LAST_BIT = 1e-9


@dataclass(frozen=True)
class BankMarks:
    """What a bank asks of a loan; judgement.

    Parameters
    ----------
    capital_ratio
        Capital per risk-weighted dollar. [ratio]
    cost
        Of running the loan, per dollar lent and year. [1/year]
    """

    capital_ratio: float = 0.105
    cost: float = 0.0025


@dataclass(frozen=True)
class LoanFacts:
    """What the deal's own figures say about a loan.

    Parameters
    ----------
    dscr, llcr
        Lowest, on the middle path; None where it never applies. [ratio]
    default
        Probability that a payment is missed. [ratio]
    cases
        Share of the named cases in which one is; None if none was run. [ratio]
    balloon
        Share repaid with the last instalment. [ratio]
    secured, reserve, lock_up
        Whether assets are pledged, six months are reserved, distributions are tested.
    sponsor_rating
        Of the sponsor; empty if not rated.
    margin, upfront_fee
        Over the base rate [1/year], None where a fixed rate stands against no curve; on the amount [ratio].
    life, maturity
        Average life; from close to the last scheduled repayment. [year]
    expected_loss
        Share of the amount, over life. [ratio]
    """

    dscr: float | None
    llcr: float | None
    default: float
    cases: float | None
    balloon: float
    secured: bool
    reserve: bool
    lock_up: bool
    sponsor_rating: str
    margin: float | None
    upfront_fee: float
    life: float
    maturity: float
    expected_loss: float


@dataclass(frozen=True)
class Slot:
    """A loan's category and what the bank earns on it.

    Parameters
    ----------
    headings
        Heading -> score from 1 (strong) to 4 (weak) and why.
    score
        Weighted average.
    category, risk_weight
        Basel category; its risk weight. [ratio]
    return_on_capital
        Before tax; None where the margin is not known. [1/year]
    income, loss
        Margin and fee less cost, None likewise; expected loss; both per dollar and year. [1/year]
    """

    headings: Mapping[str, tuple[float, str]]
    score: float
    category: str
    risk_weight: float
    return_on_capital: float | None
    income: float | None
    loss: float


def slot(facts: LoanFacts, bank: BankMarks = BankMarks(), judged: Mapping[str, int] | None = None) -> Slot:
    """Slot a loan.

    Parameters
    ----------
    facts
        Of the loan.
    bank
        What the bank asks.
    judged
        Heading -> score from 1 to 4, in place of what is computed or assumed.
    """
    headings = _headings(facts)
    headings |= {name: (float(score), "as judged") for name, score in (judged or {}).items()}
    score = sum(WEIGHTS[name] * value for name, (value, _) in headings.items())
    category = CATEGORIES[min(4, max(1, floor(score + 0.5 + _LAST_BIT))) - 1]
    weight = risk_weight(category, facts.maturity)
    life = max(facts.life, 1e-9)
    loss = facts.expected_loss / life
    income = None if facts.margin is None else facts.margin + facts.upfront_fee / life - bank.cost
    earned = None if income is None or not weight else (income - loss) / (weight * bank.capital_ratio)
    return Slot(headings, score, category, weight, earned, income, loss)


def risk_weight(category: str, maturity: float) -> float:
    """Return the weight of a category, the preferential one under two and a half years. [ratio]

    Parameters
    ----------
    category
        A name of :data:`CATEGORIES`.
    maturity
        Remaining. [year]
    """
    return RISK_WEIGHTS[category][1 if maturity < SHORT else 0]


def category_of(rating: str) -> str | None:
    """Return the category an external rating stands for, or None for no rating the map knows.

    Parameters
    ----------
    rating
        As in ``BB+`` or ``Ba1``.
    """
    for names, score in _RATINGS:
        if RUNGS.get(rating, rating) in names.split():
            return CATEGORIES[score - 1]
    return None


def _headings(f: LoanFacts) -> dict[str, tuple[float, str]]:
    parts = [_high(f.dscr, MARKS["dscr"]), _high(f.llcr, MARKS["llcr"]), _low(f.default, MARKS["default"])]
    parts += [_low(f.balloon, MARKS["balloon"])] + ([] if f.cases is None else [_low(f.cases, MARKS["cases"])])
    known = [p for p in parts if p is not None]
    held = sum((f.secured, f.reserve, f.lock_up))
    return {
        "financial strength": (sum(known) / len(known), "DSCR, LLCR, probability of default, balloon, named cases"),
        "political and legal": (3.0, "not rated: satisfactory"),
        "transaction": (3.0, "not rated: satisfactory"),
        "sponsor": _sponsor(f.sponsor_rating),
        "security": (4.0 - held, f"{held} of pledge, six months' reserve, lock-up"),
    }


def _high(value: float | None, marks: Sequence[float]) -> float | None:
    """Score of a figure that is better the higher it is."""
    return None if value is None else float(1 + sum(value < mark - 1e-9 for mark in marks))


def _low(value: float, marks: Sequence[float]) -> float:
    """Score of a figure that is better the lower it is."""
    return float(1 + sum(value > mark + 1e-9 for mark in marks))


def _sponsor(rating: str) -> tuple[float, str]:
    found = category_of(rating)
    if found is None:
        return 3.0, "not rated: satisfactory"
    return min(CATEGORIES.index(found) + 1.0, 4.0), f"rated {rating}"
