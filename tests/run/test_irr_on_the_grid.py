"""IRR where the true rate is one of the rates the search starts from."""

from __future__ import annotations

import numpy as np

from ringfence.run.irr import irr


def test_a_root_on_a_grid_point_is_the_only_root():
    """For any flows whose exact IRR is a multiple of half a percent, that rate alone is found."""
    draws = np.random.default_rng(7)
    for _ in range(2000):
        rate = draws.integers(-20, 120) * 0.005
        later = draws.random(int(draws.integers(2, 12)))
        times = np.arange(later.size + 1, dtype=float)
        flow = np.concatenate([[-(later / (1 + rate) ** times[1:]).sum()], later])
        found = irr(flow, times)
        assert found.status == "ok", (rate, found)
        assert abs(found.value - rate) < 1e-11
