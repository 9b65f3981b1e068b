"""LibreOffice without a screen: books recalculated from nothing, and pages as images.

LibreOffice shows the cached numbers of a file that carries any, unless its profile says otherwise; the profile used
here makes it recalculate every cell when a book is opened.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGES = "libreoffice-calc poppler-utils"
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def needs(tool: str) -> str:
    """Return the path of a program; without it a laptop skips and says so, and a build server fails."""
    found = shutil.which(tool)
    if found is not None:
        return found
    words = f"needs {tool}: apt-get install {PACKAGES}"
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(words)
    pytest.skip(words)


def converted(books: list[Path], folder: Path, kind: str) -> list[Path]:
    """Open books in LibreOffice, every cell recalculated, and save them as ``xlsx`` or ``pdf``."""
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(PROFILE)
    out = folder / kind
    command = [needs("soffice"), "--headless", f"-env:UserInstallation=file://{profile}", "--convert-to", kind]
    subprocess.run([*command, "--outdir", out, *books], check=True, capture_output=True, timeout=540)
    found = [out / f"{book.stem}.{kind}" for book in books]
    missing = [path.name for path in found if not path.is_file()]
    assert not missing, f"LibreOffice did not write {missing}"
    return found


def images(document: Path, folder: Path, *, dots: int = 50) -> list[Path]:
    """Render every page of a PDF as an image, `dots` an inch."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [needs("pdftoppm"), "-png", "-r", str(dots), str(document), str(folder / "page")]
    subprocess.run(command, check=True, capture_output=True, timeout=540)
    return sorted(folder.glob("page*.png"))
