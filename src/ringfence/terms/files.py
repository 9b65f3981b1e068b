"""Deal files, and the files they extend.

``extends: ../base/deal.yaml`` reads another file first; this one is merged on top (``merge.py``). It must be
a ``.yaml`` or ``.yml`` file in the folder of the deal that was opened, in a folder beside it or below (links
are followed before that is checked), so a deal from a stranger cannot read the rest of the disk. A
chain has at most 8 files.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ringfence.errors import DealError, Finding
from ringfence.terms.findings import finding
from ringfence.terms.merge import merge
from ringfence.terms.node import Node, read_nodes
from ringfence.terms.source import shorten

MAX_BYTES = 2_000_000
MAX_EXTENDS = 8
SUFFIXES = (".yaml", ".yml")


def read_layers(path: Path) -> Node:
    """Read a deal file and everything it extends, merged.

    Parameters
    ----------
    path
        The deal file.

    Returns
    -------
    Node
        One mapping, without ``extends``.

    Raises
    ------
    DealError
        Where a file cannot be read or the chain is refused.
    """
    return _layer(path, opened=path, chain=())


def _layer(path: Path, *, opened: Path, chain: tuple[Path, ...], named: str = "") -> Node:
    """Read one file and what it extends; `named` is the line that asked for it."""
    node = read_file(path, shown=_shown(path, opened), named=named)
    base = node.value.pop("extends", None)
    if base is None or base.value is None:
        return node
    chain = (*chain, _real(path))
    below = _layer(_base(base, path, opened, chain), opened=opened, chain=chain, named=_extends_line(base))
    return merge(below, node)


def _base(base: Node, path: Path, opened: Path, chain: tuple[Path, ...]) -> Path:
    """Return the file a deal extends, once it is allowed."""
    text = base.value
    if not isinstance(text, str) or not text or not text.isprintable() or Path(text).is_absolute() or len(text) > 500:
        raise DealError([_refused_base(base, "is not a relative path of a .yaml file")])
    target = _real(path.parent / text)
    if target.suffix not in SUFFIXES or not target.is_relative_to(_tree(opened)):
        raise DealError([_refused_base(base, f"lies outside {_tree(opened)}, or is not a .yaml file")])
    if target in chain:
        loop = " -> ".join(p.name for p in (*chain[chain.index(target) :], target))
        raise DealError([_refused_base(base, f"makes the files extend each other ({loop})")])
    if len(chain) >= MAX_EXTENDS:
        raise DealError([_refused_base(base, f"is more than {MAX_EXTENDS} files deep")])
    return target


def _refused_base(base: Node, problem: str) -> Finding:
    message = f"extends {shorten(str(base.value), 60)} {problem}."
    return finding(
        "extends", message, where=[_extends_line(base)], fix="name a .yaml file beside this one, or leave extends: out"
    )


def _extends_line(base: Node) -> str:
    return f"{base.source.place}  extends = {shorten(base.source.text)}"


def _tree(opened: Path) -> Path:
    """Return the folder that extended files must lie in: the parent of the deal's folder, unless that is the root."""
    folder = _real(opened).parent
    return folder if folder.parent == folder.parent.parent else folder.parent


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return Path(os.path.abspath(path))


def _shown(path: Path, opened: Path) -> str:
    return path.name if path == opened else os.path.relpath(_real(path), _real(opened).parent)


def read_file(path: Path, *, shown: str, named: str = "") -> Node:
    """Read one file as a mapping of nodes.

    Parameters
    ----------
    path
        The file.
    shown
        Its name in findings.
    named
        Line of the file that asked for it, if any.

    Returns
    -------
    Node
        The mapping, unmerged.
    """
    return read_mapping(_bytes(path, shown, named), shown)


def read_mapping(data: bytes, shown: str) -> Node:
    """Read the bytes of a deal file as a mapping of nodes; see :func:`read_file`."""
    node = read_nodes(decode(data, shown), shown)
    if not node.is_mapping:
        kind = "empty" if node.value is None else "a list" if isinstance(node.value, list) else "a single value"
        fix = "write keys and values, for example deal: my-deal (ringfence new scaffolds one)"
        raise DealError([finding("document", f"{shown} is {kind}.", where=[f"{shown}:1"], fix=fix)])
    return node


def _bytes(path: Path, shown: str, named: str) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            problem = "is a folder" if stat.S_ISDIR(status.st_mode) else "is not an ordinary file"
        elif status.st_size > MAX_BYTES:
            problem = f"has {status.st_size:_} bytes, and at most {MAX_BYTES:_} are read"
        else:
            with path.open("rb") as file:
                return file.read(MAX_BYTES)
    except FileNotFoundError:
        problem = "does not exist"
    except (OSError, ValueError) as error:
        problem = f"cannot be read ({shorten(getattr(error, 'strerror', None) or 'bad name', 60)})"
    shown = shorten(shown) or str(path)
    raise DealError([finding("file", f"{shown} {problem}.", where=[named or shown], fix="check the path and the file")])


def decode(data: bytes, shown: str) -> str:
    """Return UTF-8 text, a byte order mark taken off; anything else is refused with its line."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DealError([_encoding(shown, 1, "is UTF-16")])
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DealError(
            [_encoding(shown, line, f"has the byte 0x{data[error.start]:02x}, which is not UTF-8")]
        ) from None
    for position, character in enumerate(text):
        if not (character.isprintable() or character in "\t\n\r\x85" or ord(character) > 159):
            line = text.count("\n", 0, position) + 1
            raise DealError([_encoding(shown, line, f"has the control character 0x{ord(character):02x}")])
    return text


def _encoding(shown: str, line: int, problem: str) -> Finding:
    place = f"{shown}:{line}"
    return finding("encoding", f"{place} {problem}.", where=[place], fix="save the file as UTF-8 text")
