"""The reference pages, made from the program itself: commands, rows and measures."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any

from tests.docs.pages import ROOT, command

from ringfence.desk.memo import KEYS

FOLDER = ROOT / "docs/reference"
COMMANDS = (
    "run",
    "check",
    "rows",
    "explain",
    "compare",
    "scenarios",
    "accounting",
    "optimise",
    "risk",
    "calibrate",
    "sensitivities",
    "headline",
    "journal",
    "workbook",
    "read-workbook",
    "report",
    "new",
    "schema",
    "version",
)
DEALS = (*sorted((ROOT / "src/ringfence/desk/templates").glob("*.yaml")), ROOT / "examples/softbank-10bn/deal.yaml")
_JSON = """\
## What --json prints

One object, whatever happens:

| key | holds |
|---|---|
| `deal` | `name`, `title`, `currency`, `scenario`, `signed` (whether it ran on a schedule signed under other terms) |
| `engine` | `name`, `version` |
| `measures` | by name: `value` in base units, `unit`; where there is no one value `value` is null and `status` is \
`n/a`, `no_root` or `several`, with a `reason` and, for several, the `roots` |
| `checks` | `name`, `ok`, `worst` (residual), `label` |
| `alerts` | `name`, `label`, `count` of periods, `first` period |
| `findings` | `level` (error, warning, alert, note), `rule`, `message`, `where` (a list), `fix` |

A deal that is refused gives the same object: its findings, and no measures.
"""
_PARTS = """\
## Parts of the memo

`--only` takes any of {}, with commas between.
"""
_ENVIRONMENT = """\
## Environment

- `NO_COLOR` switches colour off; nothing is said by colour alone. Away from a terminal everything is plain text.
- `RINGFENCE_DEBUG=1` prints where an error of ringfence itself happened.
"""
_MADE = "<!-- Made by `python -m tests.docs.write`; do not edit. -->\n"


def pages() -> dict[Path, str]:
    """Return every reference page with its text."""
    return {FOLDER / "commands.md": commands(), FOLDER / "rows.md": rows()}


def commands() -> str:
    """Return what ``--help`` says, command by command."""
    parts = [_MADE, "# Commands\n", f"```text\n{command('ringfence --help')}```\n"]
    parts += [f"## ringfence {name}\n\n```text\n{command(f'ringfence {name} --help')}```\n" for name in COMMANDS]
    return "\n".join([*parts, _JSON, _PARTS.format(", ".join(f"`{key}`" for key in KEYS)), _ENVIRONMENT])


def rows() -> str:
    """Return the measures of a deal and the rows of every block."""
    head = (
        "Names are `<contract, asset or vehicle>.<item>`. Amounts are stored in base units: USD, MW, GPU, h, years and "
        "months since close; rates are fractions a year.\nA vehicle's business is `<vehicle>.<business>`."
    )
    table = [
        "| measure | unit | what it says |",
        "|---|---|---|",
        *(f"| `{n}` | {u} | {t} |" for n, u, t in measures()),
    ]
    parts = [
        _MADE,
        "# Rows and measures\n",
        f"{head}\n",
        "## Measures\n",
        "\n".join(table) + "\n",
        "## Rows, block by block\n",
    ]
    for path in sorted((ROOT / "src/ringfence/blocks").glob("*.py")):
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if re.search(r"^Rows? added|^Measures added", text, re.MULTILINE):
            parts.append(f"### {path.stem}\n\n```text\n{_plain(text)}\n```\n")
    return "\n".join(parts)


def _plain(text: str) -> str:
    return re.sub(r":func:`(\w+)`", r"\1", inspect.cleandoc(text)).replace("``", "")


def measures() -> list[tuple[str, str, str]]:
    """Return name, unit and meaning of every measure of the templates and the example, ids replaced by their kind."""
    found: dict[str, tuple[str, str, str]] = {}
    for path in DEALS:
        for name, unit, label in _measures(path):
            found.setdefault(name, (name, unit, label))
    return sorted(found.values())


def _measures(path: Path) -> list[tuple[str, str, str]]:
    import ringfence as rf
    from ringfence.blocks.build import build

    deal = rf.read(path)
    kinds = _kinds(deal)
    return [
        (_general(m.name, kinds), str(m.unit), _worded(m.label, kinds)) for m in build(deal).sheet.measures.values()
    ]


def _kinds(deal: Any) -> dict[str, str]:
    kinds = {x: f"<{c.type}>" for x, c in deal.contracts.items()}
    kinds |= {x: f"<{a.type}>" for x, a in deal.assets.items()}
    kinds |= dict.fromkeys(deal.vehicles, "<vehicle>")
    kinds |= {b: "<business>" for vehicle in deal.vehicles.values() for b in vehicle.books if b}
    kinds |= {c: "<curve>" for a in deal.assets.values() if a.type == "gpu_fleet" for c in a.resale}
    return kinds


def _general(text: str, kinds: dict[str, str]) -> str:
    return re.sub(r"[a-z][a-z0-9_]*", lambda match: kinds.get(match[0], match[0]), text)


def _worded(label: str, kinds: dict[str, str]) -> str:
    """Return a label without the name of a curve."""
    return re.sub(r"[a-z][a-z0-9_]*", lambda m: "the curve" if kinds.get(m[0]) == "<curve>" else m[0], label)
