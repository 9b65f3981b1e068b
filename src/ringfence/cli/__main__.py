"""Lets ``python -m ringfence.cli`` stand for ``ringfence``."""

from __future__ import annotations

from ringfence.cli import main

main()
