"""Charts as SVG: one style, one palette, the same bytes on every machine.

style      canvas, palette, axes over time and over amounts, the way to SVG
lines      lines over time with direct labels and level lines
stacked    areas and columns over time
bridge     a cash waterfall, step by step
bars       a few amounts beside each other
gantt      who does what when
sankey     cash between parties
"""
