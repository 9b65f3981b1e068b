"""What the docs print is what the program prints; what is public is documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.docs import reference
from tests.docs.pages import PAGES, ROOT, fresh

STALE = "is out of date: python -m tests.docs.write"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_a_page_prints_what_the_program_prints(page: Path) -> None:
    """Every command and every Python line of README and the how-tos runs and prints what stands under it."""
    text = page.read_text(encoding="utf-8")
    assert fresh(text) == text, f"{page.name} {STALE}"


@pytest.mark.parametrize("name", ["commands.md", "rows.md"])
def test_the_reference_is_up_to_date(name: str) -> None:
    """The reference pages say what the program says of itself."""
    page = reference.FOLDER / name
    made = {"commands.md": reference.commands, "rows.md": reference.rows}[name]()
    assert page.read_text(encoding="utf-8") == made, f"{name} {STALE}"


def test_every_command_is_in_the_reference() -> None:
    """A command that is added is documented."""
    from ringfence.cli import app

    names = {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}
    assert names == set(reference.COMMANDS)


def test_every_public_name_is_in_the_python_how_to() -> None:
    """What ``import ringfence as rf`` offers is shown in one page."""
    import ringfence

    text = (ROOT / "docs/howto/python-api.md").read_text(encoding="utf-8")
    assert [name for name in ringfence.__all__ if f"rf.{name}" not in text] == []


def test_no_package_hides_a_public_name() -> None:
    """A public name stays what it is once the packages of the project are imported: none is called like it."""
    import pkgutil
    from types import ModuleType

    import ringfence

    packages = {module.name for module in pkgutil.iter_modules(ringfence.__path__)}
    assert packages & set(ringfence.__all__) == {"run"}  # which keeps its meaning by itself
    assert [name for name in ringfence.__all__ if isinstance(getattr(ringfence, name), ModuleType)] == []


def test_the_deal_of_the_readme_has_twenty_lines() -> None:
    """The README promises a deal in twenty lines."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (deal,) = re.findall(r"```yaml\n# file: small.yaml\n(.*?)```", text, re.DOTALL)
    assert len(deal.splitlines()) <= 20


@pytest.mark.parametrize("page", [*PAGES, *reference.pages()], ids=lambda p: p.stem)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file of the project leads to one."""
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
