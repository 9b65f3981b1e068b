"""New deals: commented templates that run as they are."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from ringfence.errors import RingfenceError

KINDS = {
    "gpu-lease": "a vehicle borrows, buys GPUs and leases them out",
    "solar": "a company builds a solar plant, sells its output and sculpts its debt",
    "two-vehicles": "a GPU vehicle that also holds shares in a solar company beside a co-investor",
}
"""Templates by name, with what each is."""


def template(kind: str, name: str = "my-deal") -> str:
    """Return a commented deal that runs as it is.

    Parameters
    ----------
    kind
        One of :data:`KINDS`.
    name
        Name of the deal inside the file.

    Raises
    ------
    RingfenceError
        If there is no such kind.
    """
    if kind not in KINDS:
        raise RingfenceError(f"there is no kind {kind}; the kinds are {', '.join(KINDS)}")
    text = files("ringfence.desk").joinpath("templates", f"{kind}.yaml").read_text(encoding="utf-8")
    return text.replace("deal: my-deal\n", f"deal: {_quoted(name)}\n", 1)


def write_template(path: Path, kind: str) -> Path:
    """Write a new deal file, never over an existing one.

    Parameters
    ----------
    path
        File to write; ``.yaml`` is added where it has no ending.
    kind
        One of :data:`KINDS`.

    Raises
    ------
    RingfenceError
        If the file exists or cannot be written.
    """
    if not path.name:
        raise RingfenceError("name the file to write, for example my-deal.yaml")
    path = path if path.suffix else path.with_suffix(".yaml")
    text = template(kind, path.stem)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise RingfenceError(f"{path} exists; name another file") from None
    except OSError as error:
        raise RingfenceError(f"cannot write {path}: {error.strerror}") from None
    return path


def _quoted(name: str) -> str:
    plain = "".join(c for c in name if c.isalnum() or c in "-_ .")[:80].strip()
    return f'"{plain or "my-deal"}"' if not plain or not plain[0].isalpha() or " " in plain else plain
