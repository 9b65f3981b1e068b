"""What a refusal prints and which exit code it gets.

    0  fine
    1  the deal has findings of level error, or cannot be run as written
    2  wrong usage: unknown command, option, row or file to write
    3  a check failed: the model is wrong somewhere
    4  an error of ringfence itself

A person reads sentences on standard error; ``--json`` gets one object on standard output whatever happens.
"""

from __future__ import annotations

import json
import os
import sys
import textwrap
import traceback
from collections.abc import Sequence

from ringfence.errors import DealError, Finding, MissingExtraError, RingfenceError, RunError, SheetError, SolveError

FINE, REFUSED, USAGE, CHECK_FAILED, INTERNAL = range(5)
EXIT_CODES = {
    FINE: "fine",
    REFUSED: "the deal is refused; every finding is printed",
    USAGE: "wrong usage: unknown command, option, row, or a file that may not be written",
    CHECK_FAILED: "a check failed (a balance sheet, cash, a schedule): do not use the figures",
    INTERNAL: "an error of ringfence itself",
}
ISSUES = "the issue tracker of the project"


class UsageError(RingfenceError):
    """Something asked of the command line that is not there."""


def exit_code(error: Exception, argv: Sequence[str] = ()) -> int:
    """Print an error for people, or as JSON where ``--json`` was asked for, and return its exit code.

    Parameters
    ----------
    error
        What was raised.
    argv
        The command line as typed.
    """
    code = _code(error)
    if code == INTERNAL and os.environ.get("RINGFENCE_DEBUG") == "1":
        traceback.print_exception(error)
    if "--json" in argv:
        _print_json(error, argv)
    else:
        print(_words(error, code), file=sys.stderr)
    return code


def _code(error: Exception) -> int:
    if isinstance(error, UsageError | MissingExtraError | OSError):
        return USAGE
    return REFUSED if isinstance(error, RingfenceError) else INTERNAL


def _words(error: Exception, code: int) -> str:
    if isinstance(error, DealError):
        return f"{error}\n\n{_count(error.findings)}"
    if isinstance(error, OSError):
        return f"{error.filename or 'the system'}: {error.strerror or error}"
    if code != INTERNAL:
        return str(error)
    text = (
        f"ringfence met an error of its own: {type(error).__name__}: {error}. The deal may be fine. Please report it "
        f"to {ISSUES} with the deal file and the command you typed; RINGFENCE_DEBUG=1 before the command prints where "
        f"it happened."
    )
    return textwrap.fill(text, 100)


def _count(findings: Sequence[Finding]) -> str:
    errors = sum(f.level == "error" for f in findings)
    rest = len(findings) - errors
    others = f", {rest} other finding{'s' * (rest != 1)}" if rest else ""
    return f"{errors} error{'s' * (errors != 1)}{others}: not run."


def _rule(error: Exception) -> str:
    for kind, word in ((RunError, "run"), (SolveError, "solve"), (SheetError, "sheet"), (RingfenceError, "usage")):
        if isinstance(error, kind):
            return word
    return "internal"


def _print_json(error: Exception, argv: Sequence[str]) -> None:
    from ringfence.desk.export import refusal_object

    if isinstance(error, DealError):
        findings: Sequence[Finding] = error.findings
    else:
        findings = [Finding("error", f"{_rule(error)}: {type(error).__name__}", str(error))]
    deal = next((word for word in argv[2:] if not word.startswith("-")), "")
    print(json.dumps(refusal_object(findings, deal), indent=2))
