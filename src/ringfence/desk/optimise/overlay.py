"""The structure found, as a deal file that extends the one it started from.

Only what differs is written: the terms found, and whatever a scenario or a ``--set`` had changed, so that the file says
the whole of it and runs as it is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringfence.errors import RingfenceError
from ringfence.terms.deal import Deal
from ringfence.terms.node import Node, plain

if TYPE_CHECKING:
    from ringfence.desk.optimise.answer import Answer

BEST = "best"
"""Name of the scenario that holds the terms of a structure found on the signed schedule."""


def check_place(base: str, out: Path) -> None:
    """Refuse a place from which the deal cannot be extended.

    Parameters
    ----------
    base
        The deal file.
    out
        File to write.

    Raises
    ------
    RingfenceError
        With the folders in which it could stand.
    """
    folder = out.resolve().parent
    if not folder.is_dir():
        raise RingfenceError(f"there is no folder {out.parent}; make it first, or name another file with --out")
    if out.suffix not in (".yaml", ".yml"):
        raise RingfenceError(f"{out} is not a .yaml file; write --out {out.with_suffix('.yaml')}")
    if out.resolve() == Path(base).resolve():
        raise RingfenceError(f"--out {out} is the deal itself; name another file")
    tree = folder if folder.parent == folder.parent.parent else folder.parent
    if not Path(base).resolve().is_relative_to(tree):
        where = Path(base).parent / out.name
        raise RingfenceError(f"a deal extends a file of its own folder or of one beside it; write --out {where}")


def write_overlay(answer: Answer, base: str, out: Path) -> Path:
    """Write the structure found as a deal file, read it back, run it and compare.

    Parameters
    ----------
    answer
        From ``optimise``.
    base
        The deal file it started from.
    out
        File to write.

    Raises
    ------
    RingfenceError
        If the place is no good, or the file does not give the figures of the search; then it is not left behind.
    """
    from ringfence.desk.optimise.proof import check_same
    from ringfence.desk.session import read, run

    check_place(base, out)
    names = {c.leaf.path: c.words(c.leaf.value) for c in answer.choices}
    text = overlay_text(answer.deal, answer.best, base, out, names, signed=not answer.resize)
    before = out.read_bytes() if out.exists() else None
    try:
        out.write_text(text, encoding="utf-8")
        again = run(read(out) if answer.resize else read(out, scenario=BEST))
        check_same(answer.structure, again)
    except OSError as error:
        raise RingfenceError(f"{out} cannot be written: {error.strerror}") from None
    except RingfenceError:
        out.unlink()
        if before is not None:
            out.write_bytes(before)
        raise
    return out


def overlay_text(deal: Deal, changed: Deal, base: str, out: Path, words: Mapping[str, str], *, signed: bool) -> str:
    """Return the text of the overlay.

    Parameters
    ----------
    deal
        The deal as it stood, under its scenario and changes if it had some.
    changed
        The deal with the terms found.
    base
        The deal file.
    out
        The file the text is for; paths are relative to it.
    words
        Path of each term found -> what it was, for a comment.
    signed
        Whether the loans are held as signed: the terms are then a scenario.
    """
    agreed = deal._agreed or deal._tree
    assert agreed is not None and changed._tree is not None
    found = differing(agreed, changed._tree)
    lines = [f"extends: {os.path.relpath(Path(base).resolve(), out.resolve().parent)}"]
    if signed:
        words = {f"scenarios.{BEST}.{path}": was for path, was in words.items()}
        body: dict[str, Any] = {
            "scenarios": {BEST: {"description": "The structure found, on the signed schedule", **found}}
        }
    else:
        body = {"deal": f"{deal.deal}-best", **found}
    return "\n".join([*lines, *_yaml(body, 0, "", words)]) + "\n"


def differing(base: Node, over: Node) -> dict[str, Any]:
    """Return what must be laid on `base` to make it `over`: mappings, and entries of lists by their number."""
    found: dict[str, Any] = {}
    for key, child in over.value.items():
        if key not in base.value:
            found[key] = plain(child)
            continue
        change = _change(base.value[key], child)
        if change is not None:
            found[key] = change[0]
    for key in base.value:
        if key not in over.value:
            found[key] = None
    return found


def _change(base: Node, over: Node) -> tuple[Any] | None:
    """What one value must become, in a tuple; None where it stays."""
    if base.is_mapping and over.is_mapping:
        below = differing(base, over)
        return (below,) if below else None
    if isinstance(base.value, list) and isinstance(over.value, list) and len(base.value) == len(over.value):
        changes = {str(k): _change(a, b) for k, (a, b) in enumerate(zip(base.value, over.value, strict=True))}
        kept = {k: change[0] for k, change in changes.items() if change is not None}
        return (kept,) if kept else None
    return None if plain(base) == plain(over) else (plain(over),)


def _yaml(value: Mapping[str, Any], depth: int, path: str, words: Mapping[str, str]) -> list[str]:
    lines: list[str] = []
    for key, child in value.items():
        here = f"{path}.{key}" if path else key
        shown = f'"{key}"' if key.isdecimal() else key
        if isinstance(child, Mapping):
            lines += [f"{'  ' * depth}{shown}:", *_yaml(child, depth + 1, here, words)]
        else:
            comment = f"    # was {words[here]}" if here in words else ""
            lines.append(f"{'  ' * depth}{shown}: {_scalar(child)}{comment}")
    return lines


def _scalar(value: Any) -> str:
    """A value on one line; lists and awkward text as JSON, which YAML reads."""
    from json import dumps

    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str) and value and value.isprintable() and not set(value) & set(":#{}[],&*!|>'\"%@`"):
        return value
    if isinstance(value, str) and value.replace("%", "").replace("+", "").replace(".", "").replace(" ", "").isalnum():
        return value
    return dumps(value)
