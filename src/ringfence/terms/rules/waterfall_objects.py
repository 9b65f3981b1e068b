"""A step of a waterfall acts on what its own business has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ringfence.terms.contract import Loan
from ringfence.terms.rules.named import Named
from ringfence.terms.rules.reach import Silo, silos
from ringfence.terms.rules.references import misnamed

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal
    from ringfence.terms.party import Step


def check_waterfall_objects(deal: Deal) -> list[Finding]:
    """Refuse steps that name what the business does not owe, hold or share out."""
    every = silos(deal)
    placed = {x for s in every for x in (*s.loans, *s.letters, *s.equity)}
    names = (n for silo in every for path, step in silo.steps for n in _names(deal, every, silo, path, step))
    wrong = [name for name in names if name.word not in name.fitting]
    return [misnamed(deal, name, "waterfall-object") for name in wrong if not _homeless(deal, placed, name.word)]


def _homeless(deal: Deal, placed: set[str], word: str) -> bool:
    """Whether a step names a contract that is in no business at all, which ``references.py`` says already."""
    contract = word.partition(".")[0]
    return contract in deal.contracts and contract not in placed


def payable(silo: Silo) -> list[str]:
    """What a step of a business may pay."""
    found = ["costs", "tax"] if silo.party.tax.status == "taxed" else ["costs"]
    found += [f"{x}.{what}" for x in silo.loans for what in ("fees", "interest", "repayment")]
    return found + [f"{x}.reimbursement" for x in silo.letters]


def cash_reserves(silo: Silo) -> list[str]:
    """Reserves of a business that hold cash."""
    return [f"{x}.dsra" for x, y in silo.loans.items() if y.reserve and y.reserve.funding != "letter_of_credit"]


def _names(deal: Deal, every: list[Silo], silo: Silo, path: str, step: Step) -> Iterator[Named]:
    rest = [s for s in every if s is not silo]
    if step.pay is not None:
        others = {x: f"due by {s.key}" for s in rest for x in payable(s)}
        others |= {"tax": f"but {silo.vehicle} is pass-through"} if step.pay == "tax" else {}
        places = {"tax": f"parties.{silo.vehicle}.tax.status"}
        yield _named(f"{path}.pay", step.pay, f"a payment of {silo.key}", payable(silo), others, places)
    if step.fund is not None:
        others = _not_cash(every) | {x: f"a reserve of {s.key}" for s in rest for x in cash_reserves(s)}
        yield _named(f"{path}.fund", step.fund, f"a cash reserve of {silo.key}", cash_reserves(silo), others)
    if step.sweep is not None:
        others = {x: f"a loan to {s.key}" for s in rest for x in s.loans}
        yield _named(f"{path}.sweep", step.sweep, f"a loan to {silo.key}", silo.loans, others, _borrowers(others))
    yield from _lists(deal, rest, silo, path, step)
    pots = [*cash_reserves(silo), *(x for x, y in silo.letters.items() if y.stands_for == "reserve")]
    others = {x: f"a letter of credit of {s.key}" for s in rest for x in s.letters}
    others |= _not_cash(every) | {x: f"a reserve of {s.key}" for s in rest for x in cash_reserves(s)}
    for k, word in enumerate(step.support):
        yield _named(f"{path}.support.{k}", word, f"a reserve or letter of credit of {silo.key}", pots, others)


def _lists(deal: Deal, rest: list[Silo], silo: Silo, path: str, step: Step) -> Iterator[Named]:
    others = {x: f"an interest in {s.key}" for s in rest for x in s.equity}
    for k, word in enumerate(step.distribute or ()):
        yield _named(f"{path}.distribute.{k}", word, f"an equity contract of {silo.key}", silo.equity, others)
    others = {x: f"a loan to {s.key}" for s in rest for x in s.loans}
    for k, word in enumerate(step.keep):
        yield _named(f"{path}.keep.{k}", word, f"a loan to {silo.key}", silo.loans, others, _borrowers(others))
    tested = [x for x, y in deal.contracts.items() if isinstance(y, Loan) and y.covenants.lock_up is not None]
    others = {x: "a loan without a lock-up level" for x, y in deal.contracts.items() if isinstance(y, Loan)}
    places = {x: f"contracts.{x}.covenants.lock_up" for x in others}
    for key in ("passed", "breached"):
        for k, word in enumerate(getattr(step.when, key, ())):
            yield _named(f"{path}.when.{key}.{k}", word, "a loan with covenants.lock_up", tested, others, places)


def _not_cash(every: list[Silo]) -> dict[str, str]:
    """Reserves that a letter of credit stands for, and what they are."""
    found = ((x, y.reserve) for s in every for x, y in s.loans.items())
    return {f"{x}.dsra": f"held as letter of credit {r.letter_of_credit}" for x, r in found if r and r.letter_of_credit}


def _borrowers(loans: Iterable[str]) -> dict[str, str]:
    return {x: f"contracts.{x}.borrower" for x in loans}


def _named(
    path: str,
    word: str,
    kind: str,
    fitting: Iterable[str],
    others: dict[str, str],
    places: dict[str, str] | None = None,
) -> Named:
    hint = f"take {path.rpartition('waterfall.')[2].split('.', 1)[1]} out of the step, or add {kind}"
    return Named(path, word, kind, tuple(fitting), others, places or {}, hint)
