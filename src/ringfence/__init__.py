"""ringfence: the desk on which an AI-infrastructure vehicle is structured, tested and explained.

import ringfence as rf

deal = rf.read("examples/softbank-10bn/deal.yaml")
result = rf.run(deal)
result.measures["senior.dscr.min"]
result.rows("senior.*")
rf.explain(result, "senior.dscr", "2027-06")
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ringfence.desk import Alert, Check, Result, Table, agreed, explain, read, run
    from ringfence.desk.accounting import accounting_page
    from ringfence.desk.compare import Comparison, compare
    from ringfence.desk.optimise import Answer, optimise
    from ringfence.desk.report import Report, make_report, write_html, write_pdf
    from ringfence.desk.risk import RiskResult, run_risk
    from ringfence.desk.sensitivities import Sensitivities, sensitivities
    from ringfence.errors import DealError, Finding, RingfenceError

__version__ = "0.1.0"

_FROM = {
    "ringfence.desk": ("Alert", "Check", "Result", "Table", "agreed", "explain", "read", "run"),
    "ringfence.desk.accounting": ("accounting_page",),
    "ringfence.desk.compare": ("Comparison", "compare"),
    "ringfence.desk.optimise": ("Answer", "optimise"),
    "ringfence.desk.report": ("Report", "make_report", "write_html", "write_pdf"),
    "ringfence.desk.risk": ("RiskResult", "run_risk"),
    "ringfence.desk.sensitivities": ("Sensitivities", "sensitivities"),
    "ringfence.errors": ("DealError", "Finding", "RingfenceError"),
}

__all__ = [
    "Alert",
    "Answer",
    "Check",
    "Comparison",
    "DealError",
    "Finding",
    "Report",
    "Result",
    "RingfenceError",
    "RiskResult",
    "Sensitivities",
    "Table",
    "accounting_page",
    "agreed",
    "compare",
    "explain",
    "make_report",
    "optimise",
    "read",
    "run",
    "run_risk",
    "sensitivities",
    "write_html",
    "write_pdf",
]


def __getattr__(name: str) -> Any:
    """Import a public name the first time it is asked for, so that ``import ringfence`` stays fast."""
    from importlib import import_module

    for module, names in _FROM.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module 'ringfence' has no attribute {name!r}")


class _Package(ModuleType):
    """Keeps ``ringfence.run`` the function: importing the package of engines of that name would hide it."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name == "run" and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
