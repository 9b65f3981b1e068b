"""The live workbook: the same rows as Excel formulas (see ``meaning.py`` for the table of operators).

expanded = expand(sheet, checks=[...])            short formulas, visible steps
run = reference.run(expanded.sheet, inputs)       by whoever writes the book
out = lay_out(expanded, brief)                    pages, links, padding
write_workbook("deal.xlsx", out, values_of(expanded, run))
"""

from ringfence.run.workbook.cells import values_of
from ringfence.run.workbook.expand import expand
from ringfence.run.workbook.expanded import Expanded
from ringfence.run.workbook.layout import Layout, lay_out
from ringfence.run.workbook.pages import AnnualLine, Brief, Chart, Page, Scenario, Section
from ringfence.run.workbook.verdicts import Test
from ringfence.run.workbook.write import pages, write_workbook

__all__ = [
    "AnnualLine",
    "Brief",
    "Chart",
    "Expanded",
    "Layout",
    "Page",
    "Scenario",
    "Section",
    "Test",
    "expand",
    "lay_out",
    "pages",
    "values_of",
    "write_workbook",
]
