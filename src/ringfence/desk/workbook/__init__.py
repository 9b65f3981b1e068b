"""A result as a live workbook."""

from ringfence.desk.workbook.book import CALENDAR, MEANING, STRUCTURAL, make_book, sources_of

__all__ = ["CALENDAR", "MEANING", "STRUCTURAL", "make_book", "sources_of"]
