"""Lets the tests of this folder import ``sam_cases`` and ``small``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
