"""Where every value of a deal was written.

A :class:`Source` is one place: file, line and the text as it stands there. A :class:`SourceMap`
holds the place of every path of a deal (``contracts.senior.margin``, ``assets.gpus.deliveries.0.count``).
A path that was not written (a default) falls back to the nearest written parent; one that is part of a written value
(the margin of ``SOFR + 3.00%``) is where that value is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_LONGEST = 80


@dataclass(frozen=True)
class Source:
    """One written value.

    Parameters
    ----------
    file
        File as shown to the user, or ``--set`` for a value from the command line.
    line
        Line counted from 1, or 0 where there is none.
    text
        The value as written; empty for a mapping or a list.
    via
        How it came in, for example ``scenario bb-ladder``; empty for the deal's own text.
    """

    file: str
    line: int = 0
    text: str = ""
    via: str = ""

    @property
    def place(self) -> str:
        """File and line, ``deal.yaml:41``."""
        return f"{self.file}:{self.line}" if self.line else self.file


class SourceMap(Mapping[str, Source]):
    """An unchanging map from the dotted path of a value to its :class:`Source`.

    Parameters
    ----------
    sources
        Path to source; the empty path is the document itself.

    Examples
    --------
    >>> sources = SourceMap({"": Source("deal.yaml", 1), "contracts.senior.margin": Source("deal.yaml", 41, "3%")})
    >>> sources.where("contracts.senior.margin")
    'deal.yaml:41  contracts.senior.margin = 3%'
    >>> sources.where("contracts.senior.floor")
    'deal.yaml:1  contracts.senior.floor (not written)'
    >>> sources.where("contracts.senior.margin.rate")
    'deal.yaml:41  contracts.senior.margin = 3%'
    """

    def __init__(self, sources: Mapping[str, Source] | None = None) -> None:
        """Copy the mapping."""
        self._sources = dict(sources or {})

    def __getitem__(self, path: str) -> Source:
        """Return the source of exactly `path`."""
        return self._sources[path]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the written paths in the order of the file."""
        return iter(self._sources)

    def __len__(self) -> int:
        """Count the written paths."""
        return len(self._sources)

    def __repr__(self) -> str:
        """Return a short form; the map itself is long."""
        return f"SourceMap({len(self)} values)"

    def nearest(self, path: str) -> Source | None:
        """Return the source of `path`, else of its nearest written parent, else None."""
        found = self._written(path)
        return None if found is None else self._sources[found]

    def _written(self, path: str) -> str | None:
        """Return `path` if it is written, else its nearest written parent, else None."""
        while path not in self._sources:
            if not path:
                return None
            path = path.rpartition(".")[0]
        return path

    def where(self, path: str) -> str:
        """Return the place, the path and the value as written, as findings and rows show them."""
        written = self._written(path)
        if written is None:
            return path
        source = self._sources[written]
        shown = path or "(the whole file)"
        if source.text:
            shown = f"{written} = {shorten(source.text)}"
        elif path != written:
            shown += " (not written)"
        return f"{source.place}  {shown}" + (f"  ({source.via})" if source.via else "")


def shorten(text: str, longest: int = _LONGEST) -> str:
    """Return `text` on one printable line of at most `longest` characters."""
    flat = "".join(c if c.isprintable() else _escaped(c) for c in text[: longest + 1])
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
