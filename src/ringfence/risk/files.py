"""Files that are there whole or not at all, and tables in Parquet.

A file is written beside its place and put there when it is complete, so that a full disk or a kill leaves the old one
or none. The database reads and writes; figures are never added up by it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from ringfence.errors import MissingExtraError


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield a place beside a file; what is written there becomes the file, unless something goes wrong.

    Parameters
    ----------
    path
        The file.
    """
    if path.exists() and not path.is_file():  # a pipe or a terminal is written to as it is
        yield path
        return
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        yield part
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def write_text(path: Path, text: str) -> Path:
    """Write a text.

    Parameters
    ----------
    path
        File to write.
    text
        The text.
    """
    with whole(path) as part:
        part.write_text(text, encoding="utf-8")
    return path


def connect() -> Any:
    """Return a database in memory."""
    try:
        import duckdb
    except ImportError:
        text = "blocks are kept as Parquet by DuckDB, which is not installed: pip install 'ringfence[parquet]'"
        raise MissingExtraError(text) from None
    return duckdb.connect(config={"threads": 1})


def quoted(path: Path) -> str:
    """Return a path as it stands between quotes in SQL.

    Parameters
    ----------
    path
        The path.
    """
    return str(path).replace("'", "''")


def reason_of(error: Exception) -> tuple[int, str]:
    """Return the number the system gave an error, 0 where there is none, and what it says.

    Parameters
    ----------
    error
        The system's own, or the database's, which tells the number in words.
    """
    if isinstance(error, OSError) and error.errno:
        return error.errno, error.strerror or str(error)
    found = re.search(r'"errno":"(\d+)"', str(error))
    return (int(found[1]), os.strerror(int(found[1]))) if found else (0, str(error).partition("\n")[0])


def write_table(path: Path, heads: Sequence[str], lines: Sequence[Sequence[Any]]) -> Path:
    """Write a table of numbers and words as Parquet.

    Parameters
    ----------
    path
        File to write.
    heads
        Names of the columns.
    lines
        One for each row; None where there is nothing.
    """
    columns = {}
    for k, head in enumerate(heads):
        values = [line[k] for line in lines]
        words = any(isinstance(v, str) for v in values)
        numbers = values if words else [np.nan if v is None else v for v in values]
        columns[head] = np.array(numbers, dtype=object if words else np.float64)
    return write_columns(path, columns)


def write_columns(path: Path, columns: Mapping[str, Any]) -> Path:
    """Write columns as Parquet.

    Parameters
    ----------
    path
        File to write.
    columns
        Name -> array, all of one length.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with connect() as database:
        database.register("lines", dict(columns))
        try:
            with whole(path) as part:
                database.execute(f"copy lines to '{quoted(part)}' (format parquet)")
        except Exception as error:  # whatever the database calls it
            raise OSError(*reason_of(error), str(path)) from None
    return path


def read_table(path: Path) -> dict[str, Any]:
    """Read a Parquet file, column by column.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with connect() as database:
        try:
            found = database.execute(f"select * from read_parquet('{quoted(path)}')").fetchnumpy()
        except Exception as error:  # whatever the database calls it
            raise OSError(str(error).splitlines()[0]) from None
    return {name: np.ma.filled(column, np.nan) for name, column in found.items()}
