"""The use cases that the command line and the web pages show: read, run, explain, compare, export."""

from ringfence.desk.session import Alert, Check, Result, Table, agreed, explain, read, run

__all__ = ["Alert", "Check", "Result", "Table", "agreed", "explain", "read", "run"]
