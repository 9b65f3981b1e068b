"""Does the contract contain a lease? Five tests, each with its evidence.

A lease if: the asset is identified (L1), the supplier cannot substitute it to its own benefit (L2), a share of capacity
is nearly all of it or physically distinct (L3), the customer gets substantially all the economic benefit (L4) and
directs the use (L5). L1, L2 and L5 are judgements: attested by a person, with what the model can compute beside them.

Source: IFRS 16.9, B9-B31; ASC 842-10-15-2 to 15-27.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ringfence.accounting.citations import cite
from ringfence.accounting.outcome import Outcome, Test, computed, judged
from ringfence.accounting.refusals import magnitudes, shares

Verdict = Literal["lease", "no lease", "open"]


@dataclass(frozen=True)
class ContractFacts:
    """What a contract says about an asset and its use.

    Parameters
    ----------
    identified
        L1: the asset is named in the contract, or only this one can fulfil it. Attested; None if nobody has.
    spare_units, leased_units
        Units the supplier could put in their place; units of the contract. [GPU]
    substitution_benefit, substitution_cost
        To the supplier, of replacing the asset during the term. [USD]
    substantive_substitution
        L2: attested; left out: presumed not substantive where evidence does not show otherwise (B19).
    capacity_share
        L3: contracted capacity / capacity of the asset. [ratio]
    distinct
        Whether the portion is physically distinct.
    output_share
        L4: output the customer gets / output within the scope of its right. [ratio]
    directs_use
        L5: the customer decides how and for what purpose. Attested; None if nobody has.
    predetermined, operates, designed
        L5 where decisions are made before: the customer then operates, or designed, the asset.
    """

    identified: bool | None = None
    spare_units: float = 0.0
    leased_units: float = 0.0
    substitution_benefit: float = 0.0
    substitution_cost: float = 0.0
    substantive_substitution: bool | None = None
    capacity_share: float = 1.0
    distinct: bool = True
    output_share: float = 1.0
    directs_use: bool | None = None
    predetermined: bool = False
    operates: bool = False
    designed: bool = False

    def __post_init__(self) -> None:
        shares("share", capacity_share=self.capacity_share, output_share=self.output_share)
        magnitudes("lease-amounts", spare_units=self.spare_units, leased_units=self.leased_units)
        magnitudes("lease-amounts", benefit=self.substitution_benefit, cost=self.substitution_cost)


@dataclass(frozen=True)
class Identification:
    """Whether a contract contains a lease.

    Attributes
    ----------
    tests
        L1 to L5; a pass speaks for a lease, and L2 passes where substitution is *not* substantive.
    verdict
        ``open`` while a judgement that decides is not attested; it is then measured as a lease.
    sentence
        The verdict in words.
    """

    tests: tuple[Test, ...]
    verdict: Verdict
    sentence: str

    @property
    def is_lease(self) -> bool:
        """Whether to account for a lease: an unattested judgement never keeps one off the books."""
        return self.verdict != "no lease"


def identify(facts: ContractFacts, *, substantially_all: float = 0.90) -> Identification:
    """Test whether a contract contains a lease.

    Parameters
    ----------
    facts
        Of the contract.
    substantially_all
        Mark for L3 and L4; practice, not in the standards. [ratio]

    Returns
    -------
    Identification
        Tests and verdict.
    """
    tests = (
        _identified(facts),
        _no_substitution(facts),
        _portion(facts, substantially_all),
        _benefits(facts, substantially_all),
        _directs(facts),
    )
    failed = [t for t in tests if t.outcome is Outcome.FAIL]
    open_ = [t for t in tests if t.outcome in (Outcome.NOT_ATTESTED, Outcome.CONTRADICTED)]
    if failed:
        return Identification(tests, "no lease", f"No lease: {failed[0].id} is not met. {failed[0].sentence}")
    if open_:
        names = ", ".join(t.id for t in open_)
        return Identification(tests, "open", f"A lease unless {names} is attested otherwise; measured as a lease.")
    return Identification(tests, "lease", "A lease: the asset is identified, and the customer controls its use.")


def _identified(f: ContractFacts) -> Test:
    return judged(
        "L1",
        cite("IFRS 16.B13", "ASC 842-10-15-9"),
        f.identified,
        {"leased units": f.leased_units},
        {
            True: "The asset is identified: named in the contract, or the only one that can fulfil it.",
            False: "No asset is identified: units come from a pool.",
            None: "Nobody has attested whether the racks are identified, by serial number or otherwise.",
        }[f.identified],
    )


def _no_substitution(f: ContractFacts) -> Test:
    can = f.spare_units >= f.leased_units > 0
    gains = f.substitution_benefit > f.substitution_cost
    evidence = {
        "spare units of the supplier": f.spare_units,
        "leased units": f.leased_units,
        "benefit of substitution": f.substitution_benefit,
        "cost of substitution": f.substitution_cost,
    }
    words = (
        f"The supplier has {f.spare_units:,.0f} spare units for {f.leased_units:,.0f} leased and "
        f"{'gains' if gains else 'does not gain'} by substitution."
    )
    paragraph = cite("IFRS 16.B14", "IFRS 16.B19", "ASC 842-10-15-10")
    if f.substantive_substitution is None:
        presumed = (
            " Presumed not substantive." if not (can and gains) else " Whether it is substantive is not attested."
        )
        answer = None if can and gains else True
        return judged("L2", paragraph, answer, evidence, words + presumed)
    against = f.substantive_substitution and not (can and gains)
    return judged("L2", paragraph, not f.substantive_substitution, evidence, words, speaks_against=against)


def _portion(f: ContractFacts, mark: float) -> Test:
    holds = f.distinct or f.capacity_share >= mark - 1e-9
    words = (
        "The portion is physically distinct."
        if f.distinct
        else f"The portion is {f.capacity_share:.1%} of the capacity; {mark:.0%} is taken as substantially all."
    )
    return computed(
        "L3",
        cite("IFRS 16.B20", "ASC 842-10-15-16"),
        holds,
        {"share of capacity": f.capacity_share, "mark": mark},
        words,
    )


def _benefits(f: ContractFacts, mark: float) -> Test:
    return computed(
        "L4",
        cite("IFRS 16.B21", "ASC 842-10-15-17"),
        f.output_share >= mark - 1e-9,
        {"share of output": f.output_share, "mark": mark},
        f"The customer gets {f.output_share:.1%} of the output within the scope of its right.",
    )


def _directs(f: ContractFacts) -> Test:
    paragraph = cite("IFRS 16.B24", "ASC 842-10-15-20")
    if f.predetermined:
        holds = f.operates or f.designed
        words = "Use is decided beforehand; the customer " + (
            "operates or designed the asset." if holds else "neither operates nor designed the asset."
        )
        return computed("L5", paragraph, holds, {"operates": f.operates, "designed": f.designed}, words)
    return judged(
        "L5",
        paragraph,
        f.directs_use,
        {},
        {
            True: "The customer decides how and for what purpose the asset is used.",
            False: "The supplier decides how and for what purpose the asset is used.",
            None: "Nobody has attested who chooses workloads and may run, stop and move the asset.",
        }[f.directs_use],
    )
