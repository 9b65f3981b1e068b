"""NREL SAM's figures and ringfence's, side by side: what the tests of this folder compare.

``mapping.yaml`` says which row stands for which line of SAM. An amount agrees within half a cent, a ratio within 1e-9,
an IRR within 1e-4 percentage points, energy within 1e-3 kWh.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

import ringfence as rf

HERE = Path(__file__).parent / "sam"
EXAMPLES = Path(__file__).parents[2] / "examples" / "sam"
CENT = 0.005
CLOSE = {
    "cf_pretax_dscr": 1e-9,
    "min_dscr": 1e-9,
    "debt_fraction": 1e-9,
    "project_return_aftertax_irr": 1e-4,
    "ppa": 1e-12,
}


@cache
def mapping() -> dict[str, Any]:
    """The committed mapping file."""
    return YAML(typ="safe").load((HERE / "mapping.yaml").read_text())


@cache
def cases(name: str) -> dict[str, Any]:
    """Cases of a data file of this folder, by name."""
    return json.loads((HERE / name).read_text())["cases"]


@cache
def run_deal(path: Path) -> rf.Result:
    """A deal, run once."""
    return rf.run(rf.read(path))


def unmapped(line: str) -> bool:
    """Whether the mapping file says why a line is left out."""
    return any(fnmatchcase(line, pattern) for pattern in mapping()["not_mapped"])


def figure(result: rf.Result, rule: Any) -> Any:
    """What ringfence says: one figure, or one per year."""
    if isinstance(rule, str):
        return _value(result, rule)
    total = sum(_value(result, n) for n in rule.get("add", ())) - sum(_value(result, n) for n in rule.get("less", ()))
    if rule.get("sum"):
        total = float(np.sum(total))
    if "times" in rule:
        total = total * _value(result, rule["times"])
    if "per" in rule:
        total = total / _value(result, rule["per"])
    return total * rule.get("scale", 1)


def _value(result: rf.Result, name: str) -> Any:
    if name in result.measures:
        return result.measures[name].value
    if name not in result.run and name in mapping()["optional"]:
        return 0.0
    return result.run[name]


def differences(case: str, data: dict[str, Any], result: rf.Result) -> list[str]:
    """Every line that differs, with case, line and year; empty if all agree."""
    rules = {**mapping()["years"], **mapping()["figures"]}
    found = []
    for line, expected in _one_tax(data["outputs"]).items():
        if (unmapped(line) and line not in rules) or line in data.get("left_out", {}):
            continue
        want = np.atleast_1d(np.asarray(expected, dtype=float))
        got = np.atleast_1d(np.asarray(figure(result, rules[line]), dtype=float))
        got = np.broadcast_to(got, want.shape) if got.shape == (1,) else got
        close = CLOSE.get(line, CENT)
        if got.shape != want.shape:
            found.append(f"{case}: {line} has {got.size} years, SAM {want.size}")
            continue
        for year in np.flatnonzero(~(np.abs(got - want) <= close)):
            found.append(f"{case}: {line}, year {year}: {got[year]:.6f}, SAM {want[year]:.6f}")
    return found


def _one_tax(outputs: dict[str, Any]) -> dict[str, Any]:
    """The outputs, with state and federal tax added up where a state taxes too."""
    if "cf_statax" not in outputs:
        return outputs
    kept = {k: v for k, v in outputs.items() if k not in mapping()["with_state_tax"]}
    return {**kept, "cf_fedtax": [a + b for a, b in zip(outputs["cf_fedtax"], outputs["cf_statax"], strict=True)]}
