"""Breaking the meaning of any operator in the native tables turns a case red; the table is printed with -s."""

from dataclasses import replace

import pytest
from case import read_cases

from ringfence.run.native import flows, meaning, tables
from ringfence.run.native.lanes import Code
from ringfence.sheet.ops import OPERATORS

ONE = 1.0
total, smallest, largest = (meaning.REDUCE[name] for name in ("total", "smallest", "largest"))


def unconditional(reduction):
    """Drop the condition of a reduction."""
    return replace(reduction, step=lambda code, so_far, xs, t: reduction.step(code, so_far, xs[:1], t))


MUTATIONS = [
    (meaning.NUMBER, "add", Code.sub),
    (meaning.NUMBER, "sub", lambda code, a, b: code.sub(b, a)),
    (meaning.NUMBER, "mul", Code.add),
    (meaning.NUMBER, "div", Code.mul),
    (meaning.NUMBER, "least", Code.most),
    (meaning.NUMBER, "most", Code.least),
    (meaning.NUMBER, "floor", lambda code, x: code.intrinsic("floor", x)),
    (meaning.NUMBER, "exp", lambda code, x: code.add(x, code.const(ONE))),
    (meaning.NUMBER, "log", lambda code, x: code.sub(x, code.const(ONE))),
    (meaning.COMPARE, "less_than", lambda code, a, b: code.compare("olt", a, b)),
    (meaning.COMPARE, "at_most", lambda code, a, b: code.compare("ole", a, b)),
    (meaning.COMPARE, "equal", lambda code, a, b: code.compare("oeq", a, b)),
    (meaning.CHOOSE, "choose", lambda code, flag, yes, no: code.select(flag, no, yes)),
    (meaning.LOOKUP, "lookup", lambda code, table, x, how, ends: tables.read(code, table, x, "step", ends)),
    (meaning.LOOKUP, "lookup", lambda code, table, x, how, ends: tables.read(code, table, x, how, "hold")),
    (meaning.SHIFT, "previous", -2),
    (meaning.SHIFT, "following", 2),
    (meaning.REDUCE, "total", largest),
    (meaning.REDUCE, "smallest", largest),
    (meaning.REDUCE, "largest", smallest),
    (meaning.REDUCE, "at", replace(meaning.REDUCE["at"], step=lambda code, so_far, xs, t: xs[0])),
    (meaning.REDUCE, "count", total),
    (meaning.REDUCE, "first_when", meaning.REDUCE["count"]),
    (meaning.REDUCE, "npv", total),
    *[(meaning.REDUCE, name, unconditional(meaning.REDUCE[name])) for name in ("total", "smallest", "largest")],
    (meaning.FAULT, "div", lambda code, a, b: code.true),
    (meaning.FAULT, "log", lambda code, x: code.true),
    (meaning.FAULT, "exp", lambda code, x: code.true),
]
CASES = read_cases()


def red(backend):
    """Return the first case that fails."""
    for case in CASES:
        try:
            if case.problems(backend):
                return case.name
        except Exception as error:
            return f"{case.name} ({type(error).__name__})"
    return None


@pytest.mark.parametrize(
    ("table", "name", "broken"), MUTATIONS, ids=[f"{name}-{k}" for k, (_, name, _) in enumerate(MUTATIONS)]
)
@pytest.mark.parametrize("backend", ["native", "native-shared"])
def test_broken_operator_is_caught(backend, table, name, broken, monkeypatch):
    """With this one meaning broken, at least one case goes red."""
    monkeypatch.setitem(table, name, broken)

    caught = red(backend)

    print(f"{backend:<14} {name:<11} caught by {caught}")
    assert caught is not None


@pytest.mark.parametrize("backend", ["native", "native-shared"])
def test_broken_irr_is_caught(backend, monkeypatch):
    """Years that count twice change every rate of return."""
    weight = flows.Flow.weight
    monkeypatch.setattr(flows.Flow, "weight", lambda self, code, u, years: weight(self, code, code.add(u, u), years))

    assert red(backend) is not None


def test_every_operator_has_a_meaning_and_every_meaning_a_mutation():
    """The tables are exactly the closed list, and the list above breaks every entry."""
    tables_of = (meaning.NUMBER, meaning.COMPARE, meaning.CHOOSE, meaning.LOOKUP, meaning.SHIFT, meaning.REDUCE)
    meant = {name for table in (*tables_of, meaning.WHOLE) for name in table}
    assert meant == set(OPERATORS)
    assert {name for _, name, _ in MUTATIONS} == meant - {"irr"}
    assert {name for table, name, _ in MUTATIONS if table is meaning.FAULT} == set(meaning.FAULT)
