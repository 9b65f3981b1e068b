"""Settings shared by every test: two speeds for hypothesis, nothing else."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Every run draws the same examples, so a red test stays red; "long" draws fresh ones, and many.
settings.register_profile("fast", deadline=None, derandomize=True, max_examples=60)
settings.register_profile("long", deadline=None, max_examples=2_000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))
