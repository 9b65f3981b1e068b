"""The judgements a deal's accounting asks for, each as a question with a yes or a no.

Every question names the answer that *helps* (less debt on the sponsor's books), because an open question is counted as
the other one. Which of them a deal needs is :func:`needed` in ``attest.py``. Adding one is one entry here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Topic = Literal["consolidation", "lease", "sale", "measurement"]


@dataclass(frozen=True)
class Question:
    """A judgement to attest.

    Parameters
    ----------
    id
        As written under ``attestations:``.
    topic
        What it decides.
    text
        The question; ``{sponsor}``, ``{vehicle}`` and ``{asset}`` are filled in for a deal.
    helps
        The answer that leaves less debt on the sponsor's books; for a measurement, more income today.
    paragraphs
        Where the standards ask it.
    leans_on
        Paths of the deal it usually leans on; ``{lease}`` is filled in.
    """

    id: str
    topic: Topic
    text: str
    helps: Literal["yes", "no"]
    paragraphs: tuple[str, ...]
    leans_on: tuple[str, ...] = ()


_LEASE_TERMS = ("contracts.{lease}.term", "contracts.{lease}.renewal", "contracts.{lease}.purchase_option")

QUESTIONS: dict[str, Question] = {
    q.id: q
    for q in (
        Question(
            "A1",
            "consolidation",
            "Does {sponsor} alone, by right or in practice, appoint or remove the manager or the board of {vehicle}?",
            "no",
            ("IFRS 10.B15", "IFRS 10.B18", "ASC 810-10-25-38A"),
        ),
        Question(
            "A2",
            "consolidation",
            "Does {sponsor} decide to whom, when and how {asset} is remarketed at the end of its lease?",
            "no",
            ("IFRS 10.B11", "IFRS 10.B13", "ASC 810-10-25-38B"),
            _LEASE_TERMS,
        ),
        Question(
            "A3",
            "consolidation",
            "Does {sponsor}, by operating {asset}, decide returns of {vehicle} beyond its own right of use?",
            "no",
            ("IFRS 10.B11", "IFRS 10.B52", "ASC 810-10-25-38B"),
            ("contracts.{lease}.net",),
        ),
        Question(
            "A4",
            "consolidation",
            "May one party outside the group of {sponsor} replace the manager and the operator of {vehicle} alone and"
            " without cause?",
            "yes",
            ("IFRS 10.B65", "ASC 810-10-25-38C"),
        ),
        Question(
            "A5",
            "consolidation",
            "Does {sponsor} hold a call, or {vehicle} a put on {sponsor}, other than at fair value?",
            "no",
            ("IFRS 10.B52", "ASC 810-10-55-39"),
            ("contracts.{lease}.purchase_option",),
        ),
        Question(
            "A6",
            "consolidation",
            "Is {sponsor} committed, explicitly or implicitly, to support {vehicle} or to its operating as designed?",
            "no",
            ("IFRS 10.B54", "ASC 810-10-25-49"),
            ("contracts.{lease}.residual_value_guarantee",),
        ),
        Question(
            "A7",
            "consolidation",
            "Did {sponsor} take a significant part in the design of {vehicle}?",
            "no",
            ("IFRS 10.B51", "ASC 810-10-25-38F", "ASC 810-10-15-17(d)"),
        ),
        Question(
            "A8",
            "consolidation",
            "Is any other holder of an interest in {vehicle} a related party or de facto agent of {sponsor}?",
            "no",
            ("IFRS 10.B73-B75", "ASC 810-10-25-43"),
        ),
        Question(
            "A9",
            "consolidation",
            "Could {vehicle} in practice lease {asset} to another lessee, with its site, power and network?",
            "yes",
            ("IFRS 10.B8", "IFRS 10.B51", "ASC 810-10-25-38F"),
        ),
        Question(
            "A10",
            "consolidation",
            "Does {sponsor} decide the refinancing and the level of debt of {vehicle}?",
            "no",
            ("IFRS 10.B11", "ASC 810-10-25-38B"),
        ),
        Question(
            "A11",
            "consolidation",
            "Is every fee that a decision maker of {vehicle} earns commensurate and on market terms?",
            "yes",
            ("IFRS 10.B69", "ASC 810-10-55-37"),
        ),
        Question(
            "A12",
            "consolidation",
            "Are the businesses of {vehicle} ring-fenced in substance, each paying its own creditors and holders only?",
            "yes",
            ("IFRS 10.B77", "ASC 810-10-25-57"),
        ),
        Question(
            "A13",
            "consolidation",
            "Do the equity holders of {vehicle}, as a group and by their equity, direct what matters most to it?",
            "yes",
            ("ASC 810-10-15-14(b)(1)",),
        ),
        Question(
            "A14",
            "consolidation",
            "Has every investor in {vehicle}, {sponsor} among them, votes in proportion to its losses and returns?",
            "yes",
            ("ASC 810-10-15-14(c)",),
        ),
        Question(
            "A15",
            "consolidation",
            "Are {sponsor} and the holders related to it under common control?",
            "no",
            ("ASC 810-10-25-44A",),
        ),
        Question(
            "L1",
            "lease",
            "Is {asset} identified, by the contract or because no other asset can fulfil it?",
            "no",
            ("IFRS 16.B13", "ASC 842-10-15-9"),
        ),
        Question(
            "L2",
            "lease",
            "Can the lessor in practice substitute {asset} throughout the term, and does it gain by doing so?",
            "yes",
            ("IFRS 16.B14-B19", "ASC 842-10-15-10"),
        ),
        Question(
            "L5",
            "lease",
            "Does {sponsor} decide how and for what purpose {asset} is used?",
            "no",
            ("IFRS 16.B24-B30", "ASC 842-10-15-20"),
        ),
        Question(
            "L6",
            "lease",
            "Is any renewal of the lease reasonably certain?",
            "no",
            ("IFRS 16.18-19", "IFRS 16.B37", "ASC 842-10-30-1"),
            ("contracts.{lease}.term", "contracts.{lease}.renewal"),
        ),
        Question(
            "L7",
            "lease",
            "Is the purchase option reasonably certain to be used?",
            "no",
            ("IFRS 16.27(d)", "ASC 842-10-25-2(b)"),
            ("contracts.{lease}.purchase_option",),
        ),
        Question(
            "L8",
            "lease",
            "Is {asset} so specialised that only {sponsor} can use it without major modification?",
            "no",
            ("IFRS 16.63(e)", "ASC 842-10-25-2(e)"),
        ),
        Question(
            "L9",
            "lease",
            "Is a payment under the residual value guarantee of {sponsor} expected, or probable of being owed?",
            "no",
            ("IFRS 16.27(c)", "ASC 842-10-30-5(f)"),
            ("contracts.{lease}.residual_value_guarantee", "contracts.{lease}.term"),
        ),
        Question(
            "L10",
            "lease",
            "Is it reasonably certain that {sponsor} does not use its right to end the lease early?",
            "no",
            ("IFRS 16.18(b)", "IFRS 16.B37", "ASC 842-10-30-1"),
            ("contracts.{lease}.term", "contracts.{lease}.termination"),
        ),
        Question(
            "S1",
            "sale",
            "Did {sponsor} control {asset} before {vehicle} did: title, deposits or orders in its name, price risk?",
            "no",
            ("IFRS 16.B43-B47", "ASC 842-40-55-1"),
        ),
        Question(
            "S2",
            "sale",
            "Is {sponsor} legally released from every debt it moved to {vehicle}, or has it moved none?",
            "yes",
            ("IFRS 9.3.3.1", "ASC 405-20-40-1"),
        ),
        Question(
            "M1",
            "measurement",
            "Does {asset} of {vehicle} necessarily take a substantial period of time to get ready for its use?",
            "yes",
            ("IAS 23.5", "ASC 835-20-15"),
        ),
    )
}
