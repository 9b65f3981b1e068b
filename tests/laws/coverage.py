"""What random deals exercise: ``python -m tests.laws.coverage [deals]`` prints the table.

Counted by deal: an operator counts once for a deal whose sheet uses it, a block once for a deal it adds rows to, a verb
or field of the waterfall once for a deal that has such a step, a limit of size once for a deal in which it binds.
Operators are counted in the sheets themselves, blocks by whose code a row came through, limits by ``X.size.binding``.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.laws.deals import AVOID, read_random

import ringfence.blocks
from ringfence.blocks.build import build
from ringfence.errors import DealError
from ringfence.sheet import Sheet
from ringfence.sheet.formula import walk
from ringfence.sheet.ops import OPERATORS
from ringfence.solve import run_fresh

LEAST = 20
VERBS = ("pay", "fund", "sweep", "distribute")
FIELDS = ("share", "keep", "support", "when.passed", "when.breached", "when.after", "default order")
LIMITS = ("cost", "amount", "gearing", "gearing of assets", "dscr", "llcr", "ltv", "named case")
PROFILES = ("level", "linear", "bullet", "sculpted", "custom", "contracted_cash", "depreciated_cost", "balloon")
FUNDING = ("deliveries", "pro_rata", "equity_first", "debt_first", "funded", "capitalised", "paid")


@dataclass
class Coverage:
    """Counts by group and name, over the deals drawn."""

    drawn: int = 0
    refused: int = 0
    three_loans: int = 0
    two_vehicles: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, group: str, names: Iterable[str]) -> None:
        """Count each name once for the deal."""
        self.counts.setdefault(group, Counter()).update(set(names))

    def gaps(self) -> list[str]:
        """Name everything that fewer than `LEAST` deals exercise."""
        wanted = {"operator": tuple(OPERATORS), "block": blocks(), "verb": VERBS, "step field": FIELDS,
                  "binding limit": LIMITS, "repayment": PROFILES, "funding and interest": FUNDING}  # fmt: skip
        return [
            f"{group} {name}: {self.counts[group][name]}"
            for group, names in wanted.items()
            for name in names
            if self.counts[group][name] < LEAST and (group, name) not in UNUSED
        ]

    def __str__(self) -> str:
        """Return the table."""
        built = self.drawn - self.refused
        lines = [
            f"{self.drawn} deals drawn, {self.refused} refused by a rule; "
            f"three loans in {self.three_loans / built:.0%}, two vehicles in {self.two_vehicles / built:.0%}",
        ]
        for group, counts in self.counts.items():
            lines.append(f"\n{group}")
            cells = [f"{name:<22}{count:>5}" for name, count in sorted(counts.items(), key=lambda x: (-x[1], x[0]))]
            lines += ["  " + "   ".join(cells[k : k + 4]) for k in range(0, len(cells), 4)]
        lines += ["", "left out, with a reproducer each in test_gaps.py:", *(f"  {what}" for what in sorted(AVOID))]
        lines += ["", "in no block today:", *(f"  {g} {n}: {why}" for (g, n), why in UNUSED.items())]
        return "\n".join(lines)


UNUSED: dict[tuple[str, str], str] = {
    ("operator", "equal"): "dates and levels are compared with at_most and less_than",
    ("operator", "first_when"): "no row asks for a period by its number",
    **{
        ("block", name): "added by the accounts, not by the deal alone"
        for name in (
            "assets_sheet",
            "components",
            "index_resets",
            "lease_books",
            "lessee_schedule",
            "lessor_schedule",
            "recoverable",
            "sponsor_columns",
            "sponsor_dating",
            "sponsor_flows",
            "sponsor_kept",
            "sponsor_lease",
            "sponsor_ledger",
            "sponsor_lessor",
            "sponsor_policy",
            "sponsor_sale",
            "sponsor_sold",
            "sponsor_vehicle",
            "swap_value",
        )
    },
    **{("block", name): "added by the risk factors of a run" for name in ("reletting", "shocks")},
}
"""Part of the closed list that no block uses; a use makes the entry wrong, and the test says so."""


def blocks() -> tuple[str, ...]:
    """Return every block, by file name."""
    folder = Path(ringfence.blocks.__file__).parent
    return tuple(sorted(p.stem for p in folder.glob("*.py") if p.stem != "__init__"))


@contextmanager
def authors() -> Iterator[set[str]]:
    """Collect the modules through which rows come into any sheet while the context lasts."""
    seen: set[str] = set()
    plain = {name: getattr(Sheet, name) for name in ("row", "scalar", "series", "table", "measure", "close", "opening")}

    def watched(name: str) -> Any:
        def call(self: Sheet, *args: Any, **options: Any) -> Any:
            frame = sys._getframe(1)
            while frame is not None:
                seen.add(frame.f_globals.get("__name__", ""))
                frame = frame.f_back  # type: ignore[assignment]
            return plain[name](self, *args, **options)

        return call

    for name in plain:
        setattr(Sheet, name, watched(name))
    try:
        yield seen
    finally:
        for name, method in plain.items():
            setattr(Sheet, name, method)


def cover(seeds: Iterable[int]) -> Coverage:
    """Draw, build and run deals, and count what they exercise."""
    found = Coverage()
    for seed in seeds:
        found.drawn += 1
        try:
            deal = read_random(seed)
        except DealError:
            found.refused += 1
            continue
        with authors() as seen:
            model = build(deal)
        found.add("operator", _operators(model.sheet))
        found.add("block", [n.rpartition(".")[2] for n in seen if n.startswith("ringfence.blocks.")])
        found.add("verb", [step.verb for step in _steps(deal)])
        found.add("step field", _fields(deal))
        found.add("binding limit", _binding(deal, run_fresh(model.sheet)))
        found.add("repayment", _profiles(deal))
        found.add("funding and interest", _funding(deal))
        found.add("asset", [a.type for a in deal.assets.values()])
        found.add("contract", [c.type for c in deal.contracts.values()])
        found.three_loans += len(deal.of_type("loan")) >= 3
        found.two_vehicles += len(deal.vehicles) >= 2
    return found


def _operators(sheet: Sheet) -> set[str]:
    roots = [row.expr for row in sheet if row.expr is not None]
    roots += [m.expr for m in sheet.measures.values()] + [
        m.applies for m in sheet.measures.values() if m.applies is not None
    ]
    return {node.op for root in roots for node in walk(root)} - {"row", "const"}


def _businesses(deal: Any) -> Iterator[Any]:
    for party in deal.vehicles.values():
        yield from party.books.values()


def _steps(deal: Any) -> Iterator[Any]:
    for terms in _businesses(deal):
        yield from terms.waterfall or ()


def _fields(deal: Any) -> Iterator[str]:
    for terms in _businesses(deal):
        if not terms.waterfall:
            yield "default order"
    for step in _steps(deal):
        if step.share < 1:
            yield "share"
        yield from (name for name in ("keep", "support") if getattr(step, name))
        if step.when is not None:
            yield from (f"when.{name}" for name in ("passed", "breached") if getattr(step.when, name))
            if step.when.after is not None:
                yield "when.after"


def _binding(deal: Any, run: Any) -> Iterator[str]:
    for x, loan in deal.of_type("loan").items():
        number = int(run.cell(f"{x}.size.binding"))
        if number == 0:
            yield "cost"
            continue
        limit = loan.size.min[number - 1]
        yield "gearing of assets" if limit.test == "gearing" and limit.of else limit.test
        if limit.case not in (None, "base"):
            yield "named case"


def _profiles(deal: Any) -> Iterator[str]:
    for loan in deal.of_type("loan").values():
        yield loan.repayment.profile
        yield from (n for n in ("contracted_cash", "depreciated_cost") if getattr(loan.repayment, n) is not None)
        if loan.repayment.balloon:
            yield "balloon"


def _funding(deal: Any) -> Iterator[str]:
    yield from (terms.funding for terms in _businesses(deal))
    yield from (loan.idc for loan in deal.of_type("loan").values())


if __name__ == "__main__":
    print(cover(range(int(sys.argv[1]) if len(sys.argv) > 1 else 300)))
