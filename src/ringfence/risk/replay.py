"""One path again: its draws as inputs, so that the reference can run and explain it, and say why it has no value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ringfence.errors import RunError
from ringfence.run import native, reference

if TYPE_CHECKING:
    from ringfence.risk.job import Job


def inputs_of(job: Job, path: int) -> dict[str, Any]:
    """Return what is drawn on a path, as inputs of its sheet.

    Parameters
    ----------
    job
        What is run.
    path
        Its number, counted from 0.
    """
    names = list(job.draws)
    if not names:
        return {}
    drawn = native.compile(job.sheet, names, dict(job.draws)).run(1, seed=job.seed, reseed=job.reseed, first=path)
    return {name: float(drawn[name][0]) if drawn[name].ndim == 1 else drawn[name][0] for name in names}


def why_failed(job: Job, path: int) -> str:
    """Return why a path has no value, in the words of the reference: the row, the period and what is divided by what.

    Parameters
    ----------
    job
        What is run.
    path
        Its number.
    """
    try:
        reference.run(job.sheet, inputs_of(job, path))
    except RunError as error:
        return str(error).partition("\n")[0].rstrip(".")
    return "a row has no value"
