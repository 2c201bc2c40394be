"""Who is who at a school, which chat is which group, and the one-time codes that link them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases.case import Person
from bot.clock import Clock, Ids
from bot.storage.sealing import Seal
from bot.storage.tables import (
    AccountRow,
    CaseAudienceRow,
    CasePersonRow,
    CaseRow,
    ChatLinkRow,
    GroupRow,
    LinkCodeRow,
    PersonRow,
    ReportRow,
    RoleRow,
)
from bot.stores import Contact
from rules.vocabulary import Account, Chat, Group, GroupKind, Role

NAME = "persons.name"
ADDRESS = "accounts.address"
CHANNELS = ("telegram", "email")
"""Channels that can carry a private message, best first."""


class SqlPeople:
    """People, accounts, groups and links on SQL."""

    def __init__(self, session: AsyncSession, seal: Seal, ids: Ids, clock: Clock) -> None:
        self._session = session
        self._seal = seal
        self._ids = ids
        self._clock = clock

    async def person(self, person_id: UUID) -> Person | None:
        """Return a person with roles."""
        return next(iter(await self._persons(PersonRow.id == person_id)), None)

    async def staffed(self, school_id: UUID) -> list[Person]:
        """Return everybody with a role at the school."""
        return await self._persons(PersonRow.school_id == school_id, PersonRow.id.in_(select(RoleRow.person_id)))

    async def by_key(self, school_id: UUID, key: str) -> Person | None:
        """Return the person that `school.toml` calls `key`."""
        return next(iter(await self._persons(PersonRow.school_id == school_id, PersonRow.key == key)), None)

    async def by_account(self, school_id: UUID, account: Account) -> Person | None:
        """Return the person a platform account is linked to."""
        row = await self._account(school_id, account)
        return None if row is None else await self.person(row.person_id)

    async def _persons(self, *conditions: ColumnElement[bool]) -> list[Person]:
        rows = (await self._session.scalars(select(PersonRow).where(*conditions).order_by(PersonRow.id))).all()
        roles: dict[UUID, set[tuple[Role, UUID | None]]] = {row.id: set() for row in rows}
        for role in await self._session.scalars(select(RoleRow).where(RoleRow.person_id.in_(list(roles)))):
            roles[role.person_id].add((Role(role.role), role.group_id))
        return [
            Person(
                row.id,
                row.school_id,
                self._seal.open_text(NAME, row.school_id, row.name_sealed),
                frozenset(roles[row.id]),
                row.language,
            )
            for row in rows
        ]

    async def put(
        self, school_id: UUID, key: str, name: str, roles: frozenset[tuple[Role, UUID | None]], language: str
    ) -> Person:
        """Store a person of `school.toml` with exactly these roles, and return them."""
        row = await self._session.scalar(
            select(PersonRow).where(PersonRow.school_id == school_id, PersonRow.key == key)
        )
        if row is None:
            row = PersonRow(id=self._ids.uuid(), school_id=school_id, key=key)
            self._session.add(row)
        row.name_sealed = self._seal.text(NAME, school_id, name)
        row.language = language
        await self._session.flush()
        await self._session.execute(delete(RoleRow).where(RoleRow.person_id == row.id))
        for role, group_id in sorted(roles, key=str):
            self._session.add(
                RoleRow(id=self._ids.uuid(), school_id=school_id, person_id=row.id, role=role, group_id=group_id)
            )
        await self._session.flush()
        return Person(row.id, school_id, name, roles, language)

    async def retire(self, school_id: UUID, keys: set[str]) -> None:
        """Take all roles from people of `school.toml` who are no longer among `keys`; their cases keep their name.

        A case of the shadow month that was shown to somebody who has its role no longer is for whoever has it now.
        """
        gone = select(PersonRow.id).where(
            PersonRow.school_id == school_id, PersonRow.key.is_not(None), PersonRow.key.not_in(keys)
        )
        await self._session.execute(delete(RoleRow).where(RoleRow.person_id.in_(gone)))
        still_shown = exists().where(
            RoleRow.person_id == CaseRow.only_for,
            RoleRow.role == CaseAudienceRow.role,
            CaseAudienceRow.case_id == CaseRow.id,
        )
        await self._session.execute(
            update(CaseRow)
            .where(CaseRow.school_id == school_id, CaseRow.only_for.is_not(None), ~still_shown)
            .values(only_for=None, revision=CaseRow.revision + 1)
        )

    async def meet(self, school_id: UUID, account: Account) -> Person:
        """Return the person behind an account, made now if nobody knew them: only for people in a case."""
        known = await self.by_account(school_id, account)
        if known is not None:
            return known
        row = PersonRow(
            id=self._ids.uuid(),
            school_id=school_id,
            key=None,
            name_sealed=self._seal.text(NAME, school_id, account.name or account.id),
            language=account.language or "nl",
        )
        self._session.add(row)
        await self._session.flush()
        self._session.add(self._new_account(school_id, row.id, account))
        await self._session.flush()
        return Person(row.id, school_id, account.name or account.id, frozenset(), row.language)

    async def contacts(self, person_id: UUID) -> list[Contact]:
        """Return the ways to reach a person, best first."""
        rows = await self._session.scalars(
            select(AccountRow).where(AccountRow.person_id == person_id, AccountRow.reachable)
        )
        found = [
            Contact(row.platform, self._seal.open_text(ADDRESS, row.school_id, row.address_sealed))
            for row in rows
            if row.address_sealed is not None and row.platform in CHANNELS
        ]
        return sorted(found, key=lambda contact: CHANNELS.index(contact.channel))

    async def set_reachable(self, school_id: UUID, account: Account, reachable: bool) -> None:
        """Remember whether private messages reach a linked account."""
        row = await self._account(school_id, account)
        if row is not None:
            row.reachable = reachable and row.address_sealed is not None
            await self._session.flush()

    async def link_account(self, person: Person, account: Account) -> None:
        """Link a platform account to a person who can now be written to; one account per platform and person."""
        row = await self._account(person.school_id, account)
        await self._session.execute(
            delete(AccountRow).where(
                AccountRow.person_id == person.id,
                AccountRow.platform == account.platform,
                AccountRow.id != (row.id if row else None),
            )
        )
        if row is None:
            row = self._new_account(person.school_id, person.id, account)
            self._session.add(row)
        elif row.person_id != person.id:
            await self._merge(row.person_id, person.id)
        row.person_id = person.id
        row.address_sealed = self._seal.text(ADDRESS, person.school_id, account.id)
        row.reachable = True
        await self._session.flush()

    async def _merge(self, met: UUID, person: UUID) -> None:
        """Let cases that involve somebody first met in a case involve the person who they turned out to be.

        Otherwise a mentor could read, after linking, a case about what they wrote before (promise 4).
        """
        has_key = await self._session.scalar(select(PersonRow.key).where(PersonRow.id == met))
        if has_key is not None:
            return
        rows = (await self._session.scalars(select(CasePersonRow).where(CasePersonRow.person_id == met))).all()
        known = {
            (row.case_id, row.relation)
            for row in await self._session.scalars(select(CasePersonRow).where(CasePersonRow.person_id == person))
        }
        for row in rows:
            if (row.case_id, row.relation) in known:
                await self._session.delete(row)
            else:
                row.person_id = person
        # Nobody could read a case of the shadow month that turns out to be about the one it is shown to.
        await self._session.execute(
            update(CaseRow)
            .where(CaseRow.only_for == person, CaseRow.id.in_([row.case_id for row in rows]))
            .values(only_for=None, revision=CaseRow.revision + 1)
        )
        await self._session.execute(update(ReportRow).where(ReportRow.reporter_id == met).values(reporter_id=person))
        await self._session.flush()

    async def _account(self, school_id: UUID, account: Account) -> AccountRow | None:
        return await self._session.scalar(
            select(AccountRow).where(
                AccountRow.school_id == school_id,
                AccountRow.platform == account.platform,
                AccountRow.account_lookup == self._lookup(account),
            )
        )

    def _new_account(self, school_id: UUID, person_id: UUID, account: Account) -> AccountRow:
        return AccountRow(
            id=self._ids.uuid(),
            school_id=school_id,
            person_id=person_id,
            platform=account.platform,
            account_lookup=self._lookup(account),
            address_sealed=None,
            reachable=False,
        )

    def _lookup(self, account: Account) -> str:
        return self._seal.lookup("account", f"{account.platform}:{account.id}")

    async def put_group(self, school_id: UUID, name: str, kind: GroupKind) -> Group:
        """Return the group of this name and kind, made now if it is new."""
        row = await self._session.scalar(
            select(GroupRow).where(GroupRow.school_id == school_id, GroupRow.name == name, GroupRow.kind == kind)
        )
        if row is None:
            row = GroupRow(id=self._ids.uuid(), school_id=school_id, kind=kind, name=name, paused_at=None)
            self._session.add(row)
            await self._session.flush()
        return _group(row)

    async def groups(self, school_id: UUID) -> list[Group]:
        """Return the groups of a school."""
        rows = await self._session.scalars(
            select(GroupRow).where(GroupRow.school_id == school_id).order_by(GroupRow.name, GroupRow.kind)
        )
        return [_group(row) for row in rows]

    async def group_of(self, chat: Chat) -> Group | None:
        """Return the group a chat is linked to."""
        row = await self._session.scalar(
            select(GroupRow)
            .join(ChatLinkRow, ChatLinkRow.group_id == GroupRow.id)
            .where(ChatLinkRow.platform == chat.platform, ChatLinkRow.chat == chat.id)
        )
        return None if row is None else _group(row)

    async def chats(self, school_id: UUID) -> list[Chat]:
        """Return the chats that are linked to groups of a school."""
        rows = await self._session.scalars(select(ChatLinkRow).where(ChatLinkRow.school_id == school_id))
        return [Chat(row.platform, row.chat) for row in rows]

    async def groups_of(self, chats: Iterable[Chat]) -> dict[Chat, Group]:
        """Return the linked groups of these chats; chats that are not linked, or paused, are left out."""
        rows = await self._session.execute(
            select(ChatLinkRow.platform, ChatLinkRow.chat, GroupRow)
            .join(GroupRow, ChatLinkRow.group_id == GroupRow.id)
            .where(
                tuple_(ChatLinkRow.platform, ChatLinkRow.chat).in_([(chat.platform, chat.id) for chat in chats]),
                GroupRow.paused_at.is_(None),
            )
        )
        return {Chat(platform, chat): _group(row) for platform, chat, row in rows}

    async def roles_of(self, school_id: UUID, accounts: Iterable[Account]) -> dict[str, frozenset[Role]]:
        """Return the roles of linked accounts, by `platform:id`; unlinked accounts are left out."""
        wanted = {self._lookup(account): f"{account.platform}:{account.id}" for account in accounts}
        rows = await self._session.execute(
            select(AccountRow.account_lookup, RoleRow.role)
            .join(RoleRow, RoleRow.person_id == AccountRow.person_id)
            .where(AccountRow.school_id == school_id, AccountRow.account_lookup.in_(list(wanted)))
        )
        found: dict[str, set[Role]] = {}
        for lookup, role in rows:
            found.setdefault(wanted[lookup], set()).add(Role(role))
        return {key: frozenset(roles) for key, roles in found.items()}

    async def link_chat(self, group: Group, chat: Chat) -> None:
        """Link a chat to a group, in place of an earlier link of that chat."""
        await self.unlink_chat(chat)
        self._session.add(
            ChatLinkRow(
                id=self._ids.uuid(),
                school_id=UUID(group.school_id),
                group_id=UUID(group.id),
                platform=chat.platform,
                chat=chat.id,
                linked_at=self._clock(),
            )
        )
        await self._session.flush()

    async def unlink_chat(self, chat: Chat) -> None:
        """Forget which group a chat was."""
        await self._session.execute(
            delete(ChatLinkRow).where(ChatLinkRow.platform == chat.platform, ChatLinkRow.chat == chat.id)
        )

    async def move_chat(self, chat: Chat, new_id: str) -> None:
        """Keep the link of a chat that got another id; a second notice of the same move changes nothing."""
        if await self.group_of(Chat(chat.platform, new_id)) is None:
            await self._session.execute(
                update(ChatLinkRow)
                .where(ChatLinkRow.platform == chat.platform, ChatLinkRow.chat == chat.id)
                .values(chat=new_id)
            )

    async def add_code(
        self, school_id: UUID, code: str, expires_at: datetime, *, group_id: UUID | None, person_id: UUID | None
    ) -> None:
        """Store a one-time link code for a group or a person."""
        self._session.add(
            LinkCodeRow(
                id=self._ids.uuid(),
                school_id=school_id,
                code_lookup=self._code(school_id, code),
                group_id=group_id,
                person_id=person_id,
                expires_at=expires_at,
                used_at=None,
            )
        )
        await self._session.flush()

    async def use_code(self, school_id: UUID, code: str) -> tuple[UUID | None, UUID | None] | None:
        """Use up a code and return (group id, person id); None when it is unknown, used or expired."""
        now = self._clock()
        row = (
            await self._session.execute(
                update(LinkCodeRow)
                .where(
                    LinkCodeRow.code_lookup == self._code(school_id, code),
                    LinkCodeRow.used_at.is_(None),
                    LinkCodeRow.expires_at > now,
                )
                .values(used_at=now)
                .returning(LinkCodeRow.group_id, LinkCodeRow.person_id)
            )
        ).one_or_none()
        return None if row is None else (row.group_id, row.person_id)

    def _code(self, school_id: UUID, code: str) -> str:
        return self._seal.lookup("link-code", f"{school_id}:{code.strip().upper()}")


def _group(row: GroupRow) -> Group:
    return Group(str(row.school_id), str(row.id), GroupKind(row.kind), row.name)
