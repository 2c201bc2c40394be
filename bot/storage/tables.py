"""All tables. Each has a UUIDv7 key and the school it belongs to; `*_sealed` columns hold ciphertexts of the key ring.

Text of children stands in sealed columns only. Columns that identify somebody without sealing hold an HMAC
(`*_lookup`, `fingerprint`, `actor`): equal for equal input, unreadable without the key.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Json = dict[str, Any] | list[Any]


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; refuses a datetime without a time zone, since nobody could say which moment it is."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return `value` in UTC; raises `ValueError` when it has no time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored moment with UTC attached (SQLite keeps no time zone)."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Common to every table: naming of constraints (so that migrations can name them) and column types."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: Uuid(),
        datetime: UtcDateTime(),
        bytes: LargeBinary(),
        str: String(),
        int: BigInteger(),
        Json: JSON(),
    }


class SchoolRow(Base):
    """A school: the name people read and the protocol that it works by."""

    __tablename__ = "schools"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    """The school's short name in `school.toml`: finds the same row again at every start."""
    name: Mapped[str]
    keys_check: Mapped[str]
    """By what the database knows the key ring that it was made with (`KeyRing.check_value`)."""
    created_at: Mapped[datetime]


class OfSchool:
    """Mixin: the key and the school of a row."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"), index=True)


class GroupRow(OfSchool, Base):
    """A class, a parents' chat or a staff–class chat, by the name that the school gives it."""

    __tablename__ = "groups"
    __table_args__ = (UniqueConstraint("school_id", "name", "kind"),)

    kind: Mapped[str]
    name: Mapped[str]
    paused_at: Mapped[datetime | None]
    """Since when the owner of the group has paused the bot."""


class PersonRow(OfSchool, Base):
    """Somebody that the school or a case knows. Nobody gets a row for writing harmless messages."""

    __tablename__ = "persons"
    __table_args__ = (UniqueConstraint("school_id", "key"),)

    key: Mapped[str | None]
    """The short name in `school.toml` for staff; None for people first met in a case."""
    name_sealed: Mapped[bytes]
    language: Mapped[str] = mapped_column(default="nl")


class RoleRow(OfSchool, Base):
    """One role of one person, for one group where the role is about a group (mentor of 2B)."""

    __tablename__ = "roles"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), index=True)
    role: Mapped[str]
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("groups.id"), index=True)


class AccountRow(OfSchool, Base):
    """A platform account of a person: found by HMAC, written to by its sealed address."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("school_id", "platform", "account_lookup"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), index=True)
    platform: Mapped[str]
    account_lookup: Mapped[str]
    address_sealed: Mapped[bytes | None]
    """Where a private message reaches them; None for accounts that cannot be written to (promise 9)."""
    reachable: Mapped[bool] = mapped_column(default=False)


class ChatLinkRow(OfSchool, Base):
    """Which chat of a platform is which group."""

    __tablename__ = "chat_links"
    __table_args__ = (UniqueConstraint("platform", "chat"),)

    group_id: Mapped[UUID] = mapped_column(ForeignKey("groups.id"), index=True)
    platform: Mapped[str]
    chat: Mapped[str]
    linked_at: Mapped[datetime]


class LinkCodeRow(OfSchool, Base):
    """A one-time code that links a chat to a group or an account to a person."""

    __tablename__ = "link_codes"

    code_lookup: Mapped[str] = mapped_column(unique=True)
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("groups.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class JournalRow(OfSchool, Base):
    """One event between its arrival and its processing; deleted in the transaction that stores its effects."""

    __tablename__ = "journal"
    __table_args__ = (Index("ix_journal_source_position", "source", "position"),)

    source: Mapped[str]
    position: Mapped[int]
    """Order of arrival within the source."""
    event_sealed: Mapped[bytes]
    received_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]
    """When an unchecked message is tried again; None for one that was not tried yet."""
    failed: Mapped[str] = mapped_column(default="")
    """Names of the detectors that could not judge it, by commas."""


class SourceMarkRow(OfSchool, Base):
    """How far a source was received: what the platform may forget. Holds no text."""

    __tablename__ = "source_marks"
    __table_args__ = (UniqueConstraint("source"),)

    source: Mapped[str]
    position: Mapped[int]
    """Highest journal position given out."""
    sequence: Mapped[int | None]
    """Highest platform sequence number (Telegram: update_id) that is on disk."""
    recent: Mapped[Json]
    """Sequence numbers received lately, for deliveries out of order (webhooks)."""
    updated_at: Mapped[datetime]


class ChatMarkRow(OfSchool, Base):
    """Per chat the last message that was processed, for catching up. Holds no text."""

    __tablename__ = "chat_marks"
    __table_args__ = (UniqueConstraint("platform", "chat"),)

    platform: Mapped[str]
    chat: Mapped[str]
    message_id: Mapped[str]
    sent_at: Mapped[datetime]


class CounterRow(OfSchool, Base):
    """Counts per day and group for the weekly summary: `checked`, `unchecked`, `unreadable`."""

    __tablename__ = "counters"
    __table_args__ = (UniqueConstraint("school_id", "day", "group_id", "name"),)

    day: Mapped[str]
    group_id: Mapped[UUID] = mapped_column(ForeignKey("groups.id"))
    name: Mapped[str]
    value: Mapped[int]


class CaseRow(OfSchool, Base):
    """Everything about one matter; its states and steps are in `bot.cases.transitions`."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("school_id", "number"),
        Index("ix_cases_joining", "school_id", "group_id", "matter", "last_flag_at"),
    )

    number: Mapped[str]
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("groups.id"))
    matter: Mapped[str]
    severity: Mapped[str]
    state: Mapped[str]
    protocol: Mapped[str]
    protocol_version: Mapped[str]
    opened_at: Mapped[datetime]
    last_flag_at: Mapped[datetime]
    taken_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"))
    taken_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    decision: Mapped[str | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"))
    decided_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    only_for: Mapped[UUID | None]
    """The one person who may see a case of the shadow month. No foreign key: SQLite cannot add one to a table later."""
    revision: Mapped[int] = mapped_column(default=1)
    """Raised by every step: two people who act on the same state cannot both succeed."""


class FlagRow(OfSchool, Base):
    """One category found in one message; unique by fingerprint, however often the message arrives."""

    __tablename__ = "flags"
    __table_args__ = (UniqueConstraint("school_id", "fingerprint"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    fingerprint: Mapped[str]
    category: Mapped[str]
    severity: Mapped[str]
    score: Mapped[float]
    clauses: Mapped[Json]
    evidence_sealed: Mapped[bytes]
    """The message, its words that made it so, the reasons, and the conversation around it."""
    sent_at: Mapped[datetime]
    created_at: Mapped[datetime]


class ReportRow(OfSchool, Base):
    """What a person sent with `/melden`; without `reporter_id` nobody can tell who it was."""

    __tablename__ = "reports"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str]
    text_sealed: Mapped[bytes]
    receipt_lookup: Mapped[str] = mapped_column(unique=True)
    reporter_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"))
    created_at: Mapped[datetime]


class CasePersonRow(OfSchool, Base):
    """How a person is involved in a case: `subject`, `target` or `reporter`."""

    __tablename__ = "case_people"
    __table_args__ = (UniqueConstraint("case_id", "person_id", "relation"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), index=True)
    relation: Mapped[str]


class CaseAudienceRow(OfSchool, Base):
    """Which roles a case was brought to: the right to read is role and audience and not being involved."""

    __tablename__ = "case_audiences"
    __table_args__ = (UniqueConstraint("case_id", "role"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    role: Mapped[str]


class CaseEventRow(OfSchool, Base):
    """One step in a case: who did what, when, and why (sealed)."""

    __tablename__ = "case_events"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"))
    """None for what the bot did by itself."""
    action: Mapped[str]
    state: Mapped[str]
    note_sealed: Mapped[bytes | None]


class OutboxRow(OfSchool, Base):
    """A message to a person, written in the transaction of what caused it and sent afterwards."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "channel", "due_at"),)

    channel: Mapped[str]
    """`telegram` or `email`: which sender takes it."""
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"))
    """Whom it is for; None where the payload holds the address (an anonymous reporter, a group)."""
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    payload_sealed: Mapped[bytes]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    undeliverable_at: Mapped[datetime | None]
    """When it was given up: kept and shown, never dropped in silence."""


class SentCopyRow(OfSchool, Base):
    """A copy that a platform accepted, so that it can be redacted when the case closes."""

    __tablename__ = "sent_copies"
    __table_args__ = (
        UniqueConstraint("outbox_id"),
        ForeignKeyConstraint(["case_id"], ["cases.id"]),
        Index("ix_sent_copies_case_id", "case_id"),
    )

    outbox_id: Mapped[UUID]
    """The outbox row it came from, which is gone by now: makes recording a copy happen once."""
    case_id: Mapped[UUID]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"))
    channel: Mapped[str]
    address_sealed: Mapped[bytes]
    message_id: Mapped[str]
    holds_evidence: Mapped[bool]
    sent_at: Mapped[datetime]
    redacted_at: Mapped[datetime | None]


class ConcernNoticeRow(OfSchool, Base):
    """Who was to hear of which concern, and when: it counts towards the cap of a week, or waits for the next digest."""

    __tablename__ = "concern_notices"
    __table_args__ = (Index("ix_concern_notices_person_id_at", "person_id", "at"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    at: Mapped[datetime]
    held: Mapped[bool]
    """True while it waits for the digest; the row goes when the digest is written."""


class DialogRow(OfSchool, Base):
    """Where somebody is in a conversation with the bot (`/melden` half filled in); deleted when it ends."""

    __tablename__ = "dialogs"
    __table_args__ = (UniqueConstraint("school_id", "channel", "account_lookup"),)

    channel: Mapped[str]
    account_lookup: Mapped[str]
    state_sealed: Mapped[bytes]
    updated_at: Mapped[datetime]


class JobClaimRow(OfSchool, Base):
    """A periodic job that was taken on: the unique key makes each happen once per period, on any number of machines."""

    __tablename__ = "job_claims"
    __table_args__ = (UniqueConstraint("school_id", "job", "period"),)

    job: Mapped[str]
    period: Mapped[str]
    claimed_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class AuditRow(OfSchool, Base):
    """One read or decision, chained by hash to the one before it (promise 5)."""

    __tablename__ = "audit_events"
    __table_args__ = (UniqueConstraint("school_id", "position"),)

    position: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str]
    """Pseudonym of who did it."""
    action: Mapped[str]
    subject: Mapped[str]
    """Pseudonym of the case (or other thing) that it was done to."""
    previous: Mapped[str]
    hash: Mapped[str]


class AuditHeadRow(OfSchool, Base):
    """The end of a school's audit chain; locked while a row is added, so that the chain cannot fork."""

    __tablename__ = "audit_heads"
    __table_args__ = (UniqueConstraint("school_id"),)

    position: Mapped[int]
    hash: Mapped[str]
