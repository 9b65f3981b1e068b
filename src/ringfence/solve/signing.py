"""Signed, then tested: debt is sized once on the base terms, then every other run holds the signed figures.

``sign`` runs the deal as agreed, solves what must be solved and keeps amounts and schedules. ``run_signed`` runs any
variant of the same deal on them (docs/convention.md 8).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ringfence.errors import RunError
from ringfence.run import reference
from ringfence.run.result import Run
from ringfence.sheet import Sheet
from ringfence.solve.fixed_point import solve_inputs

SWITCH = "deal.signed"


@dataclass(frozen=True)
class SignedTerms:
    """Inputs that hold the signed figures, by name; shapes as in the sheet."""

    inputs: Mapping[str, Any]


def run_fresh(sheet: Sheet, inputs: Mapping[str, Any] | None = None) -> Run:
    """Run a sheet with the debt sized on this run's own inputs."""
    given = dict(inputs or {})
    return reference.run(sheet, {**given, **solve_inputs(sheet, given)})


def sign(sheet: Sheet, frozen: Mapping[str, str], run: Run) -> SignedTerms:
    """Keep what a run sized.

    Parameters
    ----------
    sheet
        Sheet that was run.
    frozen
        Input that holds a figure once signed -> row that sized it.
    run
        The run of the deal as agreed.
    """
    held = {name: run[row] for name, row in frozen.items()}
    solved = {name: run[name] for name in sheet.solved_inputs}
    return SignedTerms({SWITCH: 1.0, **held, **solved})


def complete(terms: SignedTerms, sheet: Sheet, frozen: Mapping[str, str]) -> SignedTerms:
    """Add what only the variant signs, sized on the variant's own terms: a covenant or a loan the deal did not have.

    Parameters
    ----------
    terms
        What was signed.
    sheet, frozen
        Sheet of the variant, and what it signs.
    """
    solved = {name: name for name in sheet.solved_inputs}
    new = {name: row for name, row in {**frozen, **solved}.items() if name not in terms.inputs}
    if not new:
        return terms
    run = run_fresh(sheet)
    return SignedTerms({**terms.inputs, **{name: run[row] for name, row in new.items()}})


def run_signed(sheet: Sheet, terms: SignedTerms, inputs: Mapping[str, Any] | None = None) -> Run:
    """Run a variant of a deal on the signed terms.

    Parameters
    ----------
    sheet
        Sheet of the variant: same loans, same periods.
    terms
        What was signed.
    inputs
        Further inputs.

    Raises
    ------
    RunError
        If the variant has other loans or another grid than the deal that was signed.
    """
    strange = [name for name in terms.inputs if name not in sheet]
    if strange:
        raise RunError(f"the variant has no {strange[0]}, which the deal signed; run it with --resize")
    return reference.run(sheet, {**terms.inputs, **(inputs or {})})
