"""Which page and section of a book a row belongs to.

Every vehicle has a page with a section per asset and contract; what belongs to no vehicle is on the pages Deal, Market
and Sponsor. The rules that place a row read the books: who owns an asset, who is party to a contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ringfence.desk.workbook.accounting import INPUTS, LEASES, SPONSORS, VIEW, place_of, rows_of

if TYPE_CHECKING:
    from ringfence.desk.session import Result
    from ringfence.run.workbook import Expanded

DEAL, MARKET, SPONSOR, RETURNS = "Deal", "Market", "Sponsor", "Returns"
TABS = (
    *(
        DEAL,
        MARKET,
        SPONSOR,
        RETURNS,
        "Cover",
        "Checks",
        "Key figures",
        "Annual",
        "Charts",
        "Inputs",
        "Tables",
        "Timeline",
    ),
    *("Series", "Statements", "Accounts", "Ratios", "Notes", "Source", "Other", "Measures", "Tests"),
    *("Scenarios", LEASES, VIEW, *SPONSORS.values()),
)
HOLDERS = ("borrower", "lessor", "seller", "vehicle", "applicant", "provider", "manager", "buyer", "lessee")
"""Fields of a contract whose party keeps its rows, first match first."""


class Placing:
    """Which page and section a row belongs to.

    Parameters
    ----------
    result, expanded
        A run deal, and its sheet fit for cells.
    """

    def __init__(self, result: Result, expanded: Expanded) -> None:
        self.result = result
        self.expanded = expanded
        self.vehicles = list(dict.fromkeys(silo.vehicle for silo in result.model.books.silos.values()))
        self.holder = dict(self._holders())
        self.accounting = rows_of(result)

    def _holders(self) -> Iterator[tuple[str, str]]:
        deal = self.result.deal
        for x, asset in deal.assets.items():
            yield x, asset.owner
        for x, contract in deal.contracts.items():
            parties = [getattr(contract, field, None) for field in HOLDERS]
            yield x, next((p for p in parties if p in self.vehicles), SPONSOR)

    def page(self, name: str) -> tuple[str, str]:
        """Tab and section of a row."""
        if name in self.accounting:
            return place_of(name)
        kind, _, rest = name.rpartition(":")
        test = next((t for t in (*self.expanded.checks, *self.expanded.alerts) if rest.startswith(f"{t.name}.")), None)
        if kind in ("check", "alert"):
            tab = self.page(test.row)[0] if test is not None else DEAL
            return tab, "Checks and alerts"
        if kind == "measure" and self._is_return(rest):
            return RETURNS, rest
        parts = rest.split(".")
        section = parts[0]
        vehicle = self.holder.get(section, section)
        if section in self.vehicles and ".".join(parts[:2]) in self.result.model.books.silos:
            section = ".".join(parts[:2])
        if kind == "measure":
            section = f"{section}: figures"
        elif kind:
            section = f"{section}, case {kind}"
        if vehicle in self.vehicles:
            return vehicle, section
        if parts[0] in ("deal", "uses", "returns", "timeline"):
            return DEAL, section
        return (MARKET if parts[0] == "curve" else SPONSOR), section

    def _is_return(self, measure: str) -> bool:
        return self.result.model.sheet.measures[measure].expr.op in ("irr", "npv")

    def pages(self) -> Iterator[Any]:
        """Every page that is the home of rows, in order."""
        from ringfence.run.workbook import Page, Section

        found: dict[str, dict[str, list[str]]] = {}
        for row in self.expanded.sheet:
            if row.expr is not None and row.name not in self.expanded.owner:
                tab, section = self.page(row.name)
                found.setdefault(tab, {}).setdefault(section, []).append(row.name)
        order = [MARKET, *self.vehicles, SPONSOR, LEASES, *SPONSORS.values(), DEAL, RETURNS]
        for tab in (t for t in order if t in found):
            sections = found[tab].items()
            last = [item for item in sections if item[0] == "Checks and alerts"]
            shown = [
                Section(self.words(title), tuple(rows))
                for title, rows in [*(s for s in sections if s not in last), *last]
            ]
            yield Page(self.tab(tab), self.title(tab), tuple(shown))

    def tab(self, name: str) -> str:
        """Name on a tab: at most 31 characters, and unlike any other."""
        taken = {t.lower() for t in TABS} if name in self.vehicles else set()
        short = name if len(name) <= 31 else f"{name[:27]} {self.vehicles.index(name) + 1}"
        return f"{short[:21]} (vehicle)" if short.lower() in taken else short

    def title(self, tab: str) -> str:
        """Title of a page."""
        party = self.result.deal.parties.get(tab)
        if party is None:
            return {
                RETURNS: "Returns: the search for each rate",
                MARKET: "Market curves",
                DEAL: "The deal as a whole",
                LEASES: "The lease in the books of lessee and lessor",
                **{tab: f"{tab}: the sponsor's books by structure" for tab in SPONSORS.values()},
            }.get(tab, "Sponsor and others")
        return f"{party.name or tab}, {party.form}" if party.form else party.name or tab

    def words(self, section: str) -> str:
        """Title of a section: the id, and what it is."""
        key = section.split(",")[0].split(":")[0]
        deal = self.result.deal
        thing = deal.assets.get(key) or deal.contracts.get(key)
        kind = thing.type.replace("_", " ") if thing is not None else ""
        return f"{section} ({kind})" if kind else section

    def inputs(self) -> Iterator[Any]:
        """Sections of the Inputs page, in order."""
        from ringfence.run.workbook import Section

        found: dict[str, list[str]] = {"Switches": ["deal.signed"]}
        for row in self.expanded.sheet:
            if row.kind == "scalar" and ":" not in row.name and not row.name.startswith("period."):
                if row.name == "deal.signed":
                    continue
                signed = row.name in self.result.model.books.signed
                tab, section = self.page(row.name)
                title = "Signed figures, read while deal.signed is 1" if signed else f"{tab}: {self.words(section)}"
                title = INPUTS if row.name in self.accounting else title
                found.setdefault(title, []).append(row.name)
        return (Section(title, tuple(rows)) for title, rows in found.items())

    def figures(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Measures by contract or vehicle, returns first."""
        groups: dict[str, list[str]] = {}
        for name in self.result.measures:
            groups.setdefault(name.split(".")[0], []).append(name)
        first = sorted(groups, key=lambda g: (not any(n.endswith(".irr") for n in groups[g]), g != "deal"))
        for group in sorted(first, key=lambda g: g != "deal"):
            yield self.words(group), tuple(groups[group])
