"""Exact derivatives of a run, and the reading of the sheet that a GPU runs.

    straight = Linear(sheet, reference.run(sheet))
    worth = straight.pull(["gpu_equity.irr", "senior.dscr.min"])
    worth.by_input["rent.rent"]                 one derivative a target

The reverse pass is the answer on a processor (decision 0017).
"""

from __future__ import annotations

from ringfence.run.gradient.linear import Linear, Target, Worth
from ringfence.run.gradient.nudge import nudged

__all__ = ["Linear", "Target", "Worth", "nudged"]
