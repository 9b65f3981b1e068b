"""Make everything printed in the docs anew: ``python -m tests.docs.write``."""

from __future__ import annotations

from tests.docs.pages import PAGES, ROOT, fresh
from tests.docs.reference import pages


def main() -> None:
    """Rewrite the pages that are out of date and name them."""
    made = {path: fresh(path.read_text(encoding="utf-8")) for path in PAGES} | pages()
    for path, text in made.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
