"""The books: who pays whom, silo by silo.

A *silo* is a ring-fenced business of a vehicle (``spv.gpu``), or the whole vehicle when it has only one. Every block
registers what it adds here; the waterfall, the statements, the cash law and the picture of cash between parties all
read the same lists.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ringfence.blocks.context import Stream
from ringfence.sheet import Expr, Row, Sheet, sum_of
from ringfence.terms.contract.equity import Equity
from ringfence.terms.contract.loan import Loan
from ringfence.terms.contract.support import LetterOfCredit
from ringfence.terms.party import Business, Party
from ringfence.units import USD


@dataclass(frozen=True)
class Flow:
    """Cash from one party to another, period by period. [USD]"""

    payer: str
    payee: str
    row: Row
    label: str
    contract: str


@dataclass(frozen=True)
class AssetAccount:
    """An asset in the books of its owner: cost, depreciation, carrying amount and resale value. [USD]"""

    id: str
    vendor: str
    capex: Row
    depreciation: Row
    carrying: Row
    in_service: Expr
    disposal: Row | None = None
    market_value: dict[str, Row] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One line of a statement. `kind` groups uses: assets, investment, fees, idc, reserve, contingency."""

    label: str
    row: Row
    kind: str = ""


@dataclass
class Silo:
    """One ring-fenced business: what it earns, owes and owns."""

    vehicle: str
    business: str
    terms: Business
    party: Party
    incomes: list[Stream] = field(default_factory=list)
    costs: list[Stream] = field(default_factory=list)
    assets: list[AssetAccount] = field(default_factory=list)
    loans: dict[str, Loan] = field(default_factory=dict)
    equity: dict[str, Equity] = field(default_factory=dict)
    holdings: dict[str, Equity] = field(default_factory=dict)
    letters: dict[str, LetterOfCredit] = field(default_factory=dict)
    deposits: list[Row] = field(default_factory=list)
    uses: list[Line] = field(default_factory=list)
    sources: list[Line] = field(default_factory=list)
    revenue: list[Line] = field(default_factory=list)
    expense: list[Line] = field(default_factory=list)
    balance_assets: list[Line] = field(default_factory=list)
    balance_liabilities: list[Line] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Row prefix: ``spv.gpu``, or ``solar_co`` for a vehicle with one business."""
        return f"{self.vehicle}.{self.business}" if self.business else self.vehicle

    def ranked(self) -> list[tuple[str, Loan]]:
        """Loans, first rank first."""
        return sorted(self.loans.items(), key=lambda item: item[1].rank)


@dataclass
class Books:
    """All silos of the deal, every flow between parties, and the rows frozen at signing."""

    silos: dict[str, Silo] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    signed: dict[str, str] = field(default_factory=dict)
    checks: list[tuple[str, str, Row]] = field(default_factory=list)
    alerts: list[tuple[str, str, Row]] = field(default_factory=list)

    def silo(self, vehicle: str, business: str | None = None) -> Silo:
        """Silo of a vehicle by business; its first business if none is named."""
        if business:
            return self.silos[f"{vehicle}.{business}"]
        return next(s for s in self.silos.values() if s.vehicle == vehicle)

    def of(self, vehicle: str) -> list[Silo]:
        """All silos of a vehicle."""
        return [s for s in self.silos.values() if s.vehicle == vehicle]

    def flow(self, payer: str, payee: str, row: Row, label: str, contract: str) -> None:
        """Record that `payer` pays `payee` the amount of `row` in each period."""
        self.flows.append(Flow(payer, payee, row, label, contract))


def add_sum(sheet: Sheet, name: str, rows: list[Row], *, label: str, source: str = "") -> Row:
    """Add a row that is the sum of `rows`, or zero in every period. [USD]"""
    return sheet.row(name, sum_of(rows), unit=USD, label=label, source=source)
