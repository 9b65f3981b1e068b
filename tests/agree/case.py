"""Reads the hand-worked cases of tests/cases: a sheet in the formula language, and what must come out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import native_run
import numpy as np
from ruamel.yaml import YAML

import ringfence.sheet as words
from ringfence.run import oracle, reference
from ringfence.sheet import Sheet
from ringfence.units import RATIO, parse_unit

CASES = Path(__file__).parent.parent / "cases"
BACKENDS = {
    "reference": reference.run,
    "oracle": oracle.run,
    "native": native_run.by_path,
    "native-shared": native_run.shared,
}
_TOKEN = re.compile(r"'[a-z]+'|[0-9]+(?:\.[0-9]+)?|[a-z_][a-z0-9_]*(?:\.[a-z0-9_]+)*|.", re.S)
_WORDS = {name: getattr(words, name) for name in words.__all__}


@dataclass(frozen=True)
class Case:
    """One data file."""

    name: str
    data: dict[str, Any]

    def sheet(self) -> Sheet:
        """Build the sheet afresh."""
        sheet = Sheet(periods=self.data["periods"], name=self.name)
        for name, given in self.data["inputs"].items():
            _input(sheet, name, given)
        known = {*self.data["inputs"], *self.data["rows"]}
        for name, given in self.data["rows"].items():
            given = given if isinstance(given, dict) else {"formula": given}
            unit = self._unit(given)
            sheet.row(name, self._formula(sheet, given["formula"], known), unit=unit)
        for name, text in self.data.get("measures", {}).items():
            sheet.measure(name, self._formula(sheet, text, known))
        return sheet

    def _unit(self, given: dict[str, Any]) -> Any:
        return parse_unit(given.get("unit", "ratio"))[0]

    def _formula(self, sheet: Sheet, text: str, known: set[str]) -> Any:
        tokens = _TOKEN.findall(str(text))
        space = {**_WORDS, "_row": lambda name: self._reference(sheet, name)}
        parts = [
            f"_row({token!r})" if token in known and tokens[place + 1 : place + 2] not in (["("], ["="]) else token
            for place, token in enumerate(tokens)
        ]
        return eval("".join(parts), space)

    def _reference(self, sheet: Sheet, name: str) -> Any:
        if name in sheet:
            return sheet[name]
        given = self.data["rows"][name]
        return sheet.ref(name, unit=self._unit(given) if isinstance(given, dict) else RATIO)

    def problems(self, backend: str) -> list[str]:
        """Run the case and say what is not as expected."""
        result = BACKENDS[backend](self.sheet())
        found = [
            f"{name}: {result[name]} for {wanted}"
            for name, wanted in self.data["expected"].items()
            if np.shape(result[name]) != np.shape(wanted) or not _close(result[name], wanted)
        ]
        for name, wanted in self.data.get("expected_measures", {}).items():
            got = result.measures[name]
            right = got.status == wanted["status"] and (got.value is None) == (wanted["value"] is None)
            if not right or (got.value is not None and not _close(got.value, wanted["value"])):
                found.append(f"{name}: {got} for {dict(wanted)}")
            elif "roots" in wanted and not _close(got.roots, wanted["roots"]):
                found.append(f"{name}: roots {got.roots} for {wanted['roots']}")
        return found


def _close(got: Any, wanted: Any) -> bool:
    return bool(np.allclose(np.asarray(got), np.asarray(wanted, dtype=float), rtol=1e-12, atol=1e-12))


def _input(sheet: Sheet, name: str, given: dict[str, Any]) -> None:
    unit = parse_unit(given.get("unit", "ratio"))[0]
    if "scalar" in given:
        sheet.scalar(name, given["scalar"], unit=unit)
    elif "series" in given:
        sheet.series(name, given["series"], unit=unit)
    else:
        sheet.table(name, xs=given["table"][0], ys=given["table"][1], unit=unit)


def read_cases() -> list[Case]:
    """Read every case file."""
    return [Case(path.stem, YAML(typ="safe").load(path)) for path in sorted(CASES.glob("*.yaml"))]
