"""Which structure is best: terms that may vary, one aim, limits that must hold.

    levers     what may vary: a cell of the sheet between two bounds, or values for which the deal is built again
    aim        the measure to maximise or minimise
    limits     measures, or figures handed in from outside, that must stay on one side of a bound

:func:`solve_structure` enumerates the stepped levers and searches the others with exact or differenced slopes;
:func:`shadow_prices` says what each binding limit costs, :func:`frontier` what one aim costs in terms of another, and
:func:`conflict` which limits cannot hold together.
"""

from ringfence.solve.structure.conflict import Conflict, conflict
from ringfence.solve.structure.frontier import FrontierPoint, frontier
from ringfence.solve.structure.kinks import Kink, find_kinks
from ringfence.solve.structure.prices import Price, shadow_prices
from ringfence.solve.structure.problem import Aim, Built, Lever, Limit, Problem
from ringfence.solve.structure.slopes import Derivatives, exact
from ringfence.solve.structure.structures import Candidate, Structure, solve_structure

__all__ = [
    "Aim",
    "Built",
    "Candidate",
    "Conflict",
    "Derivatives",
    "FrontierPoint",
    "Kink",
    "Lever",
    "Limit",
    "Price",
    "Problem",
    "Structure",
    "conflict",
    "exact",
    "find_kinks",
    "frontier",
    "shadow_prices",
    "solve_structure",
]
