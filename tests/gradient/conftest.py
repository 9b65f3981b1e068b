"""Lets the tests of this folder import ``differences``, and the random sheets and cases of ``tests/agree``."""

import sys
from pathlib import Path

for folder in (Path(__file__).parent, Path(__file__).parent.parent / "agree"):
    sys.path.insert(0, str(folder))
