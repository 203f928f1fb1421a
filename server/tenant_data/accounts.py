"""The accounts of an export's users in another database: found by id or email address, or created."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from models import User
from models.base import utc_now
from models.relations import table_of
from server.tenant_data.errors import TenantDataError
from server.tenant_data.tables import references_to_members
from services.core.verified_email import may_be_of_someone_else

Values = dict[str, Any]
BATCH = 500
MAX_LISTED = 10
_ID = re.compile(r"(?P<prefix>(?:[a-z_]+_)?)(?P<digits>[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@dataclass
class Accounts:
    """How the users of a file are found in this database."""

    other_ids: dict[UUID, UUID] = field(default_factory=dict)
    """The ids of accounts that have another id here than in the file."""
    erased: set[UUID] = field(default_factory=set)
    """Users of the file whose accounts have been erased here. They get no membership."""
    unverified: list[str] = field(default_factory=list)
    """Addresses by which accounts were found that may be of someone else: they have a password, and have not verified
    the address."""
    missing: list[Values] = field(default_factory=list)
    """Users of the file without an account here."""

    def adapt(self, table: Table, values: Values) -> Values | None:
        """Return the values of a row with the ids of this database; None if the row is the membership of an erased
        user."""
        if self.erased:
            if table.name == "membership" and values["user_id"] in self.erased:
                return None
            for name in references_to_members(table):
                values[name] = None if values[name] in self.erased else values[name]
        return {name: self._adapt_value(value) for name, value in values.items()} if self.other_ids else values

    def _adapt_value(self, value: Any) -> Any:
        """Replace the ids of users in a value. They are unique, so an id of something else is never replaced."""
        match value:
            case UUID():
                return self.other_ids.get(value, value)
            case dict():
                return {name: self._adapt_json(item) for name, item in value.items()}
        return value

    def _adapt_json(self, value: Any) -> Any:
        match value:
            case str():
                return self._adapt_text(value)
            case dict():
                return {name: self._adapt_json(item) for name, item in value.items()}
            case list():
                return [self._adapt_json(item) for item in value]
        return value

    def _adapt_text(self, text: str) -> str:
        found = _ID.fullmatch(text)
        other = self.other_ids.get(UUID(found["digits"])) if found else None
        if found is None or other is None:
            return text
        return f"{found['prefix']}{str(other) if '-' in found['digits'] else other.hex}"


async def find_accounts(connection: AsyncConnection, users: Sequence[Values]) -> Accounts:
    """Find the accounts of users: by id, because addresses change, and otherwise by email address."""
    accounts, table = Accounts(), table_of(User)
    for start in range(0, len(users), BATCH):
        batch = users[start : start + BATCH]
        found = table.c.id.in_([user["id"] for user in batch]) | table.c.email.in_([user["email"] for user in batch])
        columns = (table.c.id, table.c.email, table.c.deleted_at, table.c.email_verified_at, table.c.password_hash)
        rows = (await connection.execute(select(*columns).where(found))).all()
        _match(accounts, batch, rows)
    _check_distinct(accounts, users)
    _check_verified(accounts)
    return accounts


async def create_accounts(connection: AsyncConnection, accounts: Accounts, *, create_users: bool) -> int:
    """Create the missing accounts, without passwords; return how many are new people. Users that were erased before the
    export have no personal data, and are created as such. Raises TenantDataError if others are missing and
    `create_users` is false."""
    people = [user for user in accounts.missing if user["deleted_at"] is None]
    if people and not create_users:
        listed = _list_addresses([user["email"] for user in people])
        raise TenantDataError(
            f"{len(people):,} users of the tenant have no account here: {listed}. Add --create-users to create "
            "accounts without passwords: their owners set one with a password reset."
        )
    if accounts.missing:
        await connection.execute(insert(table_of(User)), [_build_user(user) for user in accounts.missing])
    return len(people)


def _match(accounts: Accounts, users: Sequence[Values], rows: Sequence[Any]) -> None:
    by_id, by_email = {row.id: row for row in rows}, {row.email: row for row in rows}
    for user in users:
        row = by_id.get(user["id"]) or by_email.get(user["email"])
        if row is None:
            accounts.missing.append(user)
            continue
        if row.id != user["id"]:
            accounts.other_ids[user["id"]] = row.id
            if may_be_of_someone_else(row):
                accounts.unverified.append(row.email)
        if row.deleted_at is not None and user["deleted_at"] is None:
            accounts.erased.add(user["id"])


def _check_distinct(accounts: Accounts, users: Sequence[Values]) -> None:
    """Raise TenantDataError if two users of the file would have the same account."""
    ids = {user["id"] for user in users}
    for user in users:
        if accounts.other_ids.get(user["id"]) in ids:
            raise TenantDataError(
                f"{user['email']} is the address of an account here that the file has with another address. "
                "Change one of the addresses."
            )


def _check_verified(accounts: Accounts) -> None:
    """Raise TenantDataError if an account that was found by its address may be of someone else, who would become a
    member of the tenant."""
    if accounts.unverified:
        raise TenantDataError(
            f"{len(accounts.unverified):,} accounts have the address of a user of the tenant and have not verified it, "
            f"so someone else may have registered them: {_list_addresses(accounts.unverified)}. Their owners verify "
            "the address, or set a new password with a password reset; or you vouch for an address with: allotment "
            "verify-email EMAIL. Then import again."
        )


def _list_addresses(addresses: Sequence[str]) -> str:
    more = f" and {len(addresses) - MAX_LISTED:,} more" if len(addresses) > MAX_LISTED else ""
    return ", ".join(addresses[:MAX_LISTED]) + more


def _build_user(user: Values) -> Values:
    now = utc_now()
    values = {**user, "created_at": now, "updated_at": now, "version": 1, "is_active": user["deleted_at"] is None}
    return values | {"is_superuser": False, "password_hash": None, "email_verified_at": None, "last_login": None}
