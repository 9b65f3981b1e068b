"""Whatever is in a deal file, the reader answers with a deal or with one of our errors.

Three kinds of input: deals whose text was mutated (bytes, lines, words), deals whose structure was
(values, keys, nesting), and random bytes. 500 of them run in the fast suite, 20,000 in the slow one;
both stop at a time limit.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.terms.small import TEXT, Small

from ringfence.errors import RingfenceError
from ringfence.terms.model import Document
from ringfence.terms.node import plain, read_nodes
from ringfence.terms.overlay import parse_set
from ringfence.terms.read import read_model

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SLOWEST = 20.0  # seconds for one input, on a busy machine
POISON = (
    *(
        "null",
        "~",
        "no",
        "true",
        "-1",
        "0",
        "1e999",
        ".nan",
        ".inf",
        "9" * 400,
        "''",
        "[]",
        "{}",
        "[[[[",
        "{a: {b: c}}",
    ),
    *("&a", "*a", "<<: *a", "!!python/object:os.system x", "!x", "---", "...", "%YAML 1.1", "? ", ": ", "- ", "|", ">"),
    *("\t", "\x00", "\ufeff", "\u2028", "é", "💸", "\\", "'", '"', "#", "@", "`", "5y", "300bp", "70", "SOFR + 3.00%"),
    *(
        "2026-02-30",
        "0000-00-00",
        "-5 USD",
        "1,5 USD",
        "5 USD/kW/kW",
        "5 ^",
        "USD",
        "1_",
        "_1",
        "٣ USD",
        "extends: a.yaml",
    ),
)


VALUES: tuple[Any, ...] = (None, True, 0, -1, 1e308, 10**400, 0.5, 70, [], {}, "", [None], {"": None}, {"type": "loan"})


def samples() -> list[tuple[str, type[Document]]]:
    """Return the deals to mutate: the small one, and the examples once the deal language reads them."""
    found: list[tuple[str, type[Document]]] = [(TEXT, Small)]
    try:
        from ringfence.terms.deal import Deal
    except ImportError:
        return found
    if issubclass(Deal, Document):
        found += [(path.read_text(), Deal) for path in sorted(EXAMPLES.glob("*/deal.yaml"))]
    return found


def mutated(text: str, draw: random.Random) -> bytes:
    """Return `text` after one to three random changes."""
    for _ in range(draw.randint(1, 3)):
        text = draw.choice((_byte, _cut, _copy_line, _indent, _poison_value, _poison_word, _swap))(text, draw)
    data = text.encode("utf-8", "surrogatepass")
    return (
        data
        if draw.random() < 0.9
        else bytes(b ^ (1 << draw.randrange(7)) if draw.random() < 0.002 else b for b in data)
    )


def restructured(text: str, draw: random.Random) -> bytes:
    """Return a deal whose structure was changed in one to three places, still well-formed YAML."""
    deal = plain(read_nodes(text, "deal.yaml"))
    for _ in range(draw.randint(1, 3)):
        _change(deal, draw)
    return json.dumps(deal, ensure_ascii=draw.random() < 0.5).encode("utf-8", "replace")


def _change(deal: Any, draw: random.Random) -> None:
    """Replace, rename, remove or move one value at a random depth."""
    here = deal
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not keys:
            return
        key = draw.choice(keys)
        if not isinstance(here[key], dict | list) or draw.random() < 0.2:
            break
        here = here[key]
    action = draw.randrange(5)
    if action == 0:
        here[key] = draw.choice((*VALUES, *POISON))
    elif action == 1 and isinstance(here, dict):
        here[draw.choice((key[:-1], f"{key}s", key.upper(), "", "a.b", "type"))] = here.pop(key)
    elif action == 2:
        del here[key]
    elif action == 3:
        here[draw.choice(keys)] = here[key]
    else:
        here[key] = draw.choice(([here[key]], {"type": here[key]}, {str(key): here[key]}, str(here[key])))


def _byte(text: str, draw: random.Random) -> str:
    at = draw.randrange(len(text) + 1)
    return text[:at] + chr(draw.choice((draw.randrange(128), draw.randrange(0x3000)))) + text[at + draw.randrange(2) :]


def _cut(text: str, draw: random.Random) -> str:
    start = draw.randrange(len(text) + 1)
    return text[:start] + text[start + draw.randrange(60) :]


def _copy_line(text: str, draw: random.Random) -> str:
    lines = text.split("\n")
    lines.insert(draw.randrange(len(lines)), draw.choice(lines))
    return "\n".join(lines)


def _indent(text: str, draw: random.Random) -> str:
    lines = text.split("\n")
    at = draw.randrange(len(lines))
    lines[at] = " " * draw.randrange(5) + lines[at] if draw.random() < 0.5 else lines[at].lstrip()
    return "\n".join(lines)


def _poison_value(text: str, draw: random.Random) -> str:
    lines = text.split("\n")
    at = draw.randrange(len(lines))
    key, colon, _ = lines[at].partition(":")
    lines[at] = f"{key}{colon} {draw.choice(POISON)}"
    return "\n".join(lines)


def _poison_word(text: str, draw: random.Random) -> str:
    words = text.split(" ")
    words[draw.randrange(len(words))] = draw.choice(POISON)
    return " ".join(words)


def _swap(text: str, draw: random.Random) -> str:
    words = text.split(" ")
    a, b = draw.randrange(len(words)), draw.randrange(len(words))
    words[a], words[b] = words[b], words[a]
    return " ".join(words)


def read(path: Path, data: bytes, model: type[Document], scenario: str | None) -> str:
    """Read bytes as a deal file and return what came of it; anything but our errors escapes."""
    path.write_bytes(data)
    started = time.perf_counter()
    try:
        document = read_model(path, model, scenario=scenario)
        repr(document)
        outcome = "read"
    except RingfenceError as error:
        assert str(error).strip()
        outcome = error.findings[0].name
    assert time.perf_counter() - started < SLOWEST, data[:200]
    return outcome


def fuzz(folder: Path, count: int, *, limit: float, seed: int, examples: float) -> Counter[str]:
    """Read `count` inputs, or as many as fit into `limit` seconds; return the outcomes.

    The small deal is read in milliseconds; `examples` is the share drawn from all deals alike.
    """
    draw = random.Random(seed)
    deals = samples()
    outcomes: Counter[str] = Counter()
    started = time.perf_counter()
    for number in range(count):
        text, model = draw.choice(deals) if draw.random() < examples else deals[0]
        kind = mutated if number % 2 else restructured
        data = draw.randbytes(draw.randrange(200)) if number % 20 == 0 else kind(text, draw)
        scenario = draw.choice((*[None] * 8, "late", "wide", "none"))
        outcomes[read(folder / "deal.yaml", data, model, scenario)] += 1
        if time.perf_counter() - started > limit:
            break
    return outcomes


def test_500_mutated_deals(tmp_path):
    """Of 500 mutated deals and random bytes, every one is read or refused by our errors, under many rules."""
    outcomes = fuzz(tmp_path, 500, limit=60, seed=20260331, examples=0.02)

    assert outcomes["read"] > 10
    assert len(outcomes) > 12, outcomes


@pytest.mark.slow
def test_20_000_mutated_deals(tmp_path):
    """The same for 20,000."""
    outcomes = fuzz(tmp_path, 20_000, limit=1800, seed=7, examples=0.05)
    print(sorted(outcomes.items()))

    assert outcomes.total() == 20_000
    assert len(outcomes) > 18, outcomes


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=80), st.binary(max_size=80).map(lambda b: b.decode("latin-1"))))
def test_any_set_is_parsed_or_refused(text):
    """Whatever follows --set, it is a path and a value or one of our errors."""
    for argument in (text, f"contracts.senior.margin={text}"):
        try:
            parse_set(argument)
        except RingfenceError as error:
            assert str(error)


@settings(max_examples=100)
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10)),
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
        max_leaves=20,
    ),
    st.sampled_from(
        ["assets", "contracts", "close", "scenarios", "extends", "contracts.senior", "assets.gpus.deliveries"]
    ),
)
def test_any_structure_is_read_or_refused(tmp_path_factory, value, place):
    """Whatever structure stands at a place of a deal, it is read or refused by our errors."""
    text = TEXT.partition("scenarios:")[0]
    path = tmp_path_factory.getbasetemp() / "structure.yaml"
    path.write_text(text)
    try:
        read_model(path, Small, sets=[f"{place}={json.dumps(value)}"])
    except RingfenceError as error:
        assert str(error)
