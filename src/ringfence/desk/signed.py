"""The signed deal, kept for the next question.

A banker changes one value and asks again: the deal as agreed need not be sized twice. The last few are kept by the very
tree they were read into, so a file that was read again is sized again.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ringfence.blocks.build import Model
    from ringfence.run.result import Run
    from ringfence.solve import SignedTerms
    from ringfence.terms.deal import Deal

KEPT = 4


@dataclass(frozen=True)
class SignedDeal:
    """A deal sized on its own terms: model, run, and the figures that are held from then on."""

    deal: Deal
    model: Model
    run: Run
    terms: SignedTerms


_signed: OrderedDict[int, tuple[object, SignedDeal]] = OrderedDict()


def signed(deal: Deal) -> SignedDeal:
    """Return the deal as agreed, sized; from memory if it was just asked for.

    Parameters
    ----------
    deal
        A deal, or a variant of it.
    """
    from ringfence.terms.read import as_agreed

    tree = deal._agreed or deal._tree
    kept = _signed.get(id(tree))
    if kept is not None and kept[0] is tree and tree is not None:
        _signed.move_to_end(id(tree))
        return kept[1]
    found = _size(as_agreed(deal))
    if tree is not None:
        _signed[id(tree)] = (tree, found)
        while len(_signed) > KEPT:
            _signed.popitem(last=False)
    return found


def _size(deal: Deal) -> SignedDeal:
    from ringfence.blocks.build import build
    from ringfence.solve import run_fresh, sign

    model = build(deal)
    run = run_fresh(model.sheet)
    return SignedDeal(deal, model, run, sign(model.sheet, model.books.signed, run))
