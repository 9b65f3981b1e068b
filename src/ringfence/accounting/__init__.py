"""Leases, consolidation and the sponsor's books: results and attested facts in, findings citing paragraphs out."""
