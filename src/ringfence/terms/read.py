"""A deal file to a :class:`Deal` that remembers file and line of every value.

    deal = read_deal("examples/softbank-10bn/deal.yaml", scenario="bb-ladder", sets=["assets.gpus.count=50_000"])
    deal.where("contracts.senior.margin")     # deal.yaml:41  contracts.senior.margin = SOFR + 3.00%

Order: the file and what it ``extends``, the scenario, each ``--set``; then the models, then the
contradiction checks of ``rules/``. Everything found is raised together as one :class:`DealError`;
warnings and notes stay on ``deal.findings``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pydantic

from ringfence.errors import DealError, Finding
from ringfence.terms import overlay
from ringfence.terms.files import read_layers, read_mapping
from ringfence.terms.findings import finding
from ringfence.terms.model import Document
from ringfence.terms.node import MAX_DEPTH, MAX_NODES, Node, paths, plain, written
from ringfence.terms.source import Source, SourceMap
from ringfence.terms.translate import translate

if TYPE_CHECKING:
    from ringfence.terms.deal import Deal

D = TypeVar("D", bound=Document)


def read_deal(path: str | PathLike[str], *, scenario: str | None = None, sets: Iterable[str] = ()) -> Deal:
    """Read a deal file.

    Parameters
    ----------
    path
        The deal file (YAML).
    scenario
        Name of a scenario of the deal to read it under.
    sets
        Overrides ``path=value``, applied last and in order.

    Returns
    -------
    Deal
        The deal; ``deal.where(path)`` tells where a value was written.

    Raises
    ------
    DealError
        With every finding; nothing else is raised.
    """
    from ringfence.terms.deal import Deal

    return read_model(path, Deal, scenario=scenario, sets=sets)


def read_model(
    path: str | PathLike[str], model: type[D], *, scenario: str | None = None, sets: Iterable[str] = ()
) -> D:
    """Read a file as any document model; see :func:`read_deal`."""
    return _read(read_layers(Path(path)), model, scenario, sets)


def read_text(
    text: str, model: type[D], *, name: str = "deal.yaml", scenario: str | None = None, sets: Iterable[str] = ()
) -> D:
    """Read a document from text; it may not extend a file.

    Parameters
    ----------
    text
        The document, as it would stand in a file.
    model
        Its model, for example :class:`Deal`.
    name
        Name of the file, as findings shall show it.
    scenario, sets
        As in :func:`read_deal`.

    Returns
    -------
    Document
        The document.

    Raises
    ------
    DealError
        With every finding.
    """
    tree = read_mapping(text.encode("utf-8", "surrogatepass"), name)
    if "extends" in tree.value:
        where = [f"{tree.value['extends'].source.place}  extends"]
        message = "extends cannot be followed from text that is not in a file."
        raise DealError([finding("extends", message, where=where, fix="save it beside the file it extends")])
    return _read(tree, model, scenario, sets)


def _read(layers: Node, model: type[D], scenario: str | None, sets: Iterable[str]) -> D:
    """Lay the scenario and the changes on a file's text, and validate the result."""
    agreed, scenarios = overlay.scenarios_of(layers)
    tree = agreed if scenario is None else overlay.apply_scenario(agreed, scenarios, scenario, model)
    changes = _parsed(sets)
    document = _document(overlay.apply_sets(tree, changes, model), model, scenarios, scenario)
    if scenario is not None or changes:
        document._agreed = agreed
    return document


def as_agreed(document: D) -> D:
    """Return the document without its scenario and its changes; itself where it has none."""
    if document._agreed is None:
        return document
    return _document(document._agreed, type(document), document._scenarios, None)


def under(document: D, scenario: str) -> D:
    """Return the document as agreed, under one of its scenarios.

    Parameters
    ----------
    document
        A document read from a file.
    scenario
        Name of the scenario.

    Raises
    ------
    DealError
        With every finding.
    """
    agreed = document._agreed or document._tree
    assert agreed is not None, "a document built in Python has no scenarios"
    model = type(document)
    tree = overlay.apply_scenario(agreed, document._scenarios, scenario, model)
    found = _document(tree, model, document._scenarios, scenario)
    found._agreed = agreed
    return found


def revise(document: D, changes: Mapping[str, Any], *, source: str = "--set") -> D:
    """Return the document with values changed, read and checked again as a whole.

    Parameters
    ----------
    document
        A document, read from a file or built in Python.
    changes
        Path to value, in the form of a deal file: ``{"contracts.senior.margin": "450bp"}``; a
        nested mapping is merged, None takes a key out.
    source
        Where the changes come from, as ``document.where`` shall name it.

    Returns
    -------
    Document
        A new document of the same type, under the same scenario.

    Raises
    ------
    DealError
        With every finding.
    """
    tree = document._tree or written(document.model_dump(mode="json", exclude_unset=True), Source("python"))
    nodes = [(path, written(value, Source(source))) for path, value in changes.items()]
    model = type(document)
    revised = _document(overlay.apply_sets(tree, nodes, model), model, document._scenarios, document.scenario)
    revised._agreed = document._agreed or tree
    return revised


def _parsed(sets: Iterable[str]) -> list[tuple[str, Node]]:
    parsed: list[tuple[str, Node]] = []
    findings: list[Finding] = []
    for text in sets:
        try:
            parsed.append(overlay.parse_set(text))
        except DealError as error:
            findings += error.findings
    if findings:
        raise DealError(findings)
    return parsed


def _document(tree: Node, model: type[D], scenarios: Mapping[str, Node], scenario: str | None) -> D:
    """Validate a tree and attach its sources; then run the checks between terms."""
    sources = _sources(tree)
    data = plain(tree)
    try:
        document = model.model_validate(data)
    except pydantic.ValidationError as error:
        raise DealError(translate(error, model, data, sources)) from None
    document._sources, document._tree = sources, tree
    document._scenarios, document._scenario = dict(scenarios), scenario
    findings = document.check()
    if errors := [f for f in findings if f.level == "error"]:
        raise DealError([*errors, *(f for f in findings if f.level != "error")])
    document._findings = tuple(findings)
    return document


def _sources(tree: Node) -> SourceMap:
    """Return the place of every value, refusing a tree that overlays made too large."""
    found: dict[str, Source] = {}
    for path, source in paths(tree):
        found[path] = source
        if len(found) > MAX_NODES or path.count(".") > 2 * MAX_DEPTH:
            fix = f"keep the deal below {MAX_NODES:_} values"
            raise DealError([finding("limits", "The deal is too large once extended.", where=[source.place], fix=fix)])
    return SourceMap(found)
