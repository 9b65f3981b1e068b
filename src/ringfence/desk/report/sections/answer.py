"""The answer: one paragraph for who reads no further, key figures, and the three questions line by line.

The words and figures are those of the memo's headline and of the accounting page; nothing is judged a second time.
"""

from __future__ import annotations

from dataclasses import replace

from ringfence.desk.memo.headline import headline
from ringfence.desk.memo.investors import irr_text
from ringfence.desk.memo.signed import signed_table
from ringfence.desk.report.model import Block, KeyFigures, Paragraph, Section
from ringfence.desk.report.sections.returns import outside
from ringfence.desk.session import Result
from ringfence.desk.table import Figure
from ringfence.desk.view import ONE_DOLLAR, View

QUESTIONS = ("Are the lenders paid?", "What does each party earn?", "What leaves the balance sheet?")


def answer(view: View, accounting: str, base: Result | None) -> Section:
    """Return the section.

    Parameters
    ----------
    view
        The result.
    accounting
        The accounting answer, or nothing.
    base
        The deal as signed, where the result ran on its schedule.
    """
    table = headline(view)
    warnings = [Paragraph(note, "warning") for note in table.notes if note.startswith("A CHECK FAILED")]
    changes = [Paragraph(note, "note") for note in table.notes if not note.startswith("A CHECK FAILED")]
    blocks: list[Block] = [*warnings, Paragraph(_words(view, accounting), "lead", QUESTIONS), *changes]
    figures = key_figures(view)
    if figures:
        blocks.append(KeyFigures(tuple(figures)))
    questions = frozenset(k for k, row in enumerate(table.rows) if not str(row[0]).startswith(" "))
    blocks.append(replace(table, notes=(), title="The same, line by line", totals=questions))
    if base is not None:
        blocks.append(signed_table(base, view.result))
    return Section("answer", "The answer", tuple(blocks))


def _words(view: View, accounting: str) -> str:
    rows = headline(view).rows
    said = {str(question): str(text or "") for question, text in rows if not str(question).startswith(" ")}
    parts = []
    if QUESTIONS[0] in said:
        parts.append(f"{QUESTIONS[0]} {said[QUESTIONS[0]]}.{_lowest(view)}")
    if held := outside(view):
        earned = [f"{x} {_earned(view, x)}" for x in held]
        parts.append(f"{QUESTIONS[1]} Per year, {_listed(earned)}.")
    parts += [_paid(view, x) for x in view.deal.of_type("lease")]
    if accounting:
        parts.append(f"{QUESTIONS[2]} {accounting}")
    return " ".join(parts)


def _lowest(view: View) -> str:
    """The loan with the lowest cover, and when."""
    found = [(v, x) for x in view.deal.of_type("loan") if (v := view.value(f"{x}.dscr.min")) is not None]
    if not found:
        return ""
    low, x = min(found)
    k = view.lowest(f"{x}.dscr")
    when = f" on {view.labels[k]}" if k is not None else ""
    return f" The lowest cover is that of {x}: DSCR {Figure(low, 'times').text()}{when}."


def _earned(view: View, x: str) -> str:
    found = irr_text(view, x)
    if found == "none":
        return "nothing that a rate could express"
    return found if found != "n/a" else "nothing (nothing paid in)"


def _paid(view: View, x: str) -> str:
    lease, total = view.deal.contracts[x], Figure(view.value(f"{x}.total")).text()
    hour = view.value("sponsor.usd_per_gpu_hour")
    mine = view.deal.sponsor is not None and view.deal.sponsor.party == lease.lessee
    per = f", USD {Figure(hour, 'price').text()} per powered GPU-hour with power and site" if mine and hour else ""
    return f"{lease.lessee} pays USD {total} m under {x}{per}."


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def key_figures(view: View) -> list[tuple[str, str, str]]:
    """Return the figures a committee remembers: label, figure, remark.

    Parameters
    ----------
    view
        The result.
    """
    found: list[tuple[str, str, str]] = []
    uses = view.value("deal.uses.total")
    if uses:
        found.append(("uses of funds", f"{Figure(uses).text()}", "USD m"))
    lent = {x: view.value(f"{x}.drawn") or 0.0 for x in view.deal.of_type("loan")}
    if sum(lent.values()) > ONE_DOLLAR:
        found.append(
            ("debt drawn", Figure(sum(lent.values())).text(), f"USD m, {len(lent)} loan{'s' * (len(lent) > 1)}")
        )
    covers = [(v, x) for x in lent if (v := view.value(f"{x}.dscr.min")) is not None]
    if covers:
        low, x = min(covers)
        found.append(("lowest DSCR", Figure(low, "times").text(), x))
    for x in outside(view)[:1]:
        found.append(("IRR", irr_text(view, x), x))
    hour = view.value("sponsor.usd_per_gpu_hour")
    if hour is not None:
        found.append(("per GPU-hour", Figure(hour, "price").text(), "USD, powered, all-in"))
    return found
