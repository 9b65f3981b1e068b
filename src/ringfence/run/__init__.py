"""One sheet, several readings; each engine is a table from operator to meaning."""
