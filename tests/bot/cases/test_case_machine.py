"""Whatever people try, in whatever order: promises 3 and 4 hold for the case at every moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.cases import transitions
from bot.cases.case import Case, Decision, Matter, State
from bot.cases.joining import join
from bot.cases.transitions import CannotBeFound, Incomplete, NotHolder, Step, WrongState
from rules.vocabulary import Role, Severity
from tests.bot.worlds import NOW, PEOPLE, a_case, a_person

SUBJECT, TARGET, NEW_TARGET, *HANDLERS = PEOPLE
STAFF = [a_person(number, (Role.LEADERSHIP, None), (Role.MENTOR, a_case().group_id)) for number in range(3, 6)]

EDGES = {
    (State.OPEN, State.TAKEN),
    (State.ESCALATED, State.TAKEN),
    (State.REOPENED, State.TAKEN),
    (State.TAKEN, State.OPEN),
    (State.HEARING, State.OPEN),
    (State.TAKEN, State.HEARING),
    (State.HEARING, State.TAKEN),
    (State.TAKEN, State.DECIDED),
    (State.HEARING, State.DECIDED),
    (State.OPEN, State.ESCALATED),
    (State.TAKEN, State.ESCALATED),
    (State.HEARING, State.ESCALATED),
    (State.REOPENED, State.ESCALATED),
    (State.TAKEN, State.CLOSED),
    (State.HEARING, State.CLOSED),
    (State.DECIDED, State.CLOSED),
    (State.DECIDED, State.REOPENED),
    (State.CLOSED, State.REOPENED),
}
"""All ways between two states, written out by hand."""

actors = st.sampled_from((*HANDLERS[:2], NEW_TARGET, TARGET, SUBJECT))
texts = st.sampled_from(("Daarom.", "Met de ouders gesproken.", " "))


class CaseMachine(RuleBasedStateMachine):
    """Anybody tries anything with one case; time goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.case: Case = a_case(targets=frozenset({TARGET}))
        self.now: datetime = NOW
        self.heard: set[UUID] = set()
        self.asked: frozenset[UUID] = frozenset()
        self.decision: Step | None = None

    def attempt(self, name: str, by: UUID, *args: object, **kwargs: object) -> None:
        """Try a step; whoever is involved is always told that there is no such case."""
        self.now += timedelta(minutes=1)
        before = self.case
        step_of = getattr(transitions, name)
        if before.involves(by):
            with pytest.raises(CannotBeFound):
                step_of(before, by, *args, **kwargs)
            return
        try:
            step = step_of(before, by, *args, **kwargs)
        except (WrongState, NotHolder, Incomplete):
            return
        self.check(before, step, by)
        self.case = step.case

    def check(self, before: Case, step: Step, by: UUID) -> None:
        after = step.case
        assert after.revision == before.revision + 1
        assert after.state is before.state or (before.state, after.state) in EDGES
        assert after.audience >= before.audience
        if before.taken_by not in (None, by):
            assert replace(after, revision=before.revision) == before, "a colleague changed a case that somebody holds"
        if step.action == "decide":
            assert before.taken_by == by
            assert step.note
            assert step.note.strip()
            assert after.decided_by == by
            assert after.decided_at == self.now
            if after.decision is Decision.FOUNDED:
                assert self.heard >= before.subjects or (step.not_heard_because or "").strip()
            assert step.erase_evidence == (after.decision is Decision.OUT_OF_SCOPE)
        else:
            assert not step.erase_evidence
        if step.action == "start_hearing":
            self.asked = step.asked
        if step.action == "record_hearing":
            self.heard |= self.asked

    @rule(by=actors)
    def take(self, by: UUID) -> None:
        self.attempt("take", by, self.now + timedelta(minutes=1))

    @rule(by=actors, reason=texts)
    def release(self, by: UUID, reason: str) -> None:
        self.attempt("release", by, reason)

    @rule(by=actors, asked=st.sampled_from([{SUBJECT}, {SUBJECT, TARGET}, {TARGET}, set()]), message=texts)
    def start_hearing(self, by: UUID, asked: set[UUID], message: str) -> None:
        self.attempt("start_hearing", by, asked, message)

    @rule(by=actors, account=texts)
    def record_hearing(self, by: UUID, account: str) -> None:
        self.attempt("record_hearing", by, self.now + timedelta(minutes=1), account)

    @rule(by=actors, decision=st.sampled_from(Decision), reason=texts, why=st.none() | texts)
    def decide(self, by: UUID, decision: Decision, reason: str, why: str | None) -> None:
        self.attempt("decide", by, self.now + timedelta(minutes=1), decision, reason, why)

    @rule(by=actors, to=st.sampled_from(Role), reason=texts)
    def escalate(self, by: UUID, to: Role, reason: str) -> None:
        self.attempt("escalate", by, to, reason)

    @rule(by=actors, text=texts)
    def note(self, by: UUID, text: str) -> None:
        self.attempt("note", by, text)

    @rule(by=actors, reason=st.none() | texts)
    def close(self, by: UUID, reason: str | None) -> None:
        self.attempt("close", by, self.now + timedelta(minutes=1), reason)

    @rule(by=actors, reason=texts)
    def reopen(self, by: UUID, reason: str) -> None:
        self.attempt("reopen", by, reason)

    @rule(by=actors, to=actors)
    def hand_over(self, by: UUID, to: UUID) -> None:
        self.attempt("hand_over", by, to, self.now + timedelta(minutes=1))

    @rule(target_of_it=st.sampled_from((TARGET, NEW_TARGET, HANDLERS[0])), severity=st.sampled_from(Severity))
    def a_flag_joins(self, target_of_it: UUID, severity: Severity) -> None:
        candidate = a_case(
            last_flag_at=self.now, severity=severity, targets=frozenset({target_of_it}), matter=self.case.matter
        )
        joined = join(candidate, [self.case], STAFF)
        if joined.step is not None:
            self.case = joined.case
            self.heard = set()

    @invariant()
    def somebody_holds_it_exactly_while_it_is_being_handled(self) -> None:
        assert (self.case.taken_by is not None) == (self.case.state in (State.TAKEN, State.HEARING))
        assert (self.case.taken_at is None) == (self.case.taken_by is None)

    @invariant()
    def nobody_who_is_involved_holds_it(self) -> None:
        assert self.case.taken_by is None or not self.case.involves(self.case.taken_by)

    @invariant()
    def a_decision_has_a_person_and_a_time(self) -> None:
        decided = (self.case.decision, self.case.decided_by, self.case.decided_at)
        assert None not in decided or decided == (None, None, None)
        assert self.case.state is not State.DECIDED or self.case.decision is not None
        assert self.case.decision is None or self.case.state in (State.DECIDED, State.CLOSED)

    @invariant()
    def what_is_closed_says_since_when(self) -> None:
        assert (self.case.closed_at is not None) == (self.case.state is State.CLOSED)


class CareMachine(CaseMachine):
    """The same for a call for help, which nobody ever finds 'founded'."""

    def __init__(self) -> None:
        super().__init__()
        self.case = replace(self.case, matter=Matter.CARE)

    @invariant()
    def it_is_never_an_offence(self) -> None:
        assert self.case.decision is not Decision.FOUNDED


TestCase = CaseMachine.TestCase
TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestCareCase = CareMachine.TestCase
TestCareCase.settings = settings(max_examples=15, stateful_step_count=40, deadline=None)
