"""What must be found rather than computed: figures that lean on themselves, and the terms fixed at signing."""

from ringfence.solve.fixed_point import solve_inputs
from ringfence.solve.signing import SignedTerms, complete, run_fresh, run_signed, sign

__all__ = ["SignedTerms", "complete", "run_fresh", "run_signed", "sign", "solve_inputs"]
