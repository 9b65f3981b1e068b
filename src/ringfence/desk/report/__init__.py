"""A report an investment committee reads: one content, printed by Typst and shown as a page of HTML.

    found = make_report(result, "deal.yaml")
    write_pdf(found, "deal.pdf")
    write_html(found, "deal.html")

    model      what a report holds: sections of paragraphs, tables, charts
    sections   one file each; they read rows, measures and the tables of the memo and of the accounting page
    charts     pictures as SVG, the same in print and on the web
    write      the two writers

Nothing here computes a figure of the deal, and nothing depends on the day it is written: the same deal gives the same
bytes in every process.
"""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from typing import Any

from ringfence.desk.export import engine
from ringfence.desk.report.identity import UNITS, case_of, run_id
from ringfence.desk.report.model import Contributor, Report, Section
from ringfence.desk.report.sections.answer import answer
from ringfence.desk.report.sections.books import accounts_of, answer_of, books
from ringfence.desk.report.sections.debt import debt
from ringfence.desk.report.sections.funding import funding
from ringfence.desk.report.sections.power import power
from ringfence.desk.report.sections.proof import proof
from ringfence.desk.report.sections.register import register
from ringfence.desk.report.sections.returns import returns
from ringfence.desk.report.sections.sponsor import sponsor
from ringfence.desk.report.sections.statements import statements
from ringfence.desk.report.sections.structure import payment_table, structure
from ringfence.desk.report.sections.timetable import timetable
from ringfence.desk.report.sections.value import value
from ringfence.desk.report.sections.waterfall import waterfall
from ringfence.desk.report.write.html import html_text, write_html
from ringfence.desk.report.write.pdf import pdf_bytes, write_pdf
from ringfence.desk.session import agreed, run
from ringfence.desk.view import View
from ringfence.desk.workbook import sources_of

__all__ = ["Contributor", "Report", "Section", "html_text", "make_report", "pdf_bytes", "write_html", "write_pdf"]


def make_report(
    result: Any,
    path: str | PathLike[str] | None = None,
    *,
    contributors: Iterable[Contributor] = (),
    annual: bool = False,
) -> Report:
    """Return the content of a report on a run.

    Parameters
    ----------
    result
        What :func:`ringfence.run` returned.
    path
        Its deal file, whose remarks are the sources of the register.
    contributors
        Results from elsewhere that have a section of their own: distributions over paths, stresses.
    annual
        Whether annual statements are added.

    Returns
    -------
    Report
        To be written by :func:`write_pdf` and :func:`write_html`.
    """
    view = View(result)
    accounted = accounts_of(result)
    base = run(agreed(result.deal)) if result.signed else None
    found = [
        answer(view, answer_of(accounted), base),
        structure(view),
        funding(view),
        timetable(view),
        debt(view),
        waterfall(view),
        value(view),
        returns(view),
        sponsor(view),
        power(view),
        books(view, accounted),
        *(c.report_section() for c in contributors),
        statements(view) if annual else None,
        payment_table(view),
        proof(view),
        register(view, sources_of(path)),
    ]
    deal, case = result.deal, case_of(result)
    return Report(
        title=deal.title or deal.deal,
        subtitle=case[0].upper() + case[1:],
        facts=_facts(result),
        units=UNITS,
        dated=deal.report_date or deal.timeline.close,
        sections=tuple(s for s in found if s is not None),
    )


def _facts(result: Any) -> tuple[tuple[str, str], ...]:
    made, deal, timeline = engine(), result.deal, result.model.timeline
    facts = [("Deal", deal.deal), ("Case", case_of(result)), ("Close", str(deal.timeline.close))]
    if deal.report_date is not None:
        facts.append(("Reported", str(deal.report_date)))
    facts += [
        ("Modelled to", f"{timeline.periods[-1].end}, {len(timeline.periods)} periods"),
        ("Run", run_id(result)),
        ("Written by", f"{made['name']} {made['version']}"),
    ]
    return tuple(facts)
