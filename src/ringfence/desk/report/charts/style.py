"""One style for every chart, and the way from a drawing to SVG that never changes.

Colours are those of Okabe and Ito, which colour-blind readers tell apart; so that a copy in grey reads too, every
series has its own dash or hatch and a label beside it. Text stays text, in the fonts of the page the chart stands on,
so it can be searched, and is never read as mathematics.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from io import StringIO
from typing import Any, Literal

from ringfence.desk.report.extra import needed
from ringfence.desk.report.text import printed

WIDE = 6.85
"""Width of a chart: that of the text on a page. [inch]"""

INK, SOFT, FAINT = "#222222", "#6b6b6b", "#d9d9d9"
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PINK, GREY = "#56B4E9", "#CC79A7", "#9a9a9a"
FILLS = (BLUE, SKY, ORANGE, GREEN, GREY, PINK, RED, "#555555")
COLOURS = (BLUE, RED, GREEN, ORANGE, SKY, PINK, INK, GREY)
DASHES: tuple[Any, ...] = (
    "-",
    (0, (5, 1.6)),
    (0, (1.2, 1.2)),
    (0, (6, 1.5, 1.2, 1.5)),
    (0, (9, 1.5)),
    (0, (2.5, 1)),
    (0, (6, 1.2, 1.2, 1.2, 1.2, 1.2)),
    (0, (3, 3)),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
HATCHES = ("", "////", "----", "\\\\\\\\", "xxxx", "||||", "++++", "//")
TEXT_ON_WHITE = {SKY: "#1f6f9c", ORANGE: "#8f6300", GREEN: "#00704f", PINK: "#94436f", GREY: "#5f5f5f"}
TEXT, SMALL = 8.0, 7.0
_HASH = "ringfence"
_MOST = 20
_DECIMALS = 6

_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": _HASH,
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": TEXT,
    "axes.titlesize": TEXT,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 5.0,
    "axes.labelsize": SMALL,
    "axes.edgecolor": SOFT,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "axes.titlecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.size": 3.0,
    "ytick.major.size": 0.0,
    "xtick.major.width": 0.6,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.5,
    "lines.markersize": 3.0,
    "hatch.linewidth": 0.5,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "figure.dpi": 72.0,
    "savefig.dpi": 72.0,
    "path.simplify": True,
}


@contextmanager
def drawing() -> Iterator[None]:
    """Draw in the style of the report, whatever the machine's own settings are.

    Raises
    ------
    MissingExtraError
        If Matplotlib is not installed.
    """
    matplotlib = needed("matplotlib")
    settings: Any = matplotlib.rcParams
    plain = {k: v for k, v in matplotlib.rcParamsDefault.items() if not k.startswith("backend")}
    with matplotlib.rc_context():
        settings.update(plain)
        settings.update(_STYLE)
        yield


def canvas(height: float, *, width: float = WIDE) -> Any:
    """Return an empty figure.

    Parameters
    ----------
    height, width
        Of the picture. [inch]
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    FigureCanvasSVG(figure)
    return figure


def panel(figure: Any, left: float, bottom: float, right: float, top: float) -> Any:
    """Add axes with margins in inches, so that no font decides where they stand.

    Parameters
    ----------
    figure
        The figure.
    left, bottom, right, top
        Space around the axes. [inch]
    """
    width, height = figure.get_size_inches()
    box = (left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height)
    return figure.add_axes(box)


def svg_of(figure: Any) -> str:
    """Return a figure as one ``<svg>`` element: no date, no maker, no reference to anything outside.

    Parameters
    ----------
    figure
        A finished drawing.
    """
    out = StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(out, format="svg", metadata=nothing)
    text = out.getvalue()
    text = text[text.index("<svg") :].strip()
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    used = set(re.findall(r"url\(#([^)]+)\)", text)) | set(re.findall(r'href="#([^"]+)"', text))
    text = re.sub(r' id="([^"]*)"', lambda m: m[0] if m[1] in used else "", text)
    # A style sheet inside the picture would style the page it stands on; on the root it styles the picture alone.
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>\s*", "", text, flags=re.DOTALL)
    text = text.replace("<svg ", '<svg stroke-linejoin="round" stroke-linecap="butt" ', 1)
    return text.replace("'DejaVu Sans'", "'Libertinus Serif', sans-serif")


def words(text: str, most: int = _MOST) -> str:
    """Return a name short enough for a chart.

    Parameters
    ----------
    text
        As somebody wrote it.
    most
        Characters it may have.
    """
    clean = printed(text).strip()
    return clean if len(clean) <= most else f"{clean[: most - 1].rstrip()}\u2026"


def year_of(day: date) -> float:
    """Return a date as a decimal year: 1 July 2027 is 2027.5. [year]

    Parameters
    ----------
    day
        The date.
    """
    length = (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days
    return day.year + (day - date(day.year, 1, 1)).days / length


def over_time(axes: Any, first: float, last: float) -> None:
    """Make the horizontal axis run over years, with a tick where a year begins.

    Parameters
    ----------
    axes
        The axes.
    first, last
        Ends of the axis. [year]
    """
    span = max(last - first, 0.5)
    axes.set_xlim(first, first + span)
    step = next((s for s in (1, 2, 3, 5, 10, 20) if span / s <= 12), 25)
    ticks = [y for y in range(int(-(-first // 1)), int(first + span) + 1) if y % step == 0] or [round(first)]
    axes.set_xticks(ticks, [str(y) for y in ticks])


def in_millions(axes: Any, *, which: str = "y") -> None:
    """Write an axis of amounts in USD m with thousands separators.

    Parameters
    ----------
    axes, which
        The axes; ``x`` or ``y``.
    """
    _write(axes, which, lambda v, step: f"{v:,.{digits_of(step)}f}")


def in_percent(axes: Any, *, which: str = "y") -> None:
    """Write an axis in percent of a fraction.

    Parameters
    ----------
    axes, which
        The axes; ``x`` or ``y``.
    """
    _write(axes, which, lambda v, step: f"{v * 100:,.{digits_of(step * 100)}f}%")


def in_times(axes: Any, *, which: str = "y") -> None:
    """Write an axis as a cover: 1.30x.

    Parameters
    ----------
    axes, which
        The axes; ``x`` or ``y``.
    """
    _write(axes, which, lambda v, step: f"{v:.{max(2, digits_of(step))}f}x")


Unit = Literal["usd_m", "percent", "times", "count"]
AXES: dict[Unit, Any] = {"usd_m": in_millions, "count": in_millions, "percent": in_percent, "times": in_times}
"""How an axis of a unit is written."""


def digits_of(step: float) -> int:
    """Return how many decimals keep ticks apart and true: 2.5 needs one, so that 7.5 does not read 8.

    Parameters
    ----------
    step
        From tick to tick, in the unit that is written.

    Examples
    --------
    >>> [digits_of(step) for step in (10.0, 2.5, 0.5, 0.25, 0.025)]
    [0, 1, 1, 2, 3]
    """
    return next((n for n in range(_DECIMALS) if abs(step - round(step, n)) <= abs(step) * 1e-6), _DECIMALS)


def _write(axes: Any, which: str, form: Callable[[float, float], str]) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))

    def written(value: float, _: Any) -> str:
        first, second = [*axis.get_majorticklocs(), 0.0, 1.0][:2]
        text = form(value, float(second - first))
        return text.replace("-", "\u2212" if text.strip("-0.,x%") else "")

    axis.set_major_formatter(FuncFormatter(written))
    axes.grid(True, axis=which)


LETTER = 0.056
"""Width of a letter of small text, at most. [inch]"""


def legend_rows(names: Sequence[str], width: float) -> tuple[int, int]:
    """Return columns and rows of a legend that fits a width.

    Parameters
    ----------
    names
        What it names.
    width
        Room there is. [inch]
    """
    if not names:
        return 1, 0
    each = 0.42 + LETTER * max(len(n) for n in names)
    columns = max(1, min(len(names), int(width / each)))
    return columns, -(-len(names) // columns)


def legend(axes: Any, handles: Sequence[Any], width: float) -> None:
    """Set a legend above the axes, in rows.

    Parameters
    ----------
    axes, handles
        The axes and what the legend shows.
    width
        Room there is. [inch]
    """
    columns, _ = legend_rows([h.get_label() for h in handles], width)
    look = {"frameon": False, "fontsize": SMALL, "handlelength": 1.5, "handleheight": 0.8, "columnspacing": 1.2}
    place = {"loc": "lower left", "bbox_to_anchor": (-0.01, 0.99), "borderaxespad": 0.2, "labelspacing": 0.35}
    axes.legend(handles=handles, ncols=columns, handletextpad=0.5, **place, **look)


def spread(wanted: Sequence[float], least: float, low: float, high: float) -> list[float]:
    """Move labels apart as little as needed so that no two overlap.

    Parameters
    ----------
    wanted
        Where each would like to stand.
    least
        Room each needs.
    low, high
        Ends of the room they share.

    Returns
    -------
    list[float]
        Where each stands, in the order of `wanted`.

    Examples
    --------
    >>> spread([1.0, 1.0, 5.0], 1.0, 0.0, 6.0)
    [0.5, 1.5, 5.0]
    """
    order = sorted(range(len(wanted)), key=lambda k: wanted[k])
    groups: list[tuple[list[int], float]] = []
    for k in order:
        groups.append(([k], wanted[k]))
        while len(groups) > 1 and groups[-1][1] - groups[-2][1] < least * (len(groups[-1][0]) + len(groups[-2][0])) / 2:
            (b, at_b), (a, at_a) = groups.pop(), groups.pop()
            groups.append((a + b, (at_a * len(a) + at_b * len(b)) / (len(a) + len(b))))
    placed = [0.0] * len(wanted)
    for members, centre in groups:
        for n, k in enumerate(members):
            placed[k] = centre + (n - (len(members) - 1) / 2) * least
    return _inside(placed, order, least, low, high)


def _inside(placed: list[float], order: list[int], least: float, low: float, high: float) -> list[float]:
    """Push labels back between the ends, first down, then up."""
    ceiling = high
    for k in reversed(order):
        placed[k] = min(placed[k], ceiling)
        ceiling = placed[k] - least
    floor = low
    for k in order:
        placed[k] = max(placed[k], floor)
        floor = placed[k] + least
    return placed
