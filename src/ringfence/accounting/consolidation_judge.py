"""One party against one vehicle under both frameworks, on given answers: the facts of the deal put to the tests."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ringfence.accounting.citations import cite
from ringfence.accounting.control_ifrs10 import Conclusion, ControlFacts, control
from ringfence.accounting.deal_facts import (
    Subject,
    Values,
    activities,
    related_holders,
    scope_facts,
    single_lessee,
    stakes,
    variable_interest_list,
    vie_facts,
)
from ringfence.accounting.logic import is_open
from ringfence.accounting.outcome import FAIL, PASS, Test
from ringfence.accounting.primary_beneficiary import (
    Association,
    BeneficiaryMarks,
    Group,
    group_beneficiary,
    primary_beneficiary,
)
from ringfence.accounting.principal_agent import Marks
from ringfence.accounting.variable_interests import variable_interests
from ringfence.accounting.vie_asc810 import Vie, equity_at_risk, in_scope, vie


@dataclass(frozen=True)
class Judge:
    """Evaluates both frameworks for a party, under given answers.

    Parameters
    ----------
    subject
        The vehicle and what was computed about it.
    marks, beneficiary_marks
        Policy.
    """

    subject: Subject
    marks: Marks
    beneficiary_marks: BeneficiaryMarks

    def ifrs(self, party: str, values: Values) -> Conclusion:
        """Return whether a party controls the vehicle under IFRS 10, on given answers."""
        s = self.subject
        mine = party == s.scope.sponsor
        facts = ControlFacts(
            party,
            s.scope.vehicle,
            activities(s, values),
            exposure=self._share(party, values),
            returns=_returns(s, party, values),
            designed=values.get("A7") if mine else None,
            commitment=values.get("A6") if mine else None,
            dependencies=("a lessee: no other could use its assets",) if mine and values.get("A9") is False else (),
        )
        return control(facts, self.marks)

    def us(self, party: str, values: Values) -> Conclusion:
        """Return whether a party consolidates the vehicle under ASC 810, on given answers."""
        s = self.subject
        answer = vie(vie_facts(s, values))
        if in_scope(scope_facts(s, values)).outcome is FAIL or not answer.treated_as:
            return _by_votes(s, party, answer)
        alone = self._alone(party, values)
        if party != s.scope.sponsor or alone.outcome is PASS or not related_holders(s):
            return alone
        return self._with_group(alone, values)

    def _alone(self, party: str, values: Values) -> Conclusion:
        s, share = self.subject, self._share(party, values)
        return primary_beneficiary(party, s.scope.vehicle, activities(s, values), share, marks=self.beneficiary_marks)

    def _with_group(self, alone: Conclusion, values: Values) -> Conclusion:
        """The sponsor's conclusion once its related-party group is looked at together (25-42 to 25-44B)."""
        s, sponsor = self.subject, self.subject.scope.sponsor
        members = (sponsor, *(x for x in related_holders(s) if x != sponsor))
        group = Group(
            tuple(
                Association(
                    m,
                    exposure=s.shares.get(m, 0.0),
                    designed=bool(values.get("A7")) and m == sponsor,
                    on_behalf=m == sponsor and single_lessee(s),
                )
                for m in members
            ),
            common_control=values.get("A15"),
        )
        powers = {m: self._alone(m, values).tests[0].outcome for m in members}
        chosen, test = group_beneficiary(s.scope.vehicle, group, powers, s.shares, marks=self.beneficiary_marks)
        outcome = alone.outcome
        if chosen == sponsor:
            outcome = PASS
        elif outcome is FAIL and is_open(test.outcome):
            outcome = test.outcome
        words = alone.sentence
        if outcome is not alone.outcome:
            words = f"{test.sentence} Treat as consolidated by {sponsor}."
        return replace(alone, outcome=outcome, tests=(*alone.tests, test), sentence=words)

    def _share(self, party: str, values: Values) -> float | None:
        """Share of expected losses; open while what is not in the sample (support, related parties) could raise it."""
        if not self.subject.shares:
            return None
        share = self.subject.shares.get(party, 0.0)
        unseen = values.get("A6") is not False or values.get("A8") is not False
        small = share < self.beneficiary_marks.significant
        return None if party == self.subject.scope.sponsor and small and unseen else share


def _by_votes(s: Subject, party: str, answer: Vie) -> Conclusion:
    """Outside the VIE model the majority of equity consolidates (ASC 810-10-15-8)."""
    held = stakes(s)
    whole = equity_at_risk(held)
    own = equity_at_risk(x for x in held if x.holder == party)
    share = own / whole if whole > 0 else 0.0
    outcome = PASS if share > 0.5 else FAIL
    words = f"{answer.sentence} {party}: {share:.1%} of the equity."
    test = Test("majority", cite("ASC 810-10-15-8"), outcome, {"share": share}, words)
    return Conclusion(party, s.scope.vehicle, "ASC 810", outcome, (test,), words)


def _returns(s: Subject, party: str, values: Values) -> tuple[str, ...]:
    """Contracts by which a party has variable returns from the vehicle."""
    tests = variable_interests(variable_interest_list(s, values))
    return tuple(t.id.partition(":")[2] for t in tests if t.evidence.get("holder") == party and t.outcome is PASS)
