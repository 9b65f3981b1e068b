"""Contradictions between terms: one rule a file, each a function ``check_<rule>(deal) -> list[Finding]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal

RULES: tuple[str, ...] = ()


def check_deal(deal: Deal) -> list[Finding]:
    """Run every rule and return all findings."""
    from importlib import import_module

    found: list[Finding] = []
    for rule in RULES:
        found += getattr(import_module(f"ringfence.terms.rules.{rule}"), f"check_{rule}")(deal)
    return found
