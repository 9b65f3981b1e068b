"""The three answers, a line for each lender, investor and lessee."""

from __future__ import annotations

from ringfence.desk.memo.events import missed_payments, waiting_payments
from ringfence.desk.memo.investors import irr_words
from ringfence.desk.table import Cell, Figure, Table
from ringfence.desk.view import View
from ringfence.terms.findings import listed


def headline(view: View) -> Table:
    """Return the first table of the memo: three questions and their answers."""
    rows: list[tuple[Cell, ...]] = []
    for question, answer, lines in (
        ("Are the lenders paid?", _lenders_answer(view), [_lender_line(view, x) for x in view.deal.of_type("loan")]),
        ("What do investors earn?", "", [_investor_line(view, x) for x in _outside_equity(view)]),
        ("What does the lessee pay?", "", [line for x in view.deal.of_type("lease") for line in _lease_lines(view, x)]),
    ):
        rows += [(question, answer), *((f"  {who}", text) for who, text in lines)] if lines else []
    return Table("headline", _title(view), ("", ""), tuple(rows), left=frozenset({0, 1}), notes=tuple(_notes(view)))


def _title(view: View) -> str:
    deal, result = view.deal, view.result
    changed = any(s.file == "--set" for s in deal.sources.values())
    case = f"scenario {result.scenario}" if result.scenario else "changed" if changed else "base case"
    terms = "on the signed schedule" if result.signed else "debt sized on these terms"
    return f"{deal.title or deal.deal}: {case}, {terms}"


def _notes(view: View) -> list[str]:
    changes = [f"{path} = {s.text}" for path, s in view.deal.sources.items() if s.file == "--set" and s.text]
    return [*(f"Changed: {change}" for change in changes), *_warnings(view)]


def _warnings(view: View) -> list[str]:
    failed = [c.name for c in view.result.checks if not c.ok]
    if not failed:
        return []
    return [f"A CHECK FAILED ({', '.join(failed)}): the model is wrong somewhere and no figure here should be used."]


def _lenders_answer(view: View) -> str:
    loans = view.deal.of_type("loan")
    drawn = " and ".join(f"USD {Figure(amount).text()} m of {pot}" for pot, amount in view.drawn_support().items())
    if any(missed_payments(view, x) or _left(view, x) for x in loans):
        return "NO" + (f", although {drawn} is drawn" if drawn else "")
    waits = [x for x in loans if waiting_payments(view, x)]
    helped = ", in full and on time" if not waits else f", in full; payments of {listed(waits)} wait for late assets"
    helped += f", but only by drawing {drawn}" if drawn else ""
    default = [x for x in loans if view.when(view.line(f"{x}.default"))]
    breached = any(view.when(view.line(f"{x}.{row}")) for x in loans for row in ("breach", "ltv_breach"))
    if default:
        return f"Yes{helped}; but the DSCR of {', '.join(default)} falls under its default level"
    return f"Yes{helped}" + ("; covenants are breached on the way" if breached else "")


def _left(view: View, x: str) -> float:
    left = view.value(f"{x}.repaid_short") or 0.0
    return left if left > 1.0 else 0.0


def _lender_line(view: View, x: str) -> tuple[str, str]:
    lent = Figure(view.value(f"{x}.amount"))
    missed = missed_payments(view, x)
    if not (view.value(f"{x}.drawn") or 0.0) > 1.0:
        return x, f"USD {lent.text()} m agreed, NEVER DRAWN: no use of funds fell in its availability period"
    if _left(view, x):
        fate = f"NOT REPAID: {Figure(_left(view, x)).text()} still owed at the end"
    else:
        fate = f"repaid by {_last_paid(view, x)}" + (", LATE" if missed else "")
    if waits := waiting_payments(view, x):
        assets = listed(view.deal.of_type("loan")[x].waits_for)
        fate += f"; payments wait for {assets} on {_dates(view, waits)}, as agreed"
    if missed:
        fate += f"; cash short on {_dates(view, missed)}"
    return x, f"USD {lent.text()} m, {fate}; {_cover(view, x)}{_breaches(view, x)}"


def _dates(view: View, periods: list[int]) -> str:
    return f"{len(periods)} date{'s' * (len(periods) != 1)} from {view.labels[periods[0]]}"


def _breaches(view: View, x: str) -> str:
    words = {"breach": "covenant breached", "default": "default level", "ltv_breach": "LTV covenant breached"}
    found = [(text, view.when(view.line(f"{x}.{row}"))) for row, text in words.items()]
    return "".join(f"; {text} from {view.labels[k[0]]}" for text, k in found if k)


def _last_paid(view: View, x: str) -> str:
    paid = view.when(view.line(f"{x}.principal_paid"), 1.0)
    return view.labels[paid[-1]] if paid else "never drawn"


def _cover(view: View, x: str) -> str:
    low, k = view.value(f"{x}.dscr.min"), view.lowest(f"{x}.dscr")
    if low is None or k is None:
        return "no debt service to cover"
    average = Figure(view.value(f"{x}.dscr.average"), "times").text()
    return f"DSCR {Figure(low, 'times').text()} at the lowest ({view.labels[k]}), {average} on average"


def _outside_equity(view: View) -> list[str]:
    return [x for x, e in view.deal.of_type("equity").items() if view.deal.parties[e.holder].role != "vehicle"]


def _investor_line(view: View, x: str) -> tuple[str, str]:
    paid, got = Figure(view.value(f"{x}.invested")), Figure(view.value(f"{x}.distributions"))
    out = f"{got.text()} m out ({Figure(view.value(f'{x}.moic'), 'times').text()})" if got.value else "nothing out"
    return x, f"{irr_words(view, x)}; USD {paid.text()} m in, {out}"


def _lease_lines(view: View, x: str) -> list[tuple[str, str]]:
    lease = view.deal.contracts[x]
    lines = [(lease.lessee, f"USD {Figure(view.value(f'{x}.total')).text()} m under {x} in all")]
    per_hour, contracted = view.value("sponsor.usd_per_gpu_hour"), view.value("sponsor.usd_per_contracted_hour")
    if per_hour is not None and view.deal.sponsor is not None and view.deal.sponsor.party == lease.lessee:
        text = f"USD {Figure(per_hour, 'price').text()} per powered, available GPU-hour with power and site"
        lines.append(("", f"{text}; {Figure(contracted, 'price').text()} per contracted GPU-hour"))
    return lines
