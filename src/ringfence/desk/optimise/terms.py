"""Terms by the names a desk uses: what may vary, between which bounds, and how a value is written back.

A name is a path of the deal (``contracts.senior.pricing.margin``), the cell of the sheet (``senior.pricing.margin``) or
the id and the last word (``senior.margin``); ``rate`` is the rent of a lease and the margin of a loan.

    senior.margin                  half to one and a half times what is agreed, a share at most 100%
    senior.margin=200bp..450bp     these bounds
    rent.term=4y..6y step 6m       values six months apart
    rent.term=48m|60m|72m          these values
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ringfence.blocks.context import GROUPS, cell_name
from ringfence.errors import DealError, QuantityError, did_you_mean, nearest
from ringfence.terms.contract.lease import Rent, parse_rent
from ringfence.terms.deal import Deal
from ringfence.terms.findings import finding, listed
from ringfence.terms.model import Term
from ringfence.terms.pricing import Pricing, parse_pricing
from ringfence.terms.quantity import Count, Duration, Factor, Money, OpenShare, Quantity, Rate, Share, parse_rate

TermKind = Literal["rate", "share", "factor", "money", "duration", "count", "amount", "rent"]
RULE = "optimise-term: a term that may vary is a number of the deal, named once, with bounds it may take"
MAY = ("senior.margin=200bp..450bp", "rent.term=48m|60m|72m")
_ALIASES = {"rate": ("rent", "margin"), "pricing": ("margin",), "margin": ("margin",)}
_KINDS: dict[Any, TermKind] = {Rate: "rate", Share: "share", OpenShare: "share", Factor: "factor", Money: "money"}
_WHOLE: dict[Any, TermKind] = {Duration: "duration", Count: "count"}


@dataclass(frozen=True)
class Leaf:
    """One number of a deal.

    Parameters
    ----------
    path
        Where a value is written: ``contracts.senior.pricing``.
    cell
        Cell of the sheet that would hold it: ``senior.pricing.margin``.
    value
        As agreed. [base unit of the term]
    kind
        What sort of number it is.
    parse
        Reads a written value.
    write
        Writes a value so that it reads back to the same number.
    unit
        Unit it is written in, where the kind does not say.
    """

    path: str
    cell: str
    value: float
    kind: TermKind
    parse: Callable[[Any], float]
    write: Callable[[float], Any]
    unit: str = ""

    @property
    def whole(self) -> bool:
        """Whether it moves in steps: a duration or a count."""
        return self.kind in ("duration", "count")


def leaves(deal: Deal) -> list[Leaf]:
    """Return every number of a deal, in the order of its models."""
    return list(_leaves(deal, ""))


def _leaves(value: Any, path: str, quantity: Quantity | None = None, hint: Any = None) -> Iterator[Leaf]:
    if isinstance(value, Term):
        for name, field in type(value).model_fields.items():
            key = str(field.validation_alias or field.alias or name)
            below = f"{path}.{key}" if path else key
            yield from _leaves(getattr(value, name), below, *_quantity(field.annotation, field.metadata))
    elif isinstance(value, Mapping):
        for key, child in value.items():
            yield from _leaves(child, f"{path}.{key}", quantity, hint)
    elif isinstance(value, tuple | list):
        for k, child in enumerate(value):
            yield from _leaves(child, f"{path}.{k}", quantity, hint)
    elif isinstance(value, Pricing):
        yield Leaf(path, cell_name(f"{path}.margin"), value.margin, "rate", _margin(value), _pricing(value.index))
    elif isinstance(value, Rent):
        yield _rent(path, value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number(value, path, quantity)


def _number(value: float, path: str, quantity: Quantity | None) -> Iterator[Leaf]:
    if quantity is None:
        if isinstance(value, int):
            yield _leaf(path, value, "count", get_args(Count)[1])
        return
    kinds = {**_KINDS, **_WHOLE}
    kind: TermKind = next((word for term, word in kinds.items() if get_args(term)[1] == quantity), "amount")
    yield _leaf(path, value, kind, quantity)


def _leaf(path: str, value: float, kind: TermKind, quantity: Quantity) -> Leaf:
    unit = str(quantity.schema.get("x-unit", ""))

    def write(number: float) -> Any:
        return quantity.write(round(number) if kind == "count" else number)

    return Leaf(path, cell_name(path), float(value), kind, lambda text: float(quantity.parse(text)), write, unit)


def _margin(agreed: Pricing) -> Callable[[Any], float]:
    """Read a margin, or the pricing it stands in: ``300bp``, ``SOFR + 3.00%``."""

    def parse(text: Any) -> float:
        if isinstance(text, str) and text.strip().startswith(f"{agreed.index} "):
            return parse_pricing(text).margin
        return parse_rate(text)

    return parse


def _pricing(index: str | None) -> Callable[[float], str]:
    return lambda margin: str(Pricing(index, margin))


def _rent(path: str, rent: Rent) -> Leaf:
    unit = str(Rent(1.0, rent.basis)).partition(" ")[2] if rent.basis != "cost" else "%/y of cost"

    def write(amount: float) -> str:
        return f"{amount * 100!r}{unit}" if rent.basis == "cost" else f"{amount!r} {unit}"

    def parse(text: Any) -> float:
        bare = isinstance(text, str) and text.replace(".", "").replace("_", "").strip().isdigit()
        found = parse_rent(f"{text}{'' if rent.basis == 'cost' else ' '}{unit}" if bare else text)
        if found.basis != rent.basis:
            raise QuantityError(f"but the rent of the deal is in {unit}", fix=f"write it in {unit}", rule="unit")
        return found.amount

    return Leaf(path, cell_name(path), rent.amount, "rent", parse, write, unit)


def _quantity(annotation: Any, metadata: Any = ()) -> tuple[Quantity | None, Any]:
    """Return how a field's numbers are written, looking through unions, lists and mappings."""
    found = next((m for m in metadata if isinstance(m, Quantity)), None)
    if found is not None:
        return found, annotation
    if get_origin(annotation) is Annotated:
        return _quantity(get_args(annotation)[0], annotation.__metadata__)
    if get_origin(annotation) in (Union, types.UnionType, tuple, list, dict, Mapping):
        for member in get_args(annotation):
            inside, hint = _quantity(member)
            if inside is not None and inside.kind in (float, int):
                return inside, hint
    return None, annotation


# Names ---------------------------------------------------------------------------------------------


def resolve(name: str, known: list[Leaf]) -> Leaf:
    """Return the number a name means.

    Parameters
    ----------
    name
        Path, cell, or id and last word.
    known
        Every number of the deal.

    Raises
    ------
    DealError
        If nothing or more than one number has that name; names what is near and what may vary there.
    """
    exact = [leaf for leaf in known if name in (leaf.path, leaf.cell, f"{leaf.path}.margin")]
    found = exact or [leaf for leaf in known if _means(name, leaf)]
    if len(found) == 1:
        return found[0]
    if found:
        message = f"{name} may be {listed(leaf.cell for leaf in found)}."
        fix = f"write one of {listed(leaf.cell for leaf in found)}"
    else:
        message, fix = _unknown(name, known)
    raise DealError([finding(RULE, message, where=[f"--by {name}"], fix=fix)])


def _means(name: str, leaf: Leaf) -> bool:
    """Whether a short name fits: the same id, the last word, and the words between in order."""
    words, path = cell_name(name).split("."), leaf.cell.split(".")
    ids = path[: 2 if len(path) > 3 and path[0] == words[0] and path[1] == words[1 % len(words)] else 1]
    if words[: len(ids)] != ids or len(words) < 2:
        return False
    lasts = _ALIASES.get(words[-1], (words[-1],))
    if path[-1] not in lasts:
        return False
    rest = iter(path[len(ids) : -1])
    return all(word in rest for word in words[len(ids) : -1])


def _unknown(name: str, known: list[Leaf]) -> tuple[str, str]:
    here = [short_name(leaf, known) for leaf in known if leaf.cell.split(".")[0] == cell_name(name).split(".")[0]]
    every = [short_name(leaf, known) for leaf in known]
    near = nearest(name, here) or nearest(name, [*every, *(leaf.path for leaf in known)])
    message = f"{name} is no number of the deal" + did_you_mean(near)
    if here:
        return message, f"what may vary there: {listed(here, most=40)}"
    ids = dict.fromkeys(leaf.cell.split(".")[0] for leaf in known)
    return message, f"write <id>.<term>; the ids are {listed(ids, most=40)}"


def short_name(leaf: Leaf, known: list[Leaf]) -> str:
    """Return the shortest name that means one number: ``senior.margin``."""
    words = leaf.cell.split(".")
    short = f"{words[0]}.{words[-1]}"
    return short if [x for x in known if _means(short, x)] == [leaf] else leaf.cell


def group_free(path: str) -> str:
    """Return a path without its leading group, as :func:`cell_name` has it."""
    for group in GROUPS:
        path = path.removeprefix(group)
    return path


# Words ---------------------------------------------------------------------------------------------


def shown(leaf: Leaf, value: float) -> str:
    """Return a value as a term sheet writes it."""
    if leaf.kind in ("rate", "share"):
        return f"{value * 100:.2f}%"
    if leaf.kind == "money":
        return f"USD {value / 1e6:,.1f} m" if abs(value) >= 1e6 else f"USD {value:,.0f}"
    if leaf.kind == "duration":
        return f"{value / 12:g}y" if value % 12 == 0 and value else f"{value:g}m"
    if leaf.kind == "count":
        return f"{value:,.0f}"
    if leaf.kind == "rent":
        return f"{value * 100:.2f}{leaf.unit}" if leaf.unit.startswith("%") else f"{_decimals(value)} {leaf.unit}"
    if leaf.kind == "amount":
        from ringfence.units import parse_unit

        return f"{value / parse_unit(leaf.unit)[1]:,.6g} {leaf.unit}"
    return _decimals(value)


def _decimals(value: float) -> str:
    """Two to four digits after the point: ``1.60``, ``1.9573``; none of a large amount."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    text = f"{value:.4f}"
    return text[:-2] if text.endswith("00") else text.rstrip("0")


def step_of(leaf: Leaf) -> float:
    """Return the step a term is priced by: ten basis points, a point, a hundredth, else a round 1 %."""
    steps: dict[TermKind, float] = {"rate": 0.001, "share": 0.01, "factor": 0.01, "duration": 1.0, "count": 1.0}
    if leaf.kind == "rent" and "GPU-h" in leaf.unit:
        return 0.01
    if leaf.kind == "share" and leaf.value < 0.1:
        return 0.001
    return steps.get(leaf.kind) or round_number(abs(leaf.value) * 0.01)


def step_words(leaf: Leaf, step: float) -> str:
    """Return a step in words: ``10bp``, ``1 point``, ``0.01``."""
    if leaf.kind == "rate" or (leaf.kind == "share" and step < 0.01):
        return f"{step * 1e4:g}bp"
    if leaf.kind == "share":
        return f"{step * 100:g} point{'s' * (abs(step - 0.01) > 1e-12)}"
    if leaf.kind == "factor":
        return f"{step:.2f}"
    if leaf.kind == "rent" and abs(step - 0.01) < 1e-12:
        return "1 cent"
    return shown(leaf, step)


def round_number(value: float) -> float:
    """Return 1, 2 or 5 times a power of ten, the nearest not below `value`; 1 for 0."""
    from math import floor, log10

    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return float(next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= value * (1 - 1e-12)))
