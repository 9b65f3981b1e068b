"""The laws bite: each of a list of deliberate faults in the blocks turns a law red on some random deal.

A fault replaces one piece of the source of one function while the test runs. Where the source has changed so that the
piece is no longer there, the test says so: write the fault anew. ``-s`` prints the table.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

import pytest
from tests.laws.deals import read_random
from tests.laws.laws import breaches
from tests.laws.test_random_deals import by_design, kept_breaches, signing_breaches, stress

import ringfence as rf
from ringfence.errors import RingfenceError

SEEDS = range(1000, 1060)


@dataclass(frozen=True)
class Fault:
    """One thing done wrongly: `old` becomes `new` in a function of a block."""

    name: str
    block: str
    function: str
    old: str
    new: str
    stressed: bool = False


FAULTS = (
    Fault("interest on the closing balance", "loan", "add_account",
          "(1 - p.dates.building) * opening", '(1 - p.dates.building) * (opening + s[f"{x}.drawdown"])'),
    Fault("repayment does not reduce the balance", "loan", "add_account",
          's.ref(f"{x}.repayment", unit=USD), s.ref', "s.ref"),
    Fault("junior loans paid first", "books", "ranked", "item[1].rank)", "-item[1].rank)"),
    Fault("overdue interest waits for the next date", "silo", "_interest", "late = (1 -", "late = 0 * (1 -"),
    Fault("unpaid agency fee dropped", "silo", "_fees", "+ unpaid,", "+ 0 * unpaid,"),
    Fault("half the letter of credit fee forgotten", "reserves", "add_letter", "amount * rate * year * life",
          "0.5 * amount * rate * year * life"),
    Fault("letter of credit drawn for nothing", "waterfall", "_pay_one", "least(room, short)", "room"),
    Fault("reserve half released", "reserves", "add_reserve", "positive(dsra - target)",
          "0.5 * positive(dsra - target)"),
    Fault("drawn reserve not deducted", "reserves", "close_reserve", ", *r.drawn]", "]"),
    Fault("contributions booked twice over", "equity", "add_distributions", "paid_in.get(e_id, out)",
          's[f"{e_id}.{key}.paid_in"]'),
    Fault("distribution before the cash is there", "waterfall", "_distribute", "positive(w.left - keep",
          'positive(w.left + s[f"{key}.receipts"] - keep'),
    Fault("sweep not deducted", "waterfall", "_sweep", "return w.left - row", "return w.left"),
    Fault("rent a period late", "lease", "_add_abatement", 's.row(f"{id}.cash", due, unit=USD)',
          's.row(f"{id}.cash", previous(due, 1, first=NIL), unit=USD)'),
    Fault("debt beyond cost", "sizing", "add_size", "least(cost, *limits)", "least(limits[0], *limits)"),
    Fault("wrong limit named as binding", "sizing", "add_size", "at_most(limit, fresh)", "at_most(fresh, limit)"),
    Fault("equity called twice", "construction", "add_equity", "positive(uses - ", "positive(2 * uses - "),
    Fault("lock-up ignored", "waterfall", "_condition", '1 - s[f"{x}.lock_up.shut"]', '1 - 0 * s[f"{x}.lock_up.shut"]'),
    Fault("unpaid principal not asked for again", "loan", "_add_repayment", "plan + arrears", "plan + 0 * arrears"),
    Fault("re-sized under stress", "signing", "add_signed", "choose(s[SWITCH], frozen, fresh)",
          "choose(s[SWITCH], fresh, fresh)", stressed=True),
)  # fmt: skip


def function_of(fault: Fault) -> Any:
    """Return the function a fault changes, be it of the module or of a class in it."""
    module = import_module(f"ringfence.blocks.{fault.block}")
    if hasattr(module, fault.function):
        return getattr(module, fault.function)
    owners = (c for c in vars(module).values() if inspect.isclass(c) and fault.function in vars(c))
    return vars(next(owners))[fault.function]


@contextmanager
def faulty(fault: Fault) -> Iterator[None]:
    """Run the block with the fault in it."""
    function = function_of(fault)
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(fault.old) == 1, f"{fault.name}: {fault.old!r} is not in {fault.function}; write the fault anew"
    space = dict(function.__globals__)
    space.setdefault("previous", import_module("ringfence.sheet").previous)
    future = "from __future__ import annotations\n"
    exec(compile(future + source.replace(fault.old, fault.new), fault.name, "exec"), space)
    right, extra = function.__code__, "previous" not in function.__globals__
    function.__globals__.setdefault("previous", space["previous"])
    function.__code__ = space[fault.function].__code__
    try:
        yield
    finally:
        function.__code__ = right
        if extra:
            del function.__globals__["previous"]


@lru_cache(maxsize=256)
def sound(seed: int, stressed: bool) -> bool:
    """Whether a deal breaks no law without a fault."""
    return list((_broken_under_stress if stressed else _broken)(seed)) == []


def red(fault: Fault) -> tuple[int, str] | None:
    """Return the first deal and law that a fault breaks."""
    for seed in SEEDS:
        if not sound(seed, fault.stressed):
            continue
        with faulty(fault):
            found = list((_broken_under_stress if fault.stressed else _broken)(seed))
        if found:
            return seed, found[0]
    return None


def _broken(seed: int) -> Iterator[str]:
    try:
        result = rf.run(read_random(seed))
    except RingfenceError:
        return
    yield from breaches(result)
    yield from signing_breaches(seed, result)


def _broken_under_stress(seed: int) -> Iterator[str]:
    try:
        base = rf.run(read_random(seed))
        under = rf.run(base.deal, changes=stress(base))
    except RingfenceError:
        return
    yield from kept_breaches(seed, base, under)
    yield from (text for text in breaches(under) if not by_design(text))


FAST = 6


@pytest.mark.parametrize(
    "fault",
    [pytest.param(f, id=f.name, marks=pytest.mark.slow if n >= FAST else ()) for n, f in enumerate(FAULTS)],
)
def test_a_fault_turns_a_law_red(fault: Fault, capsys: pytest.CaptureFixture[str]) -> None:
    """With the fault, some random deal breaks a law that it keeps without it."""
    found = red(fault)
    assert found is not None, f"no law notices: {fault.name}"
    seed, text = found
    with capsys.disabled():
        print(
            f"\n{fault.name:<42} {fault.block + '.' + fault.function:<32} deal {seed}: {text.partition(':')[0]}", end=""
        )
