"""Party cash flows for the accounts: from a file, or from random paths of the deal itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ringfence.cli.refusals import UsageError
from ringfence.errors import DealError

if TYPE_CHECKING:
    from ringfence.accounting.party_cash import Sample
    from ringfence.desk import Result
    from ringfence.desk.table import Table


def sampled(
    result: Result, file: Path | None, paths: int | None, seed: int, *, quiet: bool
) -> tuple[Sample | None, list[Table]]:
    """Return the sample that was asked for, with the table of what it says; nothing where none was.

    Parameters
    ----------
    result
        The deal, run.
    file, paths, seed
        Where the sample comes from: a file, or so many random paths.
    quiet
        Show no progress.
    """
    if file is None and paths is None:
        return None, []
    if file is not None and paths is not None:
        raise UsageError("--samples reads paths and --paths draws them; give one of the two")
    from ringfence.accounting.attest import scope_of
    from ringfence.accounting.cash_evidence import interest_holders
    from ringfence.accounting.party_cash import check_holders
    from ringfence.desk.risk.parties import expected_loss_table, party_sample, read_sample

    vehicle = scope_of(result.deal).vehicle
    if file is not None:
        sample, failed = read_sample(file), 0
        if wrong := check_holders(sample, interest_holders(result, vehicle), vehicle):
            raise DealError(wrong)
    else:
        from ringfence.cli.progress import progress
        from ringfence.desk.risk import prepare

        with progress(f"drawing {paths:,} paths", quiet=quiet):
            sample, failed = party_sample(prepare(result.deal), vehicle, paths=paths or 0, seed=seed)
    return sample, [expected_loss_table(sample, vehicle, left_out=failed, seed=seed)]
