"""The accounting page: what a finance director would discuss before anything is signed."""

from ringfence.desk.accounting.full import (
    FRAMEWORKS,
    Accounts,
    accounting_page,
    accounts,
    attest_text,
    evidence,
    page_object,
    page_of,
    sentence,
)

__all__ = [
    "FRAMEWORKS",
    "Accounts",
    "accounting_page",
    "accounts",
    "attest_text",
    "evidence",
    "page_object",
    "page_of",
    "sentence",
]
