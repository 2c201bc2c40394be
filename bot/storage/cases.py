"""Cases with their flags, reports, people and history; what a scope may see, as SQL."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, and_, delete, exists, false, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.access import Permission, Scope
from bot.cases.case import Case, Decision, Matter, Relation, State
from bot.cases.transitions import Step
from bot.clock import Clock, Ids
from bot.storage.sealing import Seal
from bot.storage.tables import CaseAudienceRow, CaseEventRow, CasePersonRow, CaseRow, FlagRow, ReportRow, SentCopyRow
from bot.stores import CaseChanged, CaseEvent, Evidence, Report
from rules.vocabulary import Flag, Role, Severity

EVIDENCE = "flags.evidence"
REPORT = "reports.text"
NOTE = "case_events.note"
UNDECIDED = (State.OPEN, State.TAKEN, State.HEARING, State.ESCALATED, State.REOPENED)

_evidence: TypeAdapter[Evidence] = TypeAdapter(Evidence)


def readable(scope: Scope) -> ColumnElement[bool]:
    """Return the SQL condition for what `bot.access.can_read` allows: one rule in two notations, tested as equal."""
    involved = exists().where(
        CasePersonRow.case_id == CaseRow.id,
        CasePersonRow.person_id == scope.person_id,
        CasePersonRow.relation.in_([Relation.SUBJECT, Relation.TARGET]),
    )
    grants = [
        and_(
            exists().where(CaseAudienceRow.case_id == CaseRow.id, CaseAudienceRow.role == grant.role),
            true() if grant.groups is None else CaseRow.group_id.in_(grant.groups),
        )
        for grant in scope.giving(Permission.READ)
    ]
    not_for_others = or_(CaseRow.only_for.is_(None), CaseRow.only_for == scope.person_id)
    return and_(CaseRow.school_id == scope.school_id, ~involved, not_for_others, or_(false(), *grants))


class SqlCases:
    """Cases on SQL."""

    def __init__(self, session: AsyncSession, seal: Seal, ids: Ids, clock: Clock) -> None:
        self._session = session
        self._seal = seal
        self._ids = ids
        self._clock = clock

    async def seen(self, school_id: UUID, fingerprints: Iterable[str]) -> set[str]:
        """Return which of the fingerprints already belong to a flag."""
        rows = await self._session.scalars(
            select(FlagRow.fingerprint).where(
                FlagRow.school_id == school_id, FlagRow.fingerprint.in_(list(fingerprints))
            )
        )
        return set(rows)

    async def joinable(self, school_id: UUID, group_id: UUID, matter: str, since: datetime) -> list[Case]:
        """Return cases of this group and matter that are not decided or closed and had a flag since then."""
        return await self._cases(
            CaseRow.school_id == school_id,
            CaseRow.group_id == group_id,
            CaseRow.matter == matter,
            CaseRow.state.in_(UNDECIDED),
            CaseRow.last_flag_at >= since,
        )

    async def by_number(self, scope: Scope, number: str) -> Case | None:
        """Return the case if the scope may read it, else None: as if it did not exist."""
        return next(iter(await self._cases(readable(scope), CaseRow.number == number.strip().upper())), None)

    async def by_receipt(self, school_id: UUID, receipt: str) -> Case | None:
        """Return the case that a receipt code belongs to."""
        found = select(ReportRow.case_id).where(
            ReportRow.school_id == school_id, ReportRow.receipt_lookup == self._receipt(school_id, receipt)
        )
        return next(iter(await self._cases(CaseRow.id.in_(found))), None)

    async def still_shown(self, school_id: UUID) -> list[Case]:
        """Return closed cases of which a copy with evidence still stands in a chat."""
        shown = select(SentCopyRow.case_id).where(
            SentCopyRow.school_id == school_id, SentCopyRow.holds_evidence, SentCopyRow.redacted_at.is_(None)
        )
        return await self._cases(CaseRow.state == State.CLOSED, CaseRow.id.in_(shown))

    async def listed(self, scope: Scope, states: Iterable[State]) -> list[Case]:
        """Return the cases in these states that the scope may read, most severe first, then oldest first."""
        cases = await self._cases(readable(scope), CaseRow.state.in_(list(states)))
        return sorted(cases, key=lambda case: (-case.severity, case.opened_at))

    async def _cases(self, *conditions: ColumnElement[bool]) -> list[Case]:
        rows = (await self._session.scalars(select(CaseRow).where(*conditions).order_by(CaseRow.id))).all()
        if not rows:
            return []
        ids = [row.id for row in rows]
        audiences = (
            await self._session.execute(
                select(CaseAudienceRow.case_id, CaseAudienceRow.role).where(CaseAudienceRow.case_id.in_(ids))
            )
        ).all()
        people = (
            await self._session.execute(
                select(CasePersonRow.case_id, CasePersonRow.person_id, CasePersonRow.relation).where(
                    CasePersonRow.case_id.in_(ids)
                )
            )
        ).all()

        def related(case_id: UUID, relation: Relation) -> frozenset[UUID]:
            return frozenset(person for of, person, how in people if of == case_id and how == relation)

        return [
            Case(
                id=row.id,
                school_id=row.school_id,
                number=row.number,
                group_id=row.group_id,
                matter=Matter(row.matter),
                severity=Severity.of(row.severity),
                state=State(row.state),
                protocol=row.protocol,
                protocol_version=row.protocol_version,
                opened_at=row.opened_at,
                last_flag_at=row.last_flag_at,
                audience=frozenset(Role(role) for of, role in audiences if of == row.id),
                subjects=related(row.id, Relation.SUBJECT),
                targets=related(row.id, Relation.TARGET),
                taken_by=row.taken_by,
                taken_at=row.taken_at,
                heard_at=row.heard_at,
                decision=Decision(row.decision) if row.decision else None,
                decided_by=row.decided_by,
                decided_at=row.decided_at,
                closed_at=row.closed_at,
                only_for=row.only_for,
                revision=row.revision,
            )
            for row in rows
        ]

    async def add(self, case: Case) -> None:
        """Store a new case with its audience and the people involved."""
        self._session.add(CaseRow(id=case.id, school_id=case.school_id, number=case.number, **_columns(case)))
        await self._session.flush()  # the rows below refer to it; they go together with the next flush
        for role in sorted(case.audience):
            self._add_audience(case, role)
        for person_id, relation in involved_in(case):
            self._involve(case, person_id, relation)
        self._add_event(case, None, case.opened_at, "open")

    async def save(self, step: Step, actor: UUID | None, at: datetime) -> None:
        """Store the case after a step and the step itself; raises `CaseChanged` if it changed meanwhile."""
        case = step.case
        changed = await self._session.execute(
            update(CaseRow)
            .where(CaseRow.id == case.id, CaseRow.revision == case.revision - 1)
            .values(**_columns(case))
            .returning(CaseRow.id)
        )
        if changed.scalar_one_or_none() is None:
            raise CaseChanged(case.number)
        known = await self._session.scalars(select(CaseAudienceRow.role).where(CaseAudienceRow.case_id == case.id))
        for role in sorted(case.audience - {Role(role) for role in known}):
            self._add_audience(case, role)
        for person_id, relation in involved_in(case):
            await self.involve(case, person_id, relation)
        self._add_event(case, actor, at, step.action, step.note, step.not_heard_because)
        if step.erase_evidence:
            await self._erase_evidence(case)

    async def remark(self, case: Case, action: str, note: str) -> None:
        """Add something to the history of a case that the bot did or found by itself."""
        self._add_event(case, None, self._clock(), action, note)

    def _add_audience(self, case: Case, role: Role) -> None:
        self._session.add(CaseAudienceRow(id=self._ids.uuid(), school_id=case.school_id, case_id=case.id, role=role))

    def _add_event(
        self,
        case: Case,
        actor: UUID | None,
        at: datetime,
        action: str,
        note: str | None = None,
        not_heard_because: str | None = None,
    ) -> None:
        written = {"note": note, "not_heard_because": not_heard_because}
        self._session.add(
            CaseEventRow(
                id=self._ids.uuid(),
                school_id=case.school_id,
                case_id=case.id,
                at=at,
                actor_id=actor,
                action=action,
                state=case.state,
                note_sealed=self._seal.value(NOTE, case.school_id, written) if any(written.values()) else None,
            )
        )

    async def involve(self, case: Case, person_id: UUID, relation: Relation) -> None:
        """Remember how a person is involved; once however often it is said."""
        known = await self._session.scalar(
            select(CasePersonRow.id).where(
                CasePersonRow.case_id == case.id,
                CasePersonRow.person_id == person_id,
                CasePersonRow.relation == relation,
            )
        )
        if known is None:
            self._involve(case, person_id, relation)

    def _involve(self, case: Case, person_id: UUID, relation: Relation) -> None:
        self._session.add(
            CasePersonRow(
                id=self._ids.uuid(), school_id=case.school_id, case_id=case.id, person_id=person_id, relation=relation
            )
        )

    async def add_flag(self, case: Case, fingerprint: str, flag: Flag, evidence: Evidence) -> None:
        """Store one flag of a case with its sealed evidence."""
        self._session.add(
            FlagRow(
                id=self._ids.uuid(),
                school_id=case.school_id,
                case_id=case.id,
                fingerprint=fingerprint,
                category=flag.category,
                severity=flag.severity.word,
                score=flag.score,
                clauses=list(flag.clauses),
                evidence_sealed=self._seal.text(EVIDENCE, case.school_id, _evidence.dump_json(evidence).decode()),
                sent_at=evidence.sent_at,
                created_at=self._clock(),
            )
        )

    async def add_report(self, case: Case, report: Report, receipt: str) -> None:
        """Store what somebody reported, findable by its receipt code."""
        self._session.add(
            ReportRow(
                id=self._ids.uuid(),
                school_id=case.school_id,
                case_id=case.id,
                kind=report.kind,
                text_sealed=self._seal.text(REPORT, case.school_id, report.text),
                receipt_lookup=self._receipt(case.school_id, receipt),
                reporter_id=report.reporter,
                created_at=report.created_at,
            )
        )

    async def flags_since(self, school_id: UUID, group_id: UUID, since: datetime) -> dict[str, int]:
        """Return how many flags each case of a group got since then, by case number."""
        rows = await self._session.execute(
            select(CaseRow.number, func.count().label("flags"))
            .join(FlagRow, FlagRow.case_id == CaseRow.id)
            .where(CaseRow.school_id == school_id, CaseRow.group_id == group_id, FlagRow.created_at >= since)
            .group_by(CaseRow.number, CaseRow.id)
            .order_by(CaseRow.id)
        )
        return {row.number: row.flags for row in rows}

    async def evidence(self, case: Case) -> list[Evidence]:
        """Return the evidence of a case, oldest message first."""
        rows = await self._session.scalars(
            select(FlagRow).where(FlagRow.case_id == case.id).order_by(FlagRow.sent_at, FlagRow.id)
        )
        return [
            _evidence.validate_json(self._seal.open_text(EVIDENCE, row.school_id, row.evidence_sealed)) for row in rows
        ]

    async def reports(self, case: Case) -> list[Report]:
        """Return the reports of a case, oldest first."""
        rows = await self._session.scalars(
            select(ReportRow).where(ReportRow.case_id == case.id).order_by(ReportRow.created_at, ReportRow.id)
        )
        return [
            Report(
                row.kind, self._seal.open_text(REPORT, row.school_id, row.text_sealed), row.created_at, row.reporter_id
            )
            for row in rows
        ]

    async def history(self, case: Case) -> list[CaseEvent]:
        """Return the steps of a case, oldest first."""
        rows = await self._session.scalars(
            select(CaseEventRow).where(CaseEventRow.case_id == case.id).order_by(CaseEventRow.at, CaseEventRow.id)
        )
        return [
            CaseEvent(
                row.at,
                row.actor_id,
                row.action,
                State(row.state),
                **(
                    {"note": None}
                    if row.note_sealed is None
                    else self._seal.open_value(NOTE, row.school_id, row.note_sealed)
                ),
            )
            for row in rows
        ]

    async def _erase_evidence(self, case: Case) -> None:
        """Delete flags, reports and notes of a case that turned out to be no matter of the school."""
        await self._session.execute(delete(FlagRow).where(FlagRow.case_id == case.id))
        await self._session.execute(delete(ReportRow).where(ReportRow.case_id == case.id))
        await self._session.execute(
            update(CaseEventRow).where(CaseEventRow.case_id == case.id).values(note_sealed=None)
        )

    def _receipt(self, school_id: UUID, receipt: str) -> str:
        return self._seal.lookup("receipt", f"{school_id}:{receipt.strip().upper()}")


def involved_in(case: Case) -> list[tuple[UUID, Relation]]:
    """Return whom the case is about and whom it was aimed at."""
    return [(person, Relation.SUBJECT) for person in case.subjects] + [
        (person, Relation.TARGET) for person in case.targets
    ]


def _columns(case: Case) -> dict[str, object]:
    """Return the columns of a case that steps may change, and those that never do apart from its key and number."""
    return {
        "group_id": case.group_id,
        "matter": case.matter,
        "severity": case.severity.word,
        "state": case.state,
        "protocol": case.protocol,
        "protocol_version": case.protocol_version,
        "opened_at": case.opened_at,
        "last_flag_at": case.last_flag_at,
        "taken_by": case.taken_by,
        "taken_at": case.taken_at,
        "heard_at": case.heard_at,
        "decision": case.decision,
        "decided_by": case.decided_by,
        "decided_at": case.decided_at,
        "closed_at": case.closed_at,
        "only_for": case.only_for,
        "revision": case.revision,
    }
