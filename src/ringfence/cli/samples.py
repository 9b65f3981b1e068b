"""Party cash flows, and which activity drives value, for the accounts: from a file or from random paths."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ringfence.cli.refusals import UsageError
from ringfence.errors import DealError

if TYPE_CHECKING:
    from ringfence.accounting.party_cash import Sample
    from ringfence.desk import Result
    from ringfence.desk.risk.activities import ActivityEvidence
    from ringfence.desk.table import Table


def sampled(
    result: Result, file: Path | None, paths: int | None, seed: int, *, quiet: bool
) -> tuple[Sample | None, ActivityEvidence | None, list[Table]]:
    """Return the sample that was asked for, what moves value on its paths, and the table of it; nothing where none was.

    A file says who received what and not why, so that only drawn paths tell activities apart.

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
        return None, None, []
    if file is not None and paths is not None:
        raise UsageError("--samples reads paths and --paths draws them; give one of the two")
    from ringfence.accounting.attest import scope_of
    from ringfence.accounting.cash_evidence import interest_holders
    from ringfence.accounting.party_cash import check_holders
    from ringfence.desk.risk.activities import activity_evidence
    from ringfence.desk.risk.parties import expected_loss_table, party_sample, read_sample

    vehicle = scope_of(result.deal).vehicle
    if file is not None:
        sample, failed = read_sample(file), 0
        moved = None
        if wrong := check_holders(sample, interest_holders(result, vehicle), vehicle):
            raise DealError(wrong)
    else:
        from ringfence.cli.progress import progress
        from ringfence.desk.risk import prepare

        with progress(f"drawing {paths:,} paths", quiet=quiet):
            prepared = prepare(result.deal)
            sample, failed = party_sample(prepared, vehicle, paths=paths or 0, seed=seed)
        with progress("drawing them again for each activity", quiet=quiet):
            moved = activity_evidence(prepared, vehicle, paths=paths or 0, seed=seed)
    return sample, moved, [expected_loss_table(sample, vehicle, left_out=failed, seed=seed)]
