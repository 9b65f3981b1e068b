"""Who is paid for an asset: the party its deal names."""

from __future__ import annotations

from pathlib import Path

import pytest

import ringfence as rf
from ringfence.terms.read import revise

EXAMPLES = Path(__file__).parents[2] / "examples"


def paid(result):
    """Payee and amount of what is paid for each asset of the deal. [USD]"""
    flows = [f for f in result.model.books.flows if f.contract in result.deal.assets and f.label.startswith("cost of")]
    return {f.contract: (f.payee, sum(result.run.line(f.row.name))) for f in flows}


@pytest.fixture(scope="module")
def example():
    """The $10bn example: GPUs from one vendor, plants from another."""
    return rf.run(rf.read(EXAMPLES / "softbank-10bn/deal.yaml"))


def test_every_asset_is_paid_to_its_vendor(example):
    """Plants are paid to the vendor they name, as the GPUs are, and for what they cost."""
    named = {x: a.vendor for x, a in example.deal.assets.items() if getattr(a, "vendor", None)}
    found = paid(example)
    assert sorted(set(named.values())) == ["epc", "nvidia"] and len(named) == 5
    for asset, vendor in named.items():
        payee, amount = found[asset]
        assert payee == vendor, asset
        assert amount == pytest.approx(sum(example.run.line(f"{asset}.capex"))), asset


def test_a_purchase_contract_names_the_vendor_first(example):
    """A purchase of a plant takes the place of the vendor on it; with neither the market is paid."""
    plant = next(x for x, a in example.deal.assets.items() if getattr(a, "vendor", None) == "epc")
    owner = example.deal.assets[plant].owner
    bought = {"contracts.build": {"type": "purchase", "asset": plant, "vendor": "nvidia", "buyer": owner}}
    assert paid(rf.run(revise(example.deal, bought)))[plant][0] == "nvidia"
    assert paid(rf.run(revise(example.deal, {f"assets.{plant}.vendor": None})))[plant][0] == "market"
