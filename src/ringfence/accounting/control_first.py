"""Did the sponsor control the asset before the vehicle did: then it is a seller-lessee, whatever the papers say.

Source: IFRS 16.B43-B47; ASC 842-40-55-1 to 55-6.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.accounting.citations import cite
from ringfence.accounting.outcome import Test, judged
from ringfence.accounting.refusals import one_of


@dataclass(frozen=True)
class PreControl:
    """Whether the sponsor controlled the asset before the vehicle did: any yes makes it a seller-lessee."""

    tests: tuple[Test, ...]

    @property
    def controlled(self) -> bool | None:
        """True if any trigger is attested, False if all are attested as not met, None if open."""
        if any(t.passed for t in self.tests):
            return True
        return None if any(t.outcome.value == "not attested" for t in self.tests) else False


TRIGGERS = {
    "title": "The sponsor took title other than for a moment.",
    "orders": "The sponsor ordered or paid deposits in its own name and bears the price risk.",
    "site": "The asset is built on the sponsor's land and the vehicle has no enforceable right to it.",
    "redirect": "The vehicle cannot redirect the asset to another customer.",
}


def control_before_commencement(answers: dict[str, bool | None]) -> PreControl:
    """Test whether the sponsor controlled the asset before commencement.

    Parameters
    ----------
    answers
        Attested answer by trigger: ``title``, ``orders``, ``site``, ``redirect``; one left out is not attested.
    """
    for trigger in answers:
        one_of("trigger", trigger, TRIGGERS)
    paragraph = cite("IFRS 16.B43", "ASC 842-40-55-1")
    return PreControl(
        tuple(judged(f"control-{k}", paragraph, answers.get(k), {}, text) for k, text in TRIGGERS.items())
    )
