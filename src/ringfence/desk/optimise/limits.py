"""Aims and limits as a desk writes them, read against the measures of the deal.

senior.dscr.min >= 1.15          a cover
gpu_equity.irr >= 12%            a rate
senior.amount <= 4bn USD         an amount carries its unit
sponsor.usd_per_gpu_hour <= 2.40 a price in the measure's own unit
spv.ltv.max == 70%               a figure that is agreed already: met, not bettered
P(senior.default) <= 2%          a probability; counted by whoever hands it in

A bare number is read in the measure's unit where that leaves no doubt; dollars and millions are told apart by writing
them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.desk.optimise.terms import round_number
from ringfence.desk.table import Figure
from ringfence.desk.tables import kind_of
from ringfence.errors import DealError, Finding, QuantityError, did_you_mean, nearest
from ringfence.sheet.sheet import MeasureRow
from ringfence.solve.structure import Aim, Limit
from ringfence.solve.structure.problem import Handed, Sense
from ringfence.terms.findings import finding
from ringfence.terms.quantity import parse_amount, parse_duration, parse_factor, parse_rate, parse_share

if TYPE_CHECKING:
    from ringfence.run.result import Measure

RULE = "optimise-limit: a limit is a measure of the deal, >=, <= or ==, and a bound in the measure's unit"
LIKE = 'write --subject-to "senior.dscr.min >= 1.15"'
Probabilities = Callable[[str], Handed]
"""What is inside P(...) to its probability, counted with common random numbers; raises ``DealError`` for an event
nobody knows."""
_SENSES: dict[str, Sense] = {">=": ">=", "=>": ">=", "≥": ">=", "<=": "<=", "=<": "<=", "≤": "<="}
_SENSES |= dict.fromkeys(("==", "="), "==")
_LIMIT = re.compile(r"\s*(P\s*\(.+\)|.+?)\s*(>=|<=|=>|=<|≥|≤|==|=|>|<)\s*([^<>=]+?)\s*")
_CHANCE = re.compile(r"P\s*\((.+)\)")
_PERCENT = re.compile(r"[-+]?[0-9_.]+\s*(%|bps?)")


@dataclass(frozen=True)
class Asked:
    """A limit as asked for.

    Parameters
    ----------
    limit
        What must hold.
    unit
        Unit of the figure.
    """

    limit: Limit
    unit: str

    @property
    def words(self) -> str:
        """The limit with its bound: ``senior.dscr.min >= 1.15x``."""
        return f"{self.limit.name} {self.limit.sense} {self.figure(self.limit.bound)}"

    def figure(self, value: float | None) -> str:
        """Return a figure of the limit as it is printed."""
        return figure_words(self.limit.name, self.unit, value)


def figure_words(name: str, unit: str, value: float | None) -> str:
    """Return a figure as it is printed: percentages, covers, prices, USD in millions with its unit."""
    if name.startswith("P("):
        return Figure(value, "percent").text()
    kind = kind_of(unit, name)
    text = Figure(value, kind).text()
    if value is None:
        return text
    if kind == "usd_m":
        return f"USD {text} m"
    return f"{text} {unit}" if kind in ("price", "plain") and unit != "ratio" else text


def price_step(name: str, unit: str, value: float) -> float:
    """Return the step a figure is priced by: ten basis points, a point, a hundredth, a cent, else a round 1 %."""
    kind = "percent" if name.startswith("P(") else kind_of(unit, name)
    if kind == "percent":
        return 0.001 if unit == "1/year" else 0.01
    if kind in ("times", "price"):
        return 0.01
    return 0.1 if kind == "years" else round_number(abs(value) * 0.01)


def step_text(name: str, unit: str, step: float) -> str:
    """Return a step in words: ``10bp``, ``0.01``, ``1 cent``."""
    kind = "percent" if name.startswith("P(") else kind_of(unit, name)
    if kind == "percent":
        return f"{step * 1e4:g}bp" if unit == "1/year" else f"{step * 100:g} point{'s' * (abs(step - 0.01) > 1e-12)}"
    if kind == "price" and abs(step - 0.01) < 1e-12:
        return "1 cent"
    return f"{step:.2f}" if kind == "times" else figure_words(name, unit, step)


def gain_text(name: str, unit: str, change: float) -> str:
    """Return a change of a figure in words, without its sign: ``0.21 points``, ``USD 3.1 m``."""
    kind = "percent" if name.startswith("P(") else kind_of(unit, name)
    if kind == "percent":
        points = abs(change) * 100
        return f"{points:.2f} points" if points >= 0.0095 else f"{points:.2g} points"
    if kind in ("times", "price"):
        return f"{abs(change):.4f}" if abs(change) < 0.1 else f"{abs(change):.2f}"
    return figure_words(name, unit, abs(change))


def read_aim(
    name: str, maximise: bool, declared: Mapping[str, MeasureRow], found: Mapping[str, Measure], option: str
) -> Aim:
    """Return an aim.

    Parameters
    ----------
    name
        Name of the measure.
    maximise
        Whether it is to be large.
    declared, found
        Measures of the sheet, and what they are as agreed.
    option
        Option it was asked with, for the finding.

    Raises
    ------
    DealError
        If there is no such measure.
    """
    if name not in declared:
        raise DealError([_unknown(name, declared, f"{option} {name}")])
    value = found[name].value
    kind = kind_of(str(declared[name].unit), name)
    usual = {"percent": 0.1, "times": 1.0, "price": 1.0, "years": 1.0}.get(kind, 1.0)
    scale = usual if kind not in ("usd_m", "plain") else abs(value or 0.0) or 1.0
    return Aim(name, maximise, scale)


def read_limits(
    texts: Iterable[str], declared: Mapping[str, MeasureRow], probabilities: Probabilities | None
) -> tuple[Asked, ...]:
    """Return limits.

    Parameters
    ----------
    texts
        As written.
    declared
        Measures of the sheet.
    probabilities
        Gives the figures of ``P(...)``.

    Raises
    ------
    DealError
        With every finding: no limit, an unknown measure, a bound in another unit, bounds that contradict each other.
    """
    asked: list[Asked] = []
    findings: list[Finding] = []
    for text in texts:
        try:
            asked.append(_limit(text, declared, probabilities))
        except DealError as error:
            findings += error.findings
    findings += _contradictions(asked)
    if findings:
        raise DealError(findings)
    return tuple(asked)


def _limit(text: str, declared: Mapping[str, MeasureRow], probabilities: Probabilities | None) -> Asked:
    where = f"--subject-to {text}"
    match = _LIMIT.fullmatch(text)
    if match is None:
        raise DealError(
            [finding(RULE, f"{text} is not a measure, >=, <= or ==, and a bound.", where=[where], fix=LIKE)]
        )
    name, sign, written = match.groups()
    if sign not in _SENSES:
        fix = f"write {name} {sign}= {written}"
        message = f"{text} has {sign}; a limit holds with >=, <= or ==."
        raise DealError([finding(RULE, message, where=[where], fix=fix)])
    chance = _CHANCE.fullmatch(name)
    if chance is not None:
        return _probability(chance[1].strip(), _SENSES[sign], written, where, probabilities)
    if name not in declared:
        raise DealError([_unknown(name, declared, where)])
    unit = str(declared[name].unit)
    bound = read_bound(name, unit, written, where)
    return Asked(Limit(name, _SENSES[sign], bound, _scale(name, unit, bound)), unit)


def _probability(event: str, sense: Sense, written: str, where: str, known: Probabilities | None) -> Asked:
    if known is None:
        message = f"P({event}) is a probability, and nothing here draws random futures of the deal."
        fix = "take the limit out, or give the deal a risk: block"
        raise DealError([finding(RULE, message, where=[where], fix=fix)])
    if sense == "==":
        message = f"P({event}) is counted on random futures and moves in steps: it meets no bound exactly."
        fix = f"write P({event}) <= {written} or P({event}) >= {written}"
        raise DealError([finding(RULE, message, where=[where], fix=fix)])
    handed = known(event)
    try:
        bound = parse_share(_number(written))
    except QuantityError as error:
        raise DealError([_misread(f"P({event})", written, error, where)]) from None
    return Asked(Limit(f"P({event})", sense, bound, max(bound, 0.01), handed), "ratio")


def read_bound(name: str, unit: str, written: str, where: str) -> float:
    """Return a written bound in the measure's base unit.

    Parameters
    ----------
    name, unit
        Of the measure.
    written
        As written: ``1.15``, ``12%``, ``4bn USD``.
    where
        Where it was written, for the finding.

    Raises
    ------
    DealError
        If it cannot be read in that unit.
    """
    try:
        return _READ.get(unit, _plain)(name, unit, written)
    except QuantityError as error:
        raise DealError([_misread(name, written, error, where)]) from None


def _misread(name: str, written: str, error: QuantityError, where: str) -> Finding:
    return finding(RULE, f"The bound of {name} is {written}, {error.problem}.", where=[where], fix=error.fix)


def _number(text: str) -> float | str:
    try:
        return float(text.replace("_", ""))
    except ValueError:
        return text


def _ratio(name: str, unit: str, text: str) -> float:
    if _PERCENT.fullmatch(text):
        return parse_rate(text)
    value = _number(text)
    return value if isinstance(value, float) and value <= 0 else parse_factor(value)


def _months(name: str, unit: str, text: str) -> float:
    value = _number(text)
    return value if isinstance(value, float) else parse_duration(value)


def _years(name: str, unit: str, text: str) -> float:
    value = _number(text)
    return value if isinstance(value, float) else parse_duration(value) / 12.0


def _plain(name: str, unit: str, text: str) -> float:
    """A number in the measure's own unit, or one that names a unit of the same dimension."""
    value = _number(text)
    return value if isinstance(value, float) else parse_amount(value, unit, sign="any")


_READ: dict[str, Callable[[str, str, str], float]] = {
    "1/year": lambda name, unit, text: parse_rate(_number(text)),
    "USD": lambda name, unit, text: parse_amount(0 if _number(text) == 0.0 else text, "USD", sign="any"),
    "ratio": _ratio,
    "month": _months,
    "year": _years,
}


def _scale(name: str, unit: str, bound: float) -> float:
    """A change of the figure that matters: its bound, and at least a point of a rate or USD 1 m. [unit]"""
    least = {"1/year": 0.01, "USD": 1e6, "ratio": 0.01 if kind_of(unit, name) == "percent" else 1.0}
    return max(abs(bound), least.get(unit, 1.0))


def _contradictions(asked: list[Asked]) -> list[Finding]:
    found = []
    for a in asked:
        for b in asked:
            same = a.limit.name == b.limit.name and a.limit.sense != "<=" and b.limit.sense != ">="
            if same and a.limit.bound > b.limit.bound:
                message = f"{a.words} and {b.words} contradict each other."
                fix = f"lower the first to at most {b.figure(b.limit.bound)}, or raise the second"
                if a.limit.sense == b.limit.sense:
                    fix = "keep one of them"
                where = [f"--subject-to {a.words}", f"--subject-to {b.words}"]
                found.append(finding(RULE, message, where=where, fix=fix))
    return found


def _unknown(name: str, declared: Mapping[str, MeasureRow], where: str) -> Finding:
    near = nearest(name, declared)
    message = f"The deal has no measure {name}" + did_you_mean(near)
    mine = [m for m in declared if m.split(".")[0] == name.split(".")[0]]
    fix = f"write {near}" if near else f"one of: {', '.join(mine or declared)}"
    return finding(RULE, message, where=[where], fix=fix)
