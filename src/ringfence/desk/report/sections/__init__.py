"""The sections of a report, one file each; every one is a function of a result that returns a section or None.

answer      one paragraph: are lenders paid, what does each party earn, what leaves the balance sheet
structure   cash between parties, as bands and as a table
funding     sources and uses
timetable   who does what when
debt        loans, cover, who may reach what
waterfall   what becomes of the cash, step by step and year by year
value       loan to value on resale curves
returns     what investors pay in and get out
sponsor     leasing against buying and the market
power       GPUs and the power they wait for; what plants make
books       what really leaves the balance sheet
statements  annual statements
register    every input with its unit, source and place
proof       checks, alerts, findings
"""
