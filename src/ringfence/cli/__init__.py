"""The command line: parse, call the desk, print. Nothing heavy is imported until a command needs it."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper

from ringfence.cli import accounting as accounting
from ringfence.cli import books as books
from ringfence.cli import calibrate as calibrate
from ringfence.cli import compare as compare
from ringfence.cli import headline as headline
from ringfence.cli import journal as journal
from ringfence.cli import optimise as optimise
from ringfence.cli import report as report
from ringfence.cli import risk as risk
from ringfence.cli import sensitivities as sensitivities
from ringfence.cli.app import app
from ringfence.cli.refusals import exit_code

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line; every refusal becomes a message and an exit code, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter still gets the rest
    try:
        app(prog_name="ringfence")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # the last resort: whatever it is, say it in one paragraph
        sys.exit(exit_code(error, sys.argv))
