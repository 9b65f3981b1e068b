"""Random paths for the accounts: what each party receives from a vehicle, path by path, instead of named scenarios.

The sample is that of ``accounting``: present values at the risk-free rate, all holders of interests in the vehicle, a
column each. It can be kept in a file and given to ``ringfence accounting --samples``; a file from elsewhere has the
same form, a header of parties and a line for each path, with a column ``probability`` if paths are not alike.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ringfence.accounting.cash_evidence import equity_shares, party_flows, risk_free_rate
from ringfence.accounting.expected_losses import allocate, standard_errors
from ringfence.accounting.party_cash import SAMPLE_RULE, Sample, make_sample
from ringfence.desk.table import Cell, Figure, Table
from ringfence.errors import DealError, RingfenceError
from ringfence.risk.files import read_table, whole, write_columns
from ringfence.risk.runner import Tell, run_blocks
from ringfence.sheet import npv, sum_of
from ringfence.terms.findings import finding
from ringfence.units import PER_YEAR, USD

if TYPE_CHECKING:
    from ringfence.desk.risk.run import Prepared
    from ringfence.risk.backends import Backend

PROBABILITY = "probability"
#: Most paths whose shares of expected losses are resampled for a standard error.
_RESAMPLED = 20_000


def party_sample(
    prepared: Prepared,
    vehicle: str,
    *,
    paths: int,
    seed: int = 0,
    backend: Backend | None = None,
    rate: float | None = None,
    tell: Tell | None = None,
) -> tuple[Sample, int]:
    """Run a deal on random paths and return what each interest holder of a vehicle receives.

    Parameters
    ----------
    prepared
        The deal.
    vehicle
        The vehicle.
    paths, seed
        How many, and which.
    backend
        Where; threads of this process if left out.
    rate
        Risk-free, effective; the level at close of the vehicle's index if left out. [1/year]
    tell
        Called with paths done and in all.

    Returns
    -------
    Sample, int
        The paths that have a value, and how many have none.
    """
    free = risk_free_rate(prepared.deal, vehicle) if rate is None else rate
    names = _add_parties(prepared, vehicle, free)
    job = prepared.job(paths, seed=seed, outputs=list(names.values()))
    blocks = list(run_blocks(job, backend, tell=tell))
    cash = np.concatenate([np.column_stack([b.values[n] for n in names.values()])[~b.failed] for b in blocks])
    return make_sample(list(names), cash), paths - len(cash)


def _add_parties(prepared: Prepared, vehicle: str, rate: float) -> dict[str, str]:
    """Add what each party receives at present value as a measure; return party -> measure."""
    sheet, model = prepared.model.sheet, prepared.model.model
    name = f"risk.{vehicle}.risk_free"
    if name in sheet:
        return {m.removeprefix(f"risk.{vehicle}.party."): m for m in sheet.measures if f".{vehicle}.party." in m}
    free = sheet.scalar(name, rate, unit=PER_YEAR, label="risk-free rate of the sample")
    last = sheet.series(f"risk.{vehicle}.last", [0.0] * (sheet.periods - 1) + [1.0], label="1 in the last period")
    flows: dict[str, list[Any]] = {}
    for holder, signed, row in party_flows(model, prepared.deal, vehicle):
        flows.setdefault(holder, []).append(sheet[row] if signed > 0 else -sheet[row])
    left = sum_of([sheet[f"{s.key}.cash.closing"] for s in model.books.of(vehicle)])
    for holder, share in equity_shares(_Signed(prepared), vehicle).items():
        flows.setdefault(holder, []).append(left * last * share)
    found = {}
    for holder, parts in flows.items():
        found[holder] = measure = f"risk.{vehicle}.party.{holder}"
        net = sheet.row(f"{measure}.cash", sum_of(parts), unit=USD, label=f"{vehicle} to {holder}, net")
        sheet.measure(measure, npv(net, free, sheet["period.time"]), unit=USD, label=f"worth of {vehicle} to {holder}")
    return found


class _Signed:
    """The run of the deal as signed, as the accounts read a run."""

    def __init__(self, prepared: Prepared) -> None:
        self.deal = prepared.deal
        self.model = prepared.model.model
        self.run = prepared.signed
        self.measures = prepared.signed.measures


def write_sample(sample: Sample, path: Path) -> Path:
    """Write a sample as CSV, or as Parquet where the file is named so.

    Parameters
    ----------
    sample
        The sample.
    path
        File to write.
    """
    heads = [*sample.parties, PROBABILITY]
    try:
        if path.suffix == ".parquet":
            columns = [*np.asarray(sample.cash).T, np.asarray(sample.probabilities)]
            return write_columns(path, {h: np.ascontiguousarray(c) for h, c in zip(heads, columns, strict=True)})
        with whole(path) as part, part.open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(heads)
            for row, chance in zip(sample.cash, sample.probabilities, strict=True):
                out.writerow([*(repr(float(v)) for v in row), repr(float(chance))])
    except OSError as error:
        raise RingfenceError(f"cannot write {path}: {error.strerror}") from None
    return path


def read_sample(path: Path) -> Sample:
    """Read a sample of party cash flows.

    Parameters
    ----------
    path
        CSV or Parquet: a column for each party [USD], and ``probability`` where paths are not alike.

    Raises
    ------
    DealError
        If it cannot be read, or is no sample.
    """
    heads, cells = _parquet(path) if path.suffix == ".parquet" else _csv(path)
    if PROBABILITY not in heads:
        return make_sample(heads, cells)
    k = heads.index(PROBABILITY)
    return make_sample([h for h in heads if h != PROBABILITY], np.delete(cells, k, axis=1), cells[:, k])


def _csv(path: Path) -> tuple[list[str], Any]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            lines = [line for line in csv.reader(file) if line]
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, getattr(error, "strerror", None) or "it is no UTF-8 text") from None
    if len(lines) < 2:
        raise _unreadable(path, f"it has {len(lines)} lines; a header and one line for each path are needed")
    numbers = []
    for n, line in enumerate(lines[1:], 2):
        if len(line) != len(lines[0]):
            raise _unreadable(path, f"line {n} has {len(line)} cells under {len(lines[0])} heads")
        numbers.append([_number(path, n, word) for word in line])
    return [head.strip() for head in lines[0]], np.array(numbers)


def _number(path: Path, line: int, word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise _unreadable(path, f"line {line} holds {word!r}, which is no number") from None


def _parquet(path: Path) -> tuple[list[str], Any]:
    try:
        columns = read_table(path)
    except OSError as error:
        raise _unreadable(path, str(error)) from None
    return list(columns), np.column_stack([np.asarray(c, dtype=float) for c in columns.values()])


def _unreadable(path: Path, why: str) -> DealError:
    return DealError(
        [finding(SAMPLE_RULE, f"{path} is no sample: {why}.", fix="write one column for each party, in USD")]
    )


def expected_loss_table(sample: Sample, vehicle: str, *, left_out: int = 0, seed: int = 0) -> Table:
    """Return shares of expected losses and residual returns by party, with standard errors.

    Parameters
    ----------
    sample
        Party cash flows.
    vehicle
        Whose.
    left_out
        Paths without a value.
    seed
        Of the resampling.
    """
    found = allocate(sample)
    few = _first(sample, _RESAMPLED)
    scale = (len(few.cash) / len(sample.cash)) ** 0.5
    errors = standard_errors(few, draws=100, seed=seed)
    rows: list[tuple[Cell, ...]] = []
    for party in sample.parties:
        share = f"{found.loss_shares[party] * 100:.2f}% ±{errors[party] * scale * 100:.2f}"
        mean = float(sample.probabilities @ sample.column(party))
        gains = Figure(found.return_shares[party], "percent")
        rows.append((party, Figure(mean), Figure(found.losses[party]), share, gains))
    rows.append((vehicle, Figure(found.entity.expected), Figure(found.entity.losses), "100.00%", None))
    heads = ("party", "expected", "expected losses", "share", "share of returns")
    notes = [f"From {len(sample.cash):,} paths, top down; standard errors by resampling."]
    notes += [f"{left_out:,} paths without a value are left out."] if left_out else []
    title = f"Who absorbs the expected losses of {vehicle}? Present values, USD m"
    return Table("expected_losses", title, heads, tuple(rows), frozenset({len(rows) - 1}), tuple(notes))


def _first(sample: Sample, count: int) -> Sample:
    if len(sample.cash) <= count:
        return sample
    weights = sample.probabilities[:count]
    return Sample(sample.parties, sample.cash[:count], weights / weights.sum())


def vehicle_of(prepared: Prepared, named: str | None = None) -> str:
    """Return the vehicle a sample is of: the one named, else the lessor of the sponsor's lease, else the first.

    Parameters
    ----------
    prepared
        The deal.
    named
        As asked for.
    """
    deal, vehicles = prepared.deal, list(prepared.deal.vehicles)
    if named:
        if named not in vehicles:
            raise DealError(
                [finding("reference", f"There is no vehicle {named}.", fix=f"one of {', '.join(vehicles)}")]
            )
        return named
    sponsor = deal.sponsor.party if deal.sponsor else None
    lessors: Sequence[str] = [c.lessor for c in deal.of_type("lease").values() if c.lessee == sponsor]
    return next(iter([*lessors, *vehicles]))
