"""Print the table of a benchmark file: medians, the ratio to SAM, targets.

Usage: ``python -m benchmarks.table .benchmarks/<commit>.json``
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

YARDSTICK = "sam_single_owner"


def read_times(path: Path) -> dict[str, dict[str, Any]]:
    """Return, per specification, its median and best time [s], and what it says of itself."""
    return {
        spec["name"].removeprefix("bench_").replace("[", "_").rstrip("]"): {
            "median": spec["stats"]["median"],
            "best": spec["stats"]["min"],
            **spec["extra_info"],
        }
        for spec in json.loads(path.read_text())["benchmarks"]
    }


def table(times: dict[str, dict[str, Any]]) -> Table:
    """Return the table; a specification net of another has that one's median taken off before its target."""
    out = Table("specification", box=None, header_style="bold")
    for heading in ("median", "best", "x SAM", "net", "target", ""):
        out.add_column(heading, justify="right")
    yardstick = times.get(YARDSTICK, {}).get("median")
    for name, spec in times.items():
        floor = times.get(spec.get("net_of", ""), {}).get("median", 0.0)
        net, target = spec["median"] - floor, spec.get("target_s")
        out.add_row(
            name,
            milliseconds(spec["median"]),
            milliseconds(spec["best"]),
            f"{spec['median'] / yardstick:.1f}" if yardstick else "",
            milliseconds(net) if floor else "",
            milliseconds(target) if target else "",
            ("reached" if net < target else "missed") if target else "",
        )
    return out


def milliseconds(seconds: float) -> str:
    """Return a time as it is printed."""
    return f"{1000 * seconds:,.1f} ms"


if __name__ == "__main__":
    Console().print(table(read_times(Path(sys.argv[1]))))
