"""Run NREL SAM on further Single Owner cases and keep its figures in ``further.json``.

Only whoever adds a case needs PySAM (``pip install NREL-PySAM``); the tests read the file. From the repository root:

    python tests/proof/sam/generate.py
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
KEEP = ("dispatch", "ppa_multiplier", "ppa_soln", "system_use_lifetime_output", "adjust", "en_", "cp_")
"""Inputs left as in SAM's own default case; every other input not named here is set to zero."""

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "dscr120": ("DSCR 1.20: late in the loan the owner's tax is more than its cash", {"dscr": 1.2}),
    "tenor18": (
        "DSCR 1.50 over 18 years at 5.5 %, 25 years of operation",
        {"dscr": 1.5, "term_tenor": 18.0, "term_int_rate": 5.5, "analysis_period": 25.0},
    ),
    "escalating": (
        "price +1.5 %, output -0.5 %, costs +3 % a year; fixed, capacity and output costs; DSCR 1.50",
        {
            "dscr": 1.5,
            "ppa_escalation": 1.5,
            "degradation": [0.5],
            "inflation_rate": 2.0,
            "om_fixed_escal": 1.0,
            "om_capacity": [10.0],
            "om_capacity_escal": 1.0,
            "om_production": [3.0],
            "om_production_escal": 1.0,
        },
    ),
    "fees": (
        "debt fee 2 % and 0.5 USDm of closing costs, paid from sources and never deducted",
        {"cost_debt_fee": 2.0, "cost_debt_closing": 500_000.0},
    ),
    "dsra12": (
        "12 months of debt service reserved at close, released with the last payment",
        {"dscr_reserve_months": 12.0},
    ),
    "geared": (
        "60 % of all cost: plant, 0.5 USDm of closing costs and a reserve that depends on the debt itself",
        {"debt_option": 0.0, "debt_percent": 60.0, "dscr_reserve_months": 12.0, "cost_debt_closing": 500_000.0},
    ),
    "salvage20": (
        "debt over the whole life, so that salvage is cash for debt service",
        {"term_tenor": 20.0, "salvage_percentage": 10.0, "dscr": 1.5},
    ),
    "dsra6": (
        "6 months of debt service reserved at close, released with the last payment",
        {"dscr_reserve_months": 6.0},
    ),
    "itc30": (
        "DSCR 2.00; 30 % investment credit in year 1, half of it off the depreciable basis",
        {
            "dscr": 2.0,
            "itc_fed_percent": [30.0],
            "itc_fed_percent_maxvalue": [1e38],
            "depr_itc_fed_macrs_5": 1.0,
            "depr_itc_sta_macrs_5": 1.0,
        },
    ),
    "ptc": ("production credit of 28 USD/MWh for ten years", {"ptc_fed_amount": [0.028]}),
    "salvage": ("10 % of cost comes back in the last year, taxed", {"salvage_percentage": 10.0}),
    "straight20": (
        "straight line over 20 years with a half-year convention",
        {"depr_alloc_macrs_5_percent": 0.0, "depr_alloc_sl_20_percent": 100.0},
    ),
    "macrs15": ("MACRS 15", {"depr_alloc_macrs_5_percent": 0.0, "depr_alloc_macrs_15_percent": 100.0}),
    "classes": (
        "90 % MACRS 5, 1.5 % MACRS 15, 2.5 % and 3 % straight line over 15 and 20 years, 3 % never",
        {
            "depr_alloc_macrs_5_percent": 90.0,
            "depr_alloc_macrs_15_percent": 1.5,
            "depr_alloc_sl_15_percent": 2.5,
            "depr_alloc_sl_20_percent": 3.0,
        },
    ),
    "bonus": ("60 % bonus depreciation, MACRS 5 on the rest", {"depr_bonus_fed": 60.0, "depr_bonus_fed_macrs_5": 1.0}),
    "state": ("5 % state tax, deducted from federal income", {"state_tax_rate": [5.0]}),
    "building": (
        "3 USDm of construction financing and 1 USDm of development cost, in the depreciable basis",
        {"construction_financing_cost": 3e6, "cost_other_financing": 1e6},
    ),
    "capped": (
        "DSCR 1.30 with escalating cash, but never more than 60 % of cost",
        {"dscr_limit_debt_fraction": 1.0, "dscr_maximum_debt_fraction": 60.0, "ppa_escalation": 1.5},
    ),
    "insured": (
        "insurance of 0.5 % of cost with inflation, property tax of 1 % of cost",
        {"insurance_rate": 0.5, "property_tax_rate": 1.0, "inflation_rate": 2.0},
    ),
    "moratorium": (
        "60 % debt at a level payment after two years of interest only",
        {"debt_option": 0.0, "debt_percent": 60.0, "loan_moratorium": 2.0},
    ),
    "together": (
        "escalation, degradation, 30 % credit, state tax, insurance, debt fee, 12 months' reserve, inflation of 2.5 %",
        {
            "ppa_price_input": [0.032],
            "ppa_escalation": 1.0,
            "degradation": [0.5],
            "inflation_rate": 2.5,
            "real_discount_rate": 6.4,
            "term_tenor": 18.0,
            "term_int_rate": 6.0,
            "analysis_period": 25.0,
            "dscr": 2.0,
            "insurance_rate": 0.5,
            "state_tax_rate": [7.0],
            "cost_debt_fee": 2.75,
            "dscr_reserve_months": 12.0,
            "itc_fed_percent": [30.0],
            "itc_fed_percent_maxvalue": [1e38],
            "depr_itc_fed_macrs_5": 1.0,
            "depr_itc_sta_macrs_5": 1.0,
        },
    ),
}


LEFT_OUT: dict[str, dict[str, str]] = {
    "moratorium": {
        "cf_pretax_dscr": "ringfence tests cover on repayment dates only, SAM in the years of interest only too",
        "min_dscr": "as cf_pretax_dscr",
        "cf_pv_cash_for_ds": "ringfence discounts to the start of the schedule, a year before the first repayment",
    },
}
"""Lines of a case that are not compared, and why."""


def main() -> None:
    """Run every case and write ``further.json``."""
    published = json.loads((HERE / "pysam_singleowner.json").read_text())["cases"]["A_dscr130_plain"]
    out = {}
    for name, (note, changes) in CASES.items():
        outputs = run_sam({**published["inputs"], **changes})
        kept = {k: v for k, v in outputs.items() if not k.startswith(("cf_energy_sales_", "cf_revenue_"))}
        kept = {k: v for k, v in kept.items() if not _partial(k, outputs)}
        out[name] = {"note": note, "changes": changes, "left_out": LEFT_OUT.get(name, {}), "outputs": kept}
    text = f"NREL System Advisor Model through NREL-PySAM {version('NREL-PySAM')} (BSD-3), Single Owner financial model"
    inputs = "those of A_dscr130_plain in pysam_singleowner.json, with the changes of each case"
    data = {"source": text, "inputs": inputs, "cases": out}
    (HERE / "further.json").write_text(json.dumps(data, indent=1) + "\n")


def run_sam(inputs: dict[str, Any]) -> dict[str, Any]:
    """Outputs of one run that the mapping knows and that are not zero throughout."""
    import PySAM.Singleowner as single_owner
    from ruamel.yaml import YAML

    mapping = YAML(typ="safe").load((HERE / "mapping.yaml").read_text())
    known = {**mapping["years"], **mapping["figures"], **mapping["with_state_tax"]}
    model = single_owner.default("PVWattsSingleOwner")
    for group, values in model.export().items():
        for name, value in values.items():
            if group != "Outputs" and name not in inputs and not name.startswith(KEEP):
                model.value(name, _zero(value))
    for name, value in inputs.items():
        model.value(name, [value["const_8760"]] * 8760 if name == "gen" else value)
    model.value("ppa_multiplier_model", 0)
    model.value("dispatch_tod_factors", [1.0] * 9)
    model.execute(0)
    return {k: _plain(v) for k, v in model.Outputs.export().items() if (k in known or k == "cf_statax") and _any(v)}


def _partial(line: str, outputs: dict[str, Any]) -> bool:
    """Whether a line is one of several classes of depreciation, or a state's basis unlike the federal one."""
    if line.startswith(("cf_feddepr_", "cf_stadepr_")):
        return bool(outputs[line] != outputs["cf_feddepr_total"])
    if line.startswith("cf_statax_income") and "cf_statax" not in outputs:
        return bool(outputs[line] != outputs["cf_fedtax_income_prior_incentives"])
    return False


def _zero(value: Any) -> Any:
    if isinstance(value, tuple | list):
        if value and isinstance(value[0], tuple | list):
            return [[0.0] * len(row) for row in value]
        return [0.0] * (1 if len(value) < 30 else len(value))
    return 0.0 if isinstance(value, int | float) else value


def _plain(value: Any) -> Any:
    return [float(x) for x in value] if isinstance(value, tuple | list) else float(value)


def _any(value: Any) -> bool:
    return any(x != 0 for x in value) if isinstance(value, tuple | list) else value != 0


if __name__ == "__main__":
    main()
