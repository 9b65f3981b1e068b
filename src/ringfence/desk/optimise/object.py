"""The answer as one JSON object, in base units."""

from __future__ import annotations

from typing import Any

from ringfence.desk.optimise.answer import Answer
from ringfence.desk.optimise.ranges import Choice
from ringfence.solve.structure import Candidate, FrontierPoint, Price


def answer_object(answer: Answer) -> dict[str, Any]:
    """Return the answer with every figure, before and after.

    Parameters
    ----------
    answer
        From ``optimise``.
    """
    aim = {"measure": answer.aim.measure, "maximise": answer.aim.maximise, "unit": answer.unit}
    return {
        "deal": {"name": answer.deal.deal, "title": answer.deal.title, "scenario": answer.deal.scenario},
        "aim": {**aim, "value": answer.structure.value},
        "resized": answer.resize,
        "terms": [_term(answer, choice) for choice in answer.choices],
        "limits": [
            {
                "limit": a.words,
                "bound": a.limit.bound,
                "agreed": was,
                "best": answer.structure.figure(a.limit),
                "unit": a.unit,
            }
            for a, was in zip(answer.limits, answer.limits_before, strict=True)
        ],
        "prices": [_price(price) for price in answer.prices],
        "corners": [
            {
                "term": k.lever.name,
                "below": k.below,
                "above": k.above,
                "jump_below": k.jump_below,
                "jump_above": k.jump_above,
                "idle": [k.idle_from, k.idle_to],
            }
            for k in answer.kinks
        ],
        "combinations": [_candidate(c) for c in answer.structure.candidates] if answer.structure.best.steps else [],
        "frontier": [_point(point) for point in answer.frontier],
        "frontier_with": answer.other.measure if answer.other is not None else None,
        "runs": answer.structure.runs,
        "paths": answer.paths[0] if answer.paths else None,
        "seed": answer.paths[1] if answer.paths else None,
        "measures": {
            name: {"unit": str(m.unit), "agreed": _value(answer, name), "best": m.value}
            for name, m in answer.after.measures.items()
        },
    }


def _value(answer: Answer, name: str) -> float | None:
    found = answer.before.measures.get(name)
    return None if found is None else found.value


def _term(answer: Answer, choice: Choice) -> dict[str, Any]:
    lever = choice.lever
    return {
        "name": choice.name,
        "path": choice.leaf.path,
        "agreed": choice.leaf.value,
        "best": answer.levers[choice.name],
        "written": choice.leaf.write(answer.levers[choice.name]),
        "low": lever.low,
        "high": lever.high,
        "values": list(lever.values),
        "bounds_given": choice.given,
        "moves": choice.name not in answer.idle,
    }


def _price(price: Price) -> dict[str, Any]:
    return {
        "name": price.name,
        "side": price.side,
        "bound": price.bound,
        "of_term": price.of_lever,
        "step": price.step,
        "at_the_margin": price.slope,
        "tighter": price.tighter,
        "looser": price.looser,
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "terms": dict(candidate.steps),
        "value": candidate.value if candidate.kept else None,
        "keeps_every_limit": candidate.kept,
        "refused": candidate.refused,
    }


def _point(point: FrontierPoint) -> dict[str, Any]:
    return {"other": point.other, "value": point.value, "terms": point.structure.levers}
