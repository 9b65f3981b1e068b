"""The sheet: a list of named rows, inputs, tables and measures, built once and run many ways.

A row may be used before it is defined (:meth:`Sheet.ref`), which is how accounts close on themselves; every
promise must be kept before the sheet is planned. Names are unique. Nothing is computed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Any

from ringfence.errors import SheetError, meant
from ringfence.sheet.corkscrew import Corkscrew
from ringfence.sheet.formula import formula_text, walk
from ringfence.sheet.ops import MEASURES
from ringfence.sheet.row import NIL, Expr, Row, Value, as_expr, want_ratio
from ringfence.units import RATIO, Unit, UnitError

_NAME = re.compile(r"([a-z0-9_]+:)*[a-z0-9_]+(\.[a-z0-9_]+)*\Z")
LOOKS_AHEAD = ("", "hindsight", "signing")


@dataclass(frozen=True, eq=False)
class MeasureRow:
    """One figure about the whole sheet.

    Parameters
    ----------
    name
        ``<contract or vehicle>.<measure>``.
    expr
        A formula with one value, or ``irr``.
    applies
        One-cell flag; where it is not true the measure is n/a.
    unit
        Unit of the figure.
    source, label
        Clause or file:line; what the figure says in words.
    """

    name: str
    expr: Expr
    applies: Expr | None
    unit: Unit
    source: str
    label: str


class Sheet:
    """A model: rows over a number of periods.

    Parameters
    ----------
    periods
        Number of periods, period 0 included.
    name
        What the sheet is called when it is printed.

    Examples
    --------
    >>> from ringfence.units import USD
    >>> s = Sheet(periods=3)
    >>> rent = s.series("rent", [0, 5, 5], unit=USD, term=True)
    >>> cash = s.row("cash", rent * 0.9)
    >>> cash.unit
    Unit(USD)
    """

    def __init__(self, *, periods: int, name: str = "sheet") -> None:
        if periods < 1:
            raise SheetError(f"a sheet needs at least one period, not {periods}")
        self.periods = periods
        self.name = name
        self.rows: dict[str, Row] = {}
        self.measures: dict[str, MeasureRow] = {}
        self.corkscrews: dict[str, Corkscrew] = {}
        self.solved_inputs: dict[str, str] = {}
        self.version = 0
        self.cache: dict[str, Any] = {}  # plan and compiled programs of this version, kept by whoever made them

    # -- inputs ----------------------------------------------------------------------------------------------

    def scalar(self, name: str, value: float, *, unit: Unit = RATIO, source: str = "", label: str = "") -> Row:
        """Add an input cell.

        Parameters
        ----------
        name
            Row name.
        value
            In base units. [unit]
        unit, source, label
            See :class:`Row`.
        """
        row = Row(name, "scalar", unit, value=self._number(name, value), source=source, label=label, term=True)
        return self._keep(row)

    def series(
        self,
        name: str,
        values: Sequence[float],
        *,
        unit: Unit = RATIO,
        source: str = "",
        label: str = "",
        term: bool = False,
    ) -> Row:
        """Add an input with one value a period.

        Parameters
        ----------
        name
            Row name.
        values
            One per period, in base units. [unit]
        unit, source, label
            See :class:`Row`.
        term
            Whether the whole series is fixed at signing (a calendar, a planned or frozen schedule). What is not a
            term becomes known period by period, and looking ahead at it is clairvoyance.
        """
        given = tuple(self._number(name, value) for value in values)
        if len(given) != self.periods:
            raise SheetError(f"{name} has {len(given)} values, but the sheet has {self.periods} periods{_at(source)}")
        return self._keep(Row(name, "series", unit, value=given, source=source, label=label, term=term))

    def table(
        self,
        name: str,
        *,
        xs: Sequence[float],
        ys: Sequence[float],
        x_unit: Unit = RATIO,
        unit: Unit = RATIO,
        source: str = "",
        label: str = "",
        term: bool = True,
    ) -> Row:
        """Add an input table, read with ``lookup``.

        Parameters
        ----------
        name
            Row name.
        xs
            Strictly rising. [x_unit]
        ys
            One per x. [unit]
        x_unit, unit, source, label
            See :class:`Row`.
        term
            False if paths may change the table from some date on; it is then read only at the clock.
        """
        points = tuple(self._number(name, x) for x in xs), tuple(self._number(name, y) for y in ys)
        check_table(name, points, source)
        row = Row(name, "table", unit, value=points, source=source, label=label, term=term, table_x=x_unit)
        return self._keep(row)

    def solved(
        self,
        name: str,
        value: float | Sequence[float],
        *,
        unit: Unit = RATIO,
        target: str,
        source: str = "",
        label: str = "",
    ) -> Row:
        """Add an input that must come out equal to another row, and the row that proves it.

        Parameters
        ----------
        name
            Name of the input; ``<name>.residual`` = target - input is added beside it.
        value
            Starting value, a number or one per period. [unit]
        unit, source, label
            See :class:`Row`.
        target
            Name of the row it must equal; may be defined later.
        """
        if isinstance(value, (int, float)):
            row = self.scalar(name, value, unit=unit, source=source, label=label)
        else:
            row = self.series(name, value, unit=unit, source=source, label=label, term=True)
        wanted = self.ref(target, unit=unit)
        self.row(f"{name}.residual", wanted - row, unit=unit, source=source, label=f"0 once {name} is solved")
        self.solved_inputs[name] = target
        return row

    # -- rows ------------------------------------------------------------------------------------------------

    def row(
        self,
        name: str,
        expr: Value,
        *,
        unit: Unit | None = None,
        source: str = "",
        label: str = "",
        looks_ahead: str = "",
    ) -> Row:
        """Add a formula row.

        Parameters
        ----------
        name
            Row name.
        expr
            The formula.
        unit
            Checked against the formula's; taken from the formula if not given. [Unit]
        source, label
            Clause or file:line; what the row says in words.
        looks_ahead
            ``hindsight`` or ``signing`` for a row that reads the future of a path (see ``plan.py``).
        """
        formula = as_expr(expr)
        self._check_formula(name, formula, source)
        if looks_ahead not in LOOKS_AHEAD:
            raise SheetError(f"{name}: looks_ahead is 'hindsight' or 'signing', not {looks_ahead!r}{_at(source)}")
        checked = self._row_unit(name, formula, unit, source)
        promised = self.rows.get(name)
        if promised is None or promised.kind != "ref":
            row = Row(name, "formula", checked, expr=formula, source=source, label=label, looks_ahead=looks_ahead)
            return self._keep(row)
        return self._define(promised, formula, checked, source, label, looks_ahead)

    def ref(self, name: str, *, unit: Unit | None = None) -> Row:
        """Return the row `name`, promising it if it is not defined yet.

        Parameters
        ----------
        name
            Row name.
        unit
            Its unit; a plain ratio if the row is new and none is given.
        """
        row = self.rows.get(name)
        if row is None:
            return self._keep(Row(name, "ref", RATIO if unit is None else unit))
        if unit is not None and row.unit != unit:
            raise UnitError(f"{name} is in {row.unit}, but is asked for in {unit}{_at(row.source)}")
        return row

    def opening(
        self, name: str, *, unit: Unit | None = None, first: Value = NIL, source: str = "", label: str = ""
    ) -> Row:
        """Add ``<name>.opening``: the closing balance of the period before.

        Parameters
        ----------
        name
            The account.
        unit
            Its unit; that of `first` if not given, else a ratio.
        first
            Opening balance of period 0. [unit]
        source, label
            See :meth:`row`.
        """
        from ringfence.sheet.functions import previous

        held = unit if unit is not None else (as_expr(first).unit or RATIO)
        before = previous(self.ref(f"{name}.closing", unit=held), first=first)
        return self.row(f"{name}.opening", before, unit=held, source=source, label=label or "opening balance")

    def close(
        self,
        name: str,
        opening: Row,
        *,
        add: Iterable[Row] = (),
        less: Iterable[Row] = (),
        source: str = "",
        label: str = "",
    ) -> Row:
        """Add ``<name>.closing``: opening plus additions less reductions; kept in ``sheet.corkscrews``.

        Parameters
        ----------
        name
            The account.
        opening
            Its opening row.
        add, less
            Movements, as magnitudes. [unit of the account]
        source, label
            See :meth:`row`.
        """
        additions, reductions = tuple(add), tuple(less)
        balance: Expr = opening
        for movement in additions:
            balance = balance + movement
        for movement in reductions:
            balance = balance - movement
        closing = self.row(
            f"{name}.closing", balance, unit=opening.unit, source=source, label=label or "closing balance"
        )
        self.corkscrews[name] = Corkscrew(name, opening, additions, reductions, closing)
        return closing

    def measure(
        self,
        name: str,
        expr: Value,
        *,
        applies: Value | None = None,
        unit: Unit | None = None,
        source: str = "",
        label: str = "",
    ) -> MeasureRow:
        """Add a figure about the whole sheet.

        Parameters
        ----------
        name
            ``<contract or vehicle>.<measure>``.
        expr
            A formula with one value; ``irr`` only at the top.
        applies
            One-cell flag: where it is not true the measure is n/a. ``smallest`` and ``largest`` at the top of the
            formula are n/a by themselves where their `when` is never true.
        unit, source, label
            See :meth:`row`.
        """
        from ringfence.sheet.functions import count

        _check_name(name, source)
        if name in self.measures:
            raise SheetError(f"measure {name} is declared twice{_at(source)}{_at(self.measures[name].source)}")
        formula = as_expr(expr)
        if any(node.op == "irr" for node in walk(formula) if node is not formula):
            raise SheetError(f"measure {name}: irr() stands alone; give the figure built on it a measure of its own")
        if applies is None and formula.op in ("smallest", "largest") and len(formula.args) == 2:
            applies = count(formula.args[1])
        flag = None if applies is None else as_expr(applies)
        if flag is not None:
            want_ratio(f"the `applies` of {name}", flag)
        checked = self._row_unit(name, formula, unit, source)
        found = MeasureRow(name, formula, flag, checked, source, label)
        self.measures[name] = found
        self._changed()
        return found

    def clone(self, targets: Iterable[str | Row], overrides: Mapping[str, Value], prefix: str) -> dict[str, Row]:
        """Copy the part of the sheet above `targets` that depends on an overridden row.

        Parameters
        ----------
        targets
            Rows wanted under the overrides, for example ``senior.cfads``.
        overrides
            Input or row name -> what stands in its place.
        prefix
            Copies are named ``prefix:old.name``.

        Returns
        -------
        dict[str, Row]
            Old name -> copy, for every row copied; a target that depends on no override maps to itself.
        """
        from ringfence.sheet.clone import clone

        return clone(self, targets, overrides, prefix)

    # -- reading ---------------------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> Row:
        if name not in self.rows:
            raise SheetError(f"there is no row {name}{meant(name, self.rows)}")
        return self.rows[name]

    def __contains__(self, name: object) -> bool:
        return name in self.rows

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows.values())

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        from ringfence.sheet.show import sheet_text

        return sheet_text(self)

    def _repr_html_(self) -> str:
        from ringfence.sheet.show import sheet_html

        return sheet_html(self)

    # -- inside ----------------------------------------------------------------------------------------------

    def _keep(self, row: Row) -> Row:
        _check_name(row.name, row.source)
        other = self.rows.get(row.name)
        if other is not None:
            raise SheetError(f"{row.name} is defined twice{_at(row.source)}{_at(other.source)}")
        self.rows[row.name] = row
        self._changed()
        return row

    def _define(self, row: Row, expr: Expr, unit: Unit, source: str, label: str, looks_ahead: str) -> Row:
        if row.unit != unit:
            raise UnitError(f"{row.name} is used in {row.unit}, but its formula is in {unit}{_at(source)}")
        row.kind, row.expr, row.source, row.label, row.looks_ahead = "formula", expr, source, label, looks_ahead
        del self.rows[row.name]  # a row stands where it is defined, not where it was first promised
        self.rows[row.name] = row
        self._changed()
        return row

    def _changed(self) -> None:
        self.version += 1
        self.cache.clear()

    def _check_formula(self, name: str, formula: Expr, source: str) -> None:
        for node in walk(formula):
            if node.op in MEASURES:
                raise SheetError(f"{name}: {node.op}() belongs in a measure, not in a row{_at(source)}")
            if isinstance(node, Row) and self.rows.get(node.name) is not node:
                raise SheetError(f"{name} reads {node.name}, which is a row of another sheet{_at(source)}")

    def _row_unit(self, name: str, formula: Expr, unit: Unit | None, source: str) -> Unit:
        if unit is not None and formula.unit is not None and formula.unit != unit:
            raise UnitError(
                f"{name} is declared in {unit}, but its formula is in {formula.unit}\n"
                f"  where:  {name} = {formula_text(formula)}{_at(source)}"
            )
        return unit or formula.unit or RATIO

    def _number(self, name: str, value: float) -> float:
        number = float(value)
        if not isfinite(number):
            raise SheetError(f"input {name} contains {number}; inputs are finite numbers")
        return number


def check_table(name: str, points: tuple[tuple[float, ...], tuple[float, ...]], source: str = "") -> None:
    """Refuse a table whose points do not rise or do not pair.

    Parameters
    ----------
    name, source
        For the message.
    points
        (xs, ys).
    """
    xs, ys = points
    if not xs or len(xs) != len(ys):
        raise SheetError(f"table {name} has {len(xs)} xs and {len(ys)} ys{_at(source)}")
    for before, after in pairwise(xs):
        if after <= before:
            raise SheetError(f"table {name} must rise in x, but {after:g} follows {before:g}{_at(source)}")


def _check_name(name: str, source: str) -> None:
    if not _NAME.match(name):
        raise SheetError(f"{name!r} is no row name: lower case words of a-z, 0-9 and _ joined by dots{_at(source)}")


def _at(source: str) -> str:
    return f"\n  where:  {source}" if source else ""
