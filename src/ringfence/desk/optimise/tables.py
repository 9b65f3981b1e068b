"""The answer as tables: terms, aim and limits, what binds and its price, stepped terms, figures before and after."""

from __future__ import annotations

from ringfence.desk.compare import moved_row
from ringfence.desk.optimise.answer import Answer
from ringfence.desk.optimise.limits import figure_words, gain_text, step_text
from ringfence.desk.optimise.plot import plot
from ringfence.desk.optimise.ranges import Choice
from ringfence.desk.optimise.terms import step_of, step_words
from ringfence.desk.table import Cell, Table
from ringfence.solve.structure import Candidate, Kink, Price

LEFT = frozenset(range(8))
_ENDINGS = (
    ".amount",
    ".dscr.min",
    ".llcr.min",
    ".ltv.max",
    ".all_in_cost",
    ".lock_up.count",
    ".breach.count",
    ".repaid_short",
    ".irr",
    ".moic",
    ".invested",
    ".distributions",
    "rent.total",
    "usd_per_gpu_hour",
    "uses.total",
)
FEW = 14


def tables(answer: Answer) -> list[Table]:
    """Return the answer, in the order a desk reads it."""
    found = [_terms(answer), *([_limits(answer)] if answer.limits else []), _prices(answer)]
    if answer.structure.problem.stepped:
        found.append(_steps(answer))
    if answer.frontier:
        found += [_frontier(answer), plot(answer)]
    elif answer.other is not None:
        found.append(_no_frontier(answer))
    return [*found, _moved(answer), *_news(answer)]


def _title(answer: Answer) -> str:
    aim = "largest" if answer.aim.maximise else "smallest"
    value = figure_words(answer.aim.measure, answer.unit, answer.structure.value)
    before = figure_words(answer.aim.measure, answer.unit, answer.before.measures[answer.aim.measure].value)
    name = answer.deal.title or answer.deal.deal
    return f"{name}: the {aim} {answer.aim.measure} is {value}; {_before(answer)} {before}"


def _before(answer: Answer) -> str:
    """What the deal it started from is called: a scenario is not what was agreed."""
    return f"under {answer.deal.scenario}" if answer.deal.scenario else "as agreed" if _plain(answer) else "as changed"


def _plain(answer: Answer) -> bool:
    return answer.deal._agreed is None


def _terms(answer: Answer) -> Table:
    kinks = {k.lever.name: k for k in answer.kinks}
    rows: list[tuple[Cell, ...]] = []
    for choice in answer.choices:
        value = answer.levers[choice.name]
        remark = _remark(answer, choice, kinks.get(choice.name))
        rows.append((choice.name, choice.words(choice.leaf.value), choice.words(value), choice.bounds, remark))
    heads = ("term", _before(answer), "best", "bounds", "")
    return Table("structure", _title(answer), heads, tuple(rows), notes=_reading(answer), left=frozenset({0, 3, 4}))


def _remark(answer: Answer, choice: Choice, kink: Kink | None) -> str:
    if choice.name in answer.idle:
        return "makes no difference: as agreed"
    lever, value = choice.lever, answer.levers[choice.name]
    if not lever.values and lever.range and lever.share(value) in (0.0, 1.0):
        own = "" if choice.given else " (not given)"
        return f"at its {'lower' if lever.share(value) == 0.0 else 'upper'} bound{own}"
    if kink is not None and kink.idle:
        return f"no difference from {choice.words(kink.idle_from)} to {choice.words(kink.idle_to)}"
    if kink is not None:
        return "at a corner; see below"
    if len(lever.values) > 1 and value in (lever.low, lever.high):
        own = "" if choice.given else " (not given)"
        return f"the {'least' if value == lever.low else 'largest'} of its values{own}"
    return ""


def _reading(answer: Answer) -> tuple[str, ...]:
    """What was done, so that the figures can be judged."""
    held = (
        "Debt is sized afresh for every structure."
        if answer.resize
        else "Amounts and schedules of the loans are held as signed; only the terms named vary."
    )
    ends = [c.name for c in answer.choices if not c.given and not c.lever.values]
    usual = f"Bounds of {', '.join(ends)} are half to one and a half times what is agreed; " if ends else ""
    way = f"{usual}{'give your own with NAME=LOW..HIGH.' if ends else ''}"
    settled = (
        "no move of one term or a pair of them by 25% to 0.1% of their ranges does better."
        if answer.structure.evaluator.settled
        else "the search was stopped while it was still gaining: narrower bounds may give more."
    )
    proof = (
        f"The deal was read again with these terms and run afresh: the same figures. Searched from {_starts(answer)}; "
        f"{settled}"
    )
    return tuple(note for note in (held, way, proof) if note)


def _starts(answer: Answer) -> str:
    rest = len(answer.structure.candidates) - 1
    if not rest:
        return "five starts"
    return f"five starts, and for {rest} more combinations of the stepped terms from the one before and the deal as is"


def _limits(answer: Answer) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for asked, before in zip(answer.limits, answer.limits_before, strict=True):
        now = answer.structure.figure(asked.limit)
        binds = any(p.name == asked.limit.name and not p.of_lever for p in answer.prices)
        state = "met" if asked.limit.sense == "==" else "binds" if binds else "has room"
        rows.append((asked.words, asked.figure(before), asked.figure(now), state))
    notes = (*_counted(answer),)
    heads = ("limit", _before(answer), "best", "")
    return Table("limits", "Limits", heads, tuple(rows), notes=notes, left=frozenset({0, 3}))


def _counted(answer: Answer) -> list[str]:
    """How probabilities were counted, and how sure they are."""
    found = [answer.structure.figure(a.limit) or 0.0 for a in answer.limits if a.limit.handed is not None]
    if not found or answer.paths is None:
        return []
    errors = ", ".join(f"{(p * (1 - p) / answer.paths[0]) ** 0.5 * 100:.2f}" for p in found)
    return [
        f"Probabilities are counted on {answer.paths[0]:,} random futures, seed {answer.paths[1]}, the same for every "
        f"structure; standard error {errors} points."
    ]


def _prices(answer: Answer) -> Table:
    rows = tuple((_price_words(answer, price),) for price in answer.prices)
    notes = [_corner_words(answer, kink) for kink in answer.kinks if not kink.idle]
    if not rows:
        notes.insert(0, "Nothing binds: the best lies between all bounds and limits.")
    return Table("prices", "What binds, and what it costs", ("",), rows, notes=tuple(notes), left=frozenset({0}))


def _price_words(answer: Answer, price: Price) -> str:
    """A price in the reader's words, with both readings where they differ."""
    aim, unit = answer.aim.measure, answer.unit
    move = _move_words(answer, price)
    if price.side == "==":
        return _equal_words(answer, price)
    change = price.tighter if price.tighter is not None else price.slope
    if change is None:
        text = f"{move} cannot be kept by any structure"
    elif price.tighter is None:
        text = f"{move} cannot be kept by any structure; at the margin it costs {gain_text(aim, unit, change)} of {aim}"
    else:
        text = f"{move} costs {gain_text(aim, unit, change)} of {aim}"
        if price.slope is not None and abs(change - price.slope) > 0.05 * max(abs(change), abs(price.slope)):
            text += f" (at the margin {gain_text(aim, unit, price.slope)})"
    if price.looser is not None:
        text += f"; as much looser gains {gain_text(aim, unit, price.looser)}"
    return text


def _equal_words(answer: Answer, price: Price) -> str:
    """What moving a figure that is held to its bound does, up and down."""
    aim, unit = answer.aim.measure, answer.unit
    asked = next(a for a in answer.limits if a.limit.name == price.name and a.limit.bound == price.bound)
    step = step_text(price.name, asked.unit, price.step)
    texts = []
    for way, change in (("more", price.tighter), ("less", price.looser)):
        worth = None if change is None else gain_text(aim, unit, change)
        helps = change is not None and (change > 0) == answer.aim.maximise
        does = "cannot be kept by any structure" if worth is None else f"{'gains' if helps else 'costs'} {worth}"
        texts.append(f"{step} {way} than {asked.figure(price.bound)} on {price.name} {does}")
    return f"{texts[0]} of {aim}; {texts[1]}" if price.tighter is not None else "; ".join(texts)


def _move_words(answer: Answer, price: Price) -> str:
    up = price.side == ">="
    if price.of_lever:
        choice = next(c for c in answer.choices if c.name == price.name)
        step = step_words(choice.leaf, price.step)
        bound = choice.words(price.bound)
        return f"{step} {'more' if up else 'less'} than {bound} on {price.name}"
    asked = next(a for a in answer.limits if a.limit.name == price.name and a.limit.bound == price.bound)
    step = step_text(price.name, asked.unit, price.step)
    return f"{step} {'more' if up else 'less'} than {asked.figure(price.bound)} on {price.name}"


def _corner_words(answer: Answer, kink: Kink) -> str:
    """What happens on the two sides of a corner or a jump."""
    choice = next(c for c in answer.choices if c.name == kink.lever.name)
    aim, unit, here = answer.aim.measure, answer.unit, choice.words(answer.levers[choice.name])
    for jump, words in ((kink.jump_below, "below"), (kink.jump_above, "above")):
        if jump:
            return (
                f"{aim} {_sign(jump)} {gain_text(aim, unit, jump)} at once just {words} {choice.name} {here}: a jump."
            )
    step = step_of(choice.leaf)
    sides = [
        f"{words} {_sign(change)} {gain_text(aim, unit, change)}"
        for words, slope, way in (("less", kink.below, -1.0), ("more", kink.above, 1.0))
        if slope is not None
        for change in [way * slope * step]
    ]
    return (
        f"{aim} has a corner at {choice.name} {here}, so its derivative is one-sided: "
        f"with {step_words(choice.leaf, step)} {', with as much '.join(sides)}."
    )


def _sign(change: float) -> str:
    return "rises by" if change > 0 else "falls by"


def _steps(answer: Answer) -> Table:
    choices = [c for c in answer.choices if c.lever.values]
    rows = tuple(_step_row(answer, choices, candidate) for candidate in answer.structure.candidates)
    best = [k for k, c in enumerate(answer.structure.candidates) if c is answer.structure.best]
    shown = _around(rows, best[0])
    notes = () if len(shown) == len(rows) else (f"{len(rows) - len(shown)} combinations further down are not shown.",)
    heads = (*(c.name for c in choices), answer.aim.measure, "")
    title = "Every combination of the stepped terms, the others at their best"
    return Table("steps", title, heads, shown, notes=notes, left=frozenset({len(choices) + 1}))


def _around(rows: tuple[tuple[Cell, ...], ...], best: int, most: int = 24) -> tuple[tuple[Cell, ...], ...]:
    if len(rows) <= most:
        return rows
    start = max(0, min(best - most // 2, len(rows) - most))
    return rows[start : start + most]


def _step_row(answer: Answer, choices: list[Choice], candidate: Candidate) -> tuple[Cell, ...]:
    steps = tuple(c.words(candidate.steps[c.name]) for c in choices)
    if candidate.found is None:
        return (*steps, "", f"refused by the deal: {candidate.refused}")
    value = figure_words(answer.aim.measure, answer.unit, candidate.value)
    if not candidate.kept:
        return (*steps, "", "keeps not every limit")
    return (*steps, value, "best" if candidate is answer.structure.best else "")


def _frontier(answer: Answer) -> Table:
    assert answer.other is not None
    other = answer.other
    unit = str(answer.before.model.sheet.measures[other.measure].unit)
    rows: list[tuple[Cell, ...]] = []
    for point in answer.frontier:
        levers = point.structure.levers
        figures = (
            figure_words(other.measure, unit, point.other),
            figure_words(answer.aim.measure, answer.unit, point.value),
        )
        rows.append((*figures, *(c.words(levers[c.name]) for c in answer.choices)))
    ways = ("largest" if answer.aim.maximise else "smallest", "raised" if other.maximise else "lowered")
    title = f"Frontier: the {ways[0]} {answer.aim.measure} as {other.measure} is {ways[1]}"
    heads = (other.measure, answer.aim.measure, *(c.name for c in answer.choices))
    return Table("frontier", title, heads, tuple(rows), left=frozenset())


def _no_frontier(answer: Answer) -> Table:
    assert answer.other is not None
    note = f"The best structure for {answer.aim.measure} is the best for {answer.other.measure} too: one point."
    return Table("frontier", "Frontier", ("",), (), notes=(note,))


def _moved(answer: Answer) -> Table:
    from ringfence.desk.compare import compare

    asked = {answer.aim.measure, *(a.limit.name for a in answer.limits)}
    moved = [m for m in compare(answer.before, answer.after).measures if _shows(m)]
    main = [m for m in moved if m[0] in asked or m[0].endswith(_ENDINGS)]
    chosen = sorted(main, key=lambda m: m[0] not in asked)[:FEW]
    rows = tuple(moved_row(*m) for m in main if m in chosen)
    more = len(moved) - len(rows)
    note = f"{more} other measures moved; --json has them all." if more else ""
    heads = ("measure", _before(answer), "best", "change")
    notes = (note,) if note else ()
    return Table("moved", "Figures that moved (USD in millions)", heads, rows, notes=notes)


def _shows(moved: tuple[str, str, float | None, float | None]) -> bool:
    """Whether a measure that moved still reads differently once it is printed."""
    name, unit, before, after = moved
    return figure_words(name, unit, before) != figure_words(name, unit, after)


def _news(answer: Answer) -> list[Table]:
    """Findings and alerts that the best structure has and the deal as it stood had not."""
    known = {str(f) for f in answer.deal.findings}
    ringing = {a.name for a in answer.before.alerts}
    news = [f"{f.level}: {f.message}" for f in answer.best.findings if str(f) not in known]
    news += [f"alert: {a.label}, {a.count} from {a.first}" for a in answer.after.alerts if a.name not in ringing]
    rows = tuple((line,) for line in news)
    return [Table("news", "What the deal has to say about it", ("",), rows)] if rows else []
