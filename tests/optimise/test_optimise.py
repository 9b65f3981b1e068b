"""The whole question on a small deal: found, priced, proved by a fresh run, written as a deal."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from unittest import mock

import pytest

import ringfence as rf
from ringfence.desk.compare import compare
from ringfence.desk.optimise import Answer, optimise
from ringfence.desk.optimise.object import answer_object
from ringfence.desk.optimise.overlay import write_overlay
from ringfence.desk.optimise.tables import tables
from ringfence.errors import DealError, RingfenceError
from ringfence.solve.structure import Built
from ringfence.terms.deal import Deal

IRR = "shares.irr"


def text(answer: Answer) -> str:
    """Return the answer as it is printed."""
    return "\n\n".join(table.text() for table in tables(answer))


@pytest.fixture(scope="module")
def cheapest(lease: Deal) -> Answer:
    """The lowest rent at which the shares still earn 12 %."""
    return optimise(lease, minimise="sponsor.usd_per_gpu_hour", by=["rent.rate"], subject_to=["shares.irr >= 12%"])


@pytest.fixture(scope="module")
def richest(lease: Deal) -> Answer:
    """The best return within a price and a cover."""
    return optimise(
        lease,
        maximise=IRR,
        by=["senior.margin=5%..9%", "rent.rate=1.5..1.8", "senior.gearing"],
        subject_to=["senior.dscr.min >= 1.35", "sponsor.usd_per_gpu_hour <= 1.70"],
    )


def test_one_term_and_one_limit_is_a_goal_seek(lease: Deal, cheapest: Answer) -> None:
    """With one term the answer is the rent at which the limit holds exactly: bisection of fresh runs finds the same."""
    low, high = 1.4, 1.6
    for _ in range(30):
        middle = (low + high) / 2
        changed = rf.run(lease, changes={"contracts.rent.rent": f"{middle!r} USD/GPU-h"}, resize=True)
        value = changed.measures[IRR].value
        assert value is not None
        low, high = (middle, high) if value < 0.12 else (low, middle)

    assert cheapest.levers["rent.rate"] == pytest.approx(high, abs=1e-6)
    assert cheapest.after.measures[IRR].value == pytest.approx(0.12, abs=1e-9)


def test_the_found_terms_give_the_found_figures(richest: Answer) -> None:
    """The deal read again with the terms found, sized and run afresh, has the figures of the search."""
    values = richest.structure.evaluator.values(richest.structure.found.at)
    again = rf.run(richest.best, resize=True)

    assert {name: again.measures[name].value for name in values} == pytest.approx(values, rel=1e-9)
    assert all(check.ok for check in again.checks)


def test_what_binds_and_what_it_costs(richest: Answer) -> None:
    """Price and cover bind, and the margin is at its lower bound; each says what a step costs."""
    assert {(p.name, p.side) for p in richest.prices} == {
        ("sponsor.usd_per_gpu_hour", "<="),
        ("senior.dscr.min", ">="),
        ("senior.margin", ">="),
    }
    printed = text(richest)
    assert "1 cent less than 1.70 USD/GPU-h on sponsor.usd_per_gpu_hour costs" in printed
    assert "0.01 more than 1.35x on senior.dscr.min costs" in printed
    assert "10bp more than 5.00% on senior.margin costs" in printed
    assert "Debt is sized afresh for every structure." in printed
    assert "senior.gearing are half to one and a half times what is agreed" in printed


@pytest.mark.slow
def test_a_shadow_price_is_what_the_question_asked_again_gives(lease: Deal, richest: Answer) -> None:
    """Asked afresh with the price limit a tenth of a cent lower and higher, the best moves by the multiplier."""
    (price,) = (p for p in richest.prices if p.name == "sponsor.usd_per_gpu_hour")
    found = []
    for bound in (1.699, 1.701):
        again = optimise(
            lease,
            maximise=IRR,
            by=["senior.margin=5%..9%", "rent.rate=1.5..1.8", "senior.gearing"],
            subject_to=["senior.dscr.min >= 1.35", f"sponsor.usd_per_gpu_hour <= {bound}"],
        )
        found.append(again.structure.value)

    assert price.slope is not None
    assert -price.slope / price.step == pytest.approx((found[1] - found[0]) / 0.002, rel=2e-3)


def test_the_overlay_reproduces_the_structure(richest: Answer, lease_file: Path) -> None:
    """The file that is written extends the deal, holds the found terms alone, and runs to the same figures."""
    out = write_overlay(richest, str(lease_file), lease_file.parent / "best.yaml")
    again = rf.run(rf.read(out))

    assert out.read_text(encoding="utf-8").startswith("extends: lease.yaml\ndeal: my-deal-best\ncontracts:\n")
    assert again.measures[IRR].value == pytest.approx(richest.structure.value, rel=1e-9)
    changed = {path for path, _, _ in compare(richest.before, again).inputs}
    assert changed == {
        "deal",
        "contracts.rent.rent",
        "contracts.senior.pricing",
        "contracts.senior.size.min.0.gearing",
    }


def test_a_scenario_goes_into_the_overlay_too(lease_file: Path) -> None:
    """Found under a scenario, the overlay holds what the scenario had changed, so that it runs by itself."""
    deal = rf.read(lease_file, scenario="late")
    answer = optimise(deal, minimise="sponsor.usd_per_gpu_hour", by=["rent.rate"], subject_to=["shares.irr >= 12%"])
    out = write_overlay(answer, str(lease_file), lease_file.parent / "late.yaml")
    again = rf.read(out)

    assert "delay: 3m" in out.read_text(encoding="utf-8")
    assert rf.run(again).measures[IRR].value == pytest.approx(0.12, abs=1e-9)
    assert "under late" in text(answer)


def test_on_the_signed_schedule_the_debt_is_held(lease: Deal, lease_file: Path) -> None:
    """The other reading varies terms on the deal as closed; its overlay is a scenario, run on the signed schedule."""
    answer = optimise(
        lease, minimise="sponsor.usd_per_gpu_hour", by=["rent.rate"], subject_to=["shares.irr >= 12%"], resize=False
    )
    out = write_overlay(answer, str(lease_file), lease_file.parent / "held.yaml")
    again = rf.run(rf.read(out, scenario="best"))

    assert answer.after.signed
    assert again.signed
    assert again.measures[IRR].value == pytest.approx(0.12, abs=1e-9)
    assert again.run["senior.amount"] == answer.before.run["senior.amount"]
    assert "held as signed" in text(answer)


@pytest.mark.parametrize(
    ("name", "words"),
    [("lease.yaml", "is the deal itself"), ("missing/best.yaml", "there is no folder"), ("best.txt", "not a .yaml")],
)
def test_a_place_no_overlay_can_stand_in(cheapest: Answer, lease_file: Path, name: str, words: str) -> None:
    """Where the deal cannot be extended from is said before anything is written."""
    with pytest.raises(RingfenceError, match=words):
        write_overlay(cheapest, str(lease_file), lease_file.parent / name)


@pytest.mark.slow
def test_a_stepped_term_is_enumerated_with_the_deal_built_again(lease: Deal) -> None:
    """Each number of instalments is a deal of its own; the best of the three is the best of three single searches."""
    limits = ["sponsor.usd_per_gpu_hour <= 1.70", "senior.dscr.min >= 1.20"]
    answer = optimise(lease, maximise=IRR, by=["rent.rate=1.5..1.8", "senior.count=16|18|20"], subject_to=limits)
    alone = {
        count: optimise(
            _with_count(lease, count),
            maximise=IRR,
            by=["rent.rate=1.5..1.8"],
            subject_to=limits,
        ).structure.value
        for count in (16, 20)
    }
    by_count = {c.steps["senior.count"]: c.value for c in answer.structure.candidates}

    assert by_count[16] == pytest.approx(alone[16], rel=1e-6)
    assert by_count[20] == pytest.approx(alone[20], rel=1e-6)
    assert answer.structure.value == max(v for v in by_count.values() if v is not None)
    assert "Every combination of the stepped terms" in text(answer)


def _with_count(lease: Deal, count: int) -> Deal:
    from ringfence.terms.read import revise

    changed = revise(lease, {"contracts.senior.repayment.count": count})
    changed._agreed = None
    return changed


def test_what_the_deal_refuses_is_a_line_of_the_table(lease: Deal) -> None:
    """Ninety quarterly instalments outlast the deal: the rule that says so stands in the table."""
    answer = optimise(lease, maximise=IRR, by=["senior.count=20|90"])

    assert answer.levers == {"senior.count": 20.0}
    assert answer.structure.candidates[1].refused
    assert "refused by the deal" in text(answer)


@pytest.mark.slow
def test_the_frontier_falls_and_is_drawn(lease: Deal) -> None:
    """The lower the price must be, the less the shares earn; the plot has a point for each solved structure."""
    answer = optimise(
        lease,
        maximise=IRR,
        by=["rent.rate=1.4..1.8"],
        subject_to=["senior.dscr.min >= 1.1", "sponsor.usd_per_gpu_hour <= 1.8"],
        frontier_with="sponsor.usd_per_gpu_hour",
        points=5,
    )
    values = [p.value for p in answer.frontier]
    printed = text(answer)

    assert [p.other for p in answer.frontier] == pytest.approx([1.8, 1.7, 1.6, 1.5, 1.4], abs=1e-6)
    assert all(b < a for a, b in pairwise(values))
    assert "Frontier: the largest shares.irr as sponsor.usd_per_gpu_hour is lowered" in printed
    assert printed.partition("(across)")[2].partition("+---")[0].count("o") == 5


def test_limits_in_conflict_are_refused_with_both_numbers(lease: Deal) -> None:
    """Return and price cannot both be had: the pair, how near each comes, and the ways out; the third is not named."""
    with pytest.raises(DealError) as refused:
        optimise(
            lease,
            maximise=IRR,
            by=["rent.rate=1.4..1.8"],
            subject_to=["senior.dscr.min >= 1.0", "shares.irr >= 20%", "sponsor.usd_per_gpu_hour <= 1.55"],
        )
    (finding,) = refused.value.findings

    assert finding.message.startswith("shares.irr >= 20.00% and sponsor.usd_per_gpu_hour <= 1.55 USD/GPU-h cannot hold")
    assert "shares.irr is at most" in finding.where[0]
    assert "sponsor.usd_per_gpu_hour is at least" in finding.where[1]
    assert "relax shares.irr to about" in finding.fix
    assert "widen the bounds of rent.rate (1.40 to 1.80 USD/GPU-h)" in finding.fix


def test_terms_that_move_nothing_are_refused(lease: Deal) -> None:
    """A term on which neither the aim nor a limit leans is no question."""
    with pytest.raises(
        DealError, match=r"shares\.irr and every limit stay as they are, whatever sponsor\.own_debt_rate"
    ):
        optimise(lease, maximise=IRR, by=["sponsor.own_debt_rate"])


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"maximise": "shares.ir"}, "did you mean shares.irr"),
        ({}, "No aim is given"),
        ({"maximise": IRR, "minimise": IRR}, "Two aims are given"),
        ({"maximise": IRR, "frontier_with": "senior.dscr.min"}, "write --frontier max:senior.dscr.min or"),
        ({"maximise": IRR, "frontier_with": f"max:{IRR}"}, "with itself is one point"),
        (
            {"maximise": IRR, "frontier_with": "min:P(senior.missed)"},
            "is a probability: it is counted",
        ),
        ({"maximise": IRR, "frontier_with": "max:senior.colour"}, "no measure senior.colour"),
    ],
)
def test_an_aim_nobody_can_mean(lease: Deal, asked: Mapping[str, str], words: str) -> None:
    """Unknown, missing or double aims are findings."""
    with pytest.raises(DealError, match=words):
        optimise(lease, by=["rent.rate"], **asked)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_probability_may_be_handed_in(lease: Deal) -> None:
    """A stand-in that counts fixed futures of the rent: the best rent is the largest that keeps the share."""
    futures = [0.70 + 0.02 * k for k in range(30)]

    def probability(event: str) -> object:
        assert event == "rent too dear"

        def share(built: Built, levers: Mapping[str, float]) -> float:
            return sum(levers["rent.rate"] > 1.6 * f for f in futures) / len(futures)

        return share

    answer = optimise(
        lease,
        maximise=IRR,
        by=["rent.rate=1.2..1.8"],
        subject_to=["P(rent too dear) <= 50%"],
        probabilities=probability,  # type: ignore[arg-type]
    )

    assert answer.levers["rent.rate"] == pytest.approx(1.6 * futures[15], abs=0.01)
    assert answer.structure.figure(answer.limits[0].limit) <= 0.5
    assert any(p.name == "P(rent too dear)" and p.slope is None for p in answer.prices)


def test_the_object_holds_what_the_tables_say(richest: Answer) -> None:
    """The JSON object has terms, limits, prices and every measure, all of it plain data."""
    found = json.loads(json.dumps(answer_object(richest), allow_nan=False))

    assert found["aim"]["value"] == richest.structure.value
    assert [t["name"] for t in found["terms"]] == ["senior.margin", "rent.rate", "senior.gearing"]
    assert found["terms"][0]["path"] == "contracts.senior.pricing"
    assert found["measures"][IRR]["best"] == pytest.approx(richest.structure.value, rel=1e-9)
    assert {p["name"] for p in found["prices"]} == {p.name for p in richest.prices}


@pytest.mark.slow
def test_the_best_at_a_jump_is_told_as_a_jump(lease: Deal) -> None:
    """More debt pays until the cover falls into the lock-up, where cash stays in the vehicle and the return falls."""
    answer = optimise(lease, maximise=IRR, by=["senior.gearing=50%..100%", "senior.dscr=1.10..1.60"])
    (jump,) = (k for k in answer.kinks if k.lever.name == "senior.dscr")

    assert answer.after.measures["senior.dscr.min"].value == pytest.approx(1.15, abs=0.03)
    assert jump.jump_below < -0.001
    assert "at once just below senior.dscr" in text(answer)


@pytest.mark.slow
def test_the_question_of_the_ten_billion_deal() -> None:
    """Margin, rent, gearing and term of the $10bn deal: the price binds, the figures come back, the price is right."""
    deal = rf.read(f"{rf.__file__.rpartition('/src/')[0]}/examples/softbank-10bn/deal.yaml")
    by = ["senior.margin=200bp..450bp", "rent.rate", "senior.gearing", "rent.term=4y|5y|6y"]
    limits = ["senior.dscr.min >= 1.15", "sponsor.usd_per_gpu_hour <= 2.40"]
    answer = optimise(deal, maximise="gpu_equity.irr", by=by, subject_to=limits)
    by_term = [c.value for c in answer.structure.candidates]
    again = rf.run(answer.best, resize=True)

    assert answer.levers["senior.margin"] == 0.02
    assert answer.levers["rent.term"] == 72.0
    assert by_term == sorted(by_term)
    assert again.measures["sponsor.usd_per_gpu_hour"].value == pytest.approx(2.40, abs=1e-8)
    assert again.measures["gpu_equity.irr"].value == pytest.approx(answer.structure.value, rel=1e-9)
    price = next(p for p in answer.prices if p.name == "sponsor.usd_per_gpu_hour")
    assert price.tighter == pytest.approx(price.slope, rel=0.01)
    assert {k.lever.name for k in answer.kinks if k.idle} == {"senior.gearing"}


@pytest.mark.slow
def test_a_probability_of_the_deal_s_own_risks(lease_file: Path) -> None:
    """A limit on P(shares.irr < 8%) is kept, repeats with its seed, and the deal read again counts the same paths."""
    path = lease_file.parent / "risky.yaml"
    risks = """
risk:
  factors:
    lessee: {type: lessee_default, lease: rent, rating: BBB}
    market: {type: gpu_rent, fleet: gpus}
    used: {type: resale, fleet: gpus}
"""
    path.write_text(f"extends: lease.yaml\ndeal: risky\n{risks}", encoding="utf-8")
    asked = {
        "minimise": "sponsor.usd_per_gpu_hour",
        "by": ["rent.rate=1.4..1.9"],
        "subject_to": ["P(shares.irr < 8%) <= 15%"],
        "paths": 2_000,
    }
    first, second = (optimise(rf.read(path), **asked) for _ in range(2))
    share = first.structure.figure(first.limits[0].limit)

    assert share is not None
    assert share <= 0.15
    assert first.limits_before[0] is not None
    assert first.levers == second.levers
    assert "counted on 2,000 random futures, seed 0" in text(first)
    with pytest.raises(DealError, match=r"no event senior\.defualt; did you mean senior\.default"):
        optimise(rf.read(path), maximise=IRR, by=["rent.rate"], subject_to=["P(senior.defualt) <= 2%"])
    with pytest.raises(DealError, match=r"no measure shares\.ir;"):
        optimise(rf.read(path), maximise=IRR, by=["rent.rate"], subject_to=["P(shares.ir < 8%) <= 2%"])


# Command line --------------------------------------------------------------------------------------


def command(*words: str) -> int:
    """Run ``ringfence optimise`` in this process and return its exit code."""
    from ringfence.cli import main

    with mock.patch.object(sys, "argv", ["ringfence", "optimise", *words]):
        try:
            main()
        except SystemExit as done:
            return int(done.code or 0)
    return 0


def test_the_command_prints_and_writes(lease_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line on the command line: tables on standard output, the overlay beside the deal."""
    out = lease_file.parent / "cheapest.yaml"
    words = ["--minimise", "sponsor.usd_per_gpu_hour", "--by", "rent.rate", "--subject-to", "shares.irr >= 12%"]
    code = command(str(lease_file), *words, "--out", str(out))
    printed = capsys.readouterr()

    assert code == 0
    assert "the smallest sponsor.usd_per_gpu_hour is" in printed.out
    assert f"wrote {out}" in printed.err
    assert out.exists()


def test_refusals_have_their_exit_codes(lease_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A question the deal cannot answer is refused with code 1, a place that is no good with code 2."""
    ask = ["--maximise", IRR, "--by", "rent.rate"]
    assert command(str(lease_file), "--maximise", "shares.ir", "--by", "rent.rate") == 1
    assert "did you mean shares.irr" in capsys.readouterr().err
    assert command(str(lease_file), *ask, "--out", str(lease_file)) == 2
    assert "is the deal itself" in capsys.readouterr().err
    assert command(str(lease_file), *ask, "--subject-to", "shares.irr >= 500%", "--json") == 1
    assert "200% a year" in json.loads(capsys.readouterr().out)["findings"][0]["message"]
