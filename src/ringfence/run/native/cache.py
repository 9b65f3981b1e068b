"""Compiled kernels kept on disk, under a name made of everything they depend on.

One file a kernel, in ``$XDG_CACHE_HOME/ringfence/native``: a mark, the checksum of the rest, the length of its
description, the description (JSON) and the object code. A file that does not check is removed and made again; a
directory that cannot be written to is done without.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from ringfence.sheet.formula import walk
from ringfence.sheet.row import Expr
from ringfence.sheet.sheet import Sheet

_MARK = b"ringfence-native-1\n"
#: Kernels kept; the ones longest unused go first.
_KEPT = 64


def directory() -> Path:
    """Return where kernels are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or ""
    return (Path(base) if base else Path.home() / ".cache") / "ringfence" / "native"


def fingerprint(sheet: Sheet, *more: object) -> str:
    """Name a kernel: the structure of its sheet, how this package writes code, and whatever else it depends on.

    Parameters
    ----------
    sheet
        Its values, labels and sources do not matter.
    more
        Outputs, path inputs, processor.
    """
    found = hashlib.sha256(_source().encode())
    found.update(repr((sheet.periods, more)).encode())
    for part in _structure(sheet):
        found.update(part.encode())
    return found.hexdigest()


def _structure(sheet: Sheet) -> Iterator[str]:
    numbers: dict[int, int] = {}
    for row in sheet:
        numbers[id(row)] = len(numbers)
        size = len(row.value[0]).bit_length() if row.kind == "table" else 0
        yield f"{row.name}|{row.kind}|{size}\n"
    holders = [(row.name, row.expr) for row in sheet]
    for measure in sheet.measures.values():
        holders += [(f"!{measure.name}", measure.expr), (f"!{measure.name}?", measure.applies)]
    for name, expr in holders:
        if expr is not None:
            yield from _nodes(expr, numbers)
            yield f"{name}={numbers[id(expr)]}\n"


def _nodes(expr: Expr, numbers: dict[int, int]) -> Iterator[str]:
    for node in walk(expr):
        if id(node) not in numbers:
            numbers[id(node)] = len(numbers)
            yield f"{node.op} {node.param!r} {[numbers[id(arg)] for arg in node.args]}\n"


@cache
def _source() -> str:
    """Checksum of this package and of the operators: a kernel written by other code is another kernel."""
    here = Path(__file__).parent
    files = [*sorted(here.glob("*.py")), here.parent / "irr.py", here.parent.parent / "sheet" / "ops.py"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def read(name: str) -> tuple[dict[str, Any], bytes] | None:
    """Return the description and the object code of a kernel, or None if there is none that checks.

    Parameters
    ----------
    name
        Its fingerprint.
    """
    path = directory() / name
    try:
        data = path.read_bytes()
    except OSError:
        return None
    found = _unpack(data)
    with suppress(OSError):
        if found is None:
            path.unlink()
        else:
            os.utime(path)
    return found


def _unpack(data: bytes) -> tuple[dict[str, Any], bytes] | None:
    head = len(_MARK) + 32
    rest = data[head:]
    if data[: len(_MARK)] != _MARK or hashlib.sha256(rest).digest() != data[len(_MARK) : head]:
        return None
    size = int.from_bytes(rest[:8], "little")
    about: dict[str, Any] = json.loads(rest[8 : 8 + size])
    return about, rest[8 + size :]


def write(name: str, about: dict[str, Any], image: bytes) -> None:
    """Keep a kernel.

    Parameters
    ----------
    name
        Its fingerprint.
    about
        Its description, plain data.
    image
        Its object code.
    """
    text = json.dumps(about).encode()
    rest = len(text).to_bytes(8, "little") + text + image
    with suppress(OSError):
        folder = directory()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(_MARK + hashlib.sha256(rest).digest() + rest)
        os.replace(file.name, folder / name)
        _tidy(folder)


def _tidy(folder: Path) -> None:
    files = sorted((path for path in folder.iterdir()), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in files[_KEPT:]:
        path.unlink(missing_ok=True)
