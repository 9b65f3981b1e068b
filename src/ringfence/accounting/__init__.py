"""Leases, consolidation and the sponsor's books: results and attested facts in, findings citing paragraphs out.

Leases, where to start:

    lease_report.lease_report(result)       the lease of a deal: identified, termed, discounted, classified, measured
    lease_report.lease_rows(report)         the same as rows of the deal's sheet, for build(deal, extra=[...])
    lessor_books.lessor_books(report)       the lessor's side, tranche by tranche
    lessee.measure_lessee(LesseeLease(...)) one lease: day one, schedule, changes
    lessor.measure_lessor(LessorLease(...)) one lease of the lessor; lessor.rent_for sizes its rent
    classification.classify_lessee, classify_lessor, classify_lessor_ifrs
    sale_leaseback.sale_test, sale_and_leaseback, failed_sale; control_first.control_before_commencement
    lessor_losses.residual_loss, loss_allowance, deposit_liability
    residual_guarantee.guarantee_amounts    the four amounts of a guarantee
    presentation.present, maturities; journal.lessee_journal, lessor_journal

The sponsor's books:

    consolidation.consolidation_report(result)       who consolidates, and what that hangs on
    sponsor_books.sponsor_books(result, report)      six columns as rows of the deal's sheet, both frameworks
    sponsor_books.sponsor_sheets(result, report)     its balance sheet in six columns on a date
    income_statement.income_years(books, tag, column)    income, equity and leverage by year
    adjusted_debt.adjusted_debt(...)                 debt as an agency might adjust it, switch by switch
    disclosures.lease_note, exposure.exposure        maturities, leases not commenced; the most that could be lost
    loss_of_control.lose_control(...)                the interest kept, measured anew (IFRS 10.25)
    period_journal.period_journal(books, tag, column)    an entry a period
    what_leaves.what_leaves(...)                     the vehicle's debt: leaves, comes back, hangs, stays

An interest and a loan of their own:

    equity_method.equity_method(...)                 an associate year by year: losses, own profit not earned
    lender_metrics.loan_cover, sculpted_loan         DSCR, LLCR, PLCR, average life; debt_capacity, loan_to_value

Around them: impairment, fleet_impairment, borrowing_costs, deal_borrowing_costs, hedge, deferred_tax, deal_sale;
from a deal's terms into the columns by sponsor_plan and sponsor_around.
"""
