"""Two tenants whose rows reveal every statement that does not restrict the tenant.

The other tenant has two copies of every row of the tenant under test ("own" below). The first copy has the same id,
which composite keys allow, so a statement that selects by id alone finds it; and its references are rotated, so a join
by ids alone finds rows that are related in the other tenant only. The second copy ("foreign") has a new id, which a
client of the tenant under test may try to access. All texts of the other tenant start with TEXT_MARK.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from typing import Any
from uuid import UUID

from database.authentication import Credentials
from models import ImportProgress, User
from models.account import AccountKind
from models.base import SoftDeletable, TenantRecord, utc_now
from models.ids import public_id
from models.membership import Role
from models.relations import get_model, get_table
from services.core import records
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from services.ledger import account as accounts
from services.ledger import account_state, transfer
from services.ledger.account_state import AccountState
from services.ledger.transfer import TransferAmount
from services.people import user as people
from services.people.api_key import create_api_key
from tests.support.app_fixture import FAST_PASSWORDS, ONE_HOUR, PASSWORD, AppFixture, TenantFixture
from tests.support.client import Client
from tests.support.noun_rows import insert_links, insert_noun_rows
from tests.support.passkey_rows import passkey_rows
from tests.support.sample_data import build_invitation, build_link
from tests.support.second_factor_rows import enrolled_rows
from tests.support.webhook_rows import insert_webhooks
from tests.tenancy.tenant_rows import (
    Dump,
    RowCopier,
    TenantRows,
    find_id,
    ids_in,
    new_ids,
    primary_key,
    rotated_ids,
    tenant_tables,
)

COPY_OFFSET = 1_000_000
TEXT_MARK = "FOREIGN-"
OTHER_TENANT_NAME = "Foreign & Sons"
ROWS_PER_TABLE = 2
PRINCIPALS = ("member", "owner", "dual_member")
"""A member and an owner of the own tenant, and a member of it who is an owner of the other tenant as well."""


@dataclass(eq=False)
class TenantPair:
    """The own tenant, the other tenant and their initial rows."""

    app_fixture: AppFixture
    tenant_rows: TenantRows
    dual_member: User
    initial_rows: Dump
    foreign_copies: dict[UUID, UUID]
    """By id of an own row: the id of its foreign copy."""

    @property
    def own_tenant(self) -> TenantFixture:
        """The tenant under test."""
        return self.app_fixture.tenant

    @property
    def other_tenant(self) -> TenantFixture:
        """The tenant that must stay inaccessible."""
        return self.app_fixture.other_tenant

    def client(self, principal: str) -> Client:
        """Return a client of one of the PRINCIPALS, in the own tenant."""
        user = self.dual_member if principal == "dual_member" else self.own_tenant.users[Role[principal.upper()]]
        return self.app_fixture.client(user, self.own_tenant.slug)

    @property
    def own_ids(self) -> dict[str, str]:
        """The global id of one object of each type in the own tenant."""
        return self._ids(self.own_tenant)

    @property
    def foreign_ids(self) -> dict[str, str]:
        """The global id of one object of each type that exists in the other tenant only."""
        return self._ids(self.other_tenant)

    def _ids(self, tenant: TenantFixture) -> dict[str, str]:
        owner = tenant.users[Role.OWNER].id
        memberships = self.initial_rows["membership"]
        membership = next(row["id"] for row in memberships if row["user_id"] == owner and row["tenant_id"] == tenant.id)
        sessions = self.app_fixture.session_ids
        ids = {"tenant": tenant.id, "user": owner, "membership": membership, "session": sessions[owner]}
        columns = dict.fromkeys(("api_key", "invitation", "sign_in_event"), ("tenant_id", tenant.id))
        columns |= dict.fromkeys(("linked_issuer", "passkey"), ("user_id", owner))
        ids |= {name: find_id(self.initial_rows[name], *column) for name, column in columns.items()}
        own_row_ids = set(self.foreign_copies)
        for table in tenant_tables():
            rows = [row for row in self.initial_rows[table.name] if row["tenant_id"] == tenant.id and "id" in row]
            rows.sort(key=_is_unusable)
            usable = [row for row in rows if tenant is self.own_tenant or row["id"] not in own_row_ids]
            ids.update((table.name, row["id"]) for row in usable[:1])
        return {name: public_id(name, id) for name, id in ids.items()}

    @property
    def other_own_ids(self) -> dict[str, list[str]]:
        """The global ids of the own tenant's other objects, by table, without deleted ones."""
        ids: dict[str, list[str]] = {}
        for table in tenant_tables():
            rows = [row for row in self.initial_rows[table.name] if row["tenant_id"] == self.own_tenant.id]
            present = sorted((row for row in rows if row.get("deleted_at") is None), key=_is_unusable)
            ids[table.name] = [public_id(table.name, row["id"]) for row in present if "id" in row][1:]
        return ids

    async def foreign_text(self, table: str, column: str) -> str | None:
        """Return the text of this column in a foreign row; None if there is no such row or text."""
        rows = self.initial_rows.get(table, [])
        foreign_row = next((row for row in rows if row.get("id") in set(self.foreign_copies.values())), {})
        return value if isinstance(value := foreign_row.get(column), str) else None

    async def assert_other_tenant_unchanged(self) -> Dump:
        """Assert that no row outside the own tenant has changed; return all rows."""
        current_rows = await self.tenant_rows.dump_all()
        for name in self.initial_rows.keys() - {"throttle", "passkey_challenge"}:  # they belong to no tenant
            before, after = (self._rows_of_others(name, rows) for rows in (self.initial_rows, current_rows))
            assert after == before, f"{name}: changed in the other tenant"
        return current_rows

    def _rows_of_others(self, table: str, dump: Dump) -> list[dict[str, Any]]:
        """Return the rows of other tenants. Of a table without tenant_id: initial rows not related to own users."""
        if "tenant_id" in get_table(table).c:
            other_tenants = {row["id"] for row in self.initial_rows["tenant"]} - {self.own_tenant.id}
            return [row for row in dump[table] if row["tenant_id"] in other_tenants]
        own = {self.own_tenant.id, *self._own_user_ids}
        known_keys = [
            primary_key(get_table(table), row) for row in self.initial_rows[table] if not own & set(row.values())
        ]
        own_sessions = {row["id"] for row in self.initial_rows["session"] if row["user_id"] in own}
        return [
            row
            for row in dump[table]
            if primary_key(get_table(table), row) in known_keys and row.get("session_id") not in own_sessions
        ]

    @property
    def _own_user_ids(self) -> set[UUID]:
        return {self.dual_member.id, *(user.id for user in self.own_tenant.users.values())}

    async def restore_own_tenant(self, current_rows: Dump | None = None) -> None:
        """Restore the initial rows."""
        await self.tenant_rows.restore_tenant(self.own_tenant.id, self.initial_rows, current_rows)

    def assert_no_foreign_data(self, principal: str, body: Any, label: str) -> None:
        """Assert that a response contains no id and no text of the other tenant."""
        text = json.dumps(body, ensure_ascii=False).lower()
        leaked = [secret for secret in self._secrets(principal) if secret in text]
        assert not leaked, f"{label}: the response contains {leaked} of the other tenant: {text}"

    @cache  # noqa: B019  (the object lives as long as its test)
    def _secrets(self, principal: str) -> list[str]:
        other = self.other_tenant
        ids = ids_in(self.initial_rows) - self._ids_visible_to(self.own_tenant)
        texts = [TEXT_MARK.lower(), f"@{other.slug}.test"]
        if principal == "dual_member":  # sees the other tenant and their own membership in it, but no rows of it
            memberships = self.initial_rows["membership"]
            ids -= {other.id, *(row["id"] for row in memberships if row["user_id"] == self.dual_member.id)}
        else:
            texts += [OTHER_TENANT_NAME.lower(), f'"{other.slug}"']
        return texts + [form for id in ids for form in (id.hex, str(id))]

    def _ids_visible_to(self, tenant: TenantFixture) -> set[UUID]:
        users = self._own_user_ids if tenant is self.own_tenant else {user.id for user in tenant.users.values()}
        visible_rows = {
            name: [row for row in rows if row.get("tenant_id") == tenant.id or row.get("user_id") in users]
            for name, rows in self.initial_rows.items()
        }
        return {tenant.id, *ids_in(visible_rows)}


async def create_tenant_pair(app_fixture: AppFixture, tenant_rows: TenantRows) -> TenantPair:
    """Fill the own tenant, and copy its rows to the other tenant."""
    own, other = app_fixture.tenant, app_fixture.other_tenant
    await _insert_sample_rows(own)
    await _insert_invitations_and_keys(other)
    dual_member = await _insert_dual_member(app_fixture)
    own_rows = await tenant_rows.dump_tenant(own.id)
    for table in tenant_tables():
        assert own_rows[table.name], f"tests/tenancy/tenancy_fixtures.py: insert a sample row into `{table.name}`"
    users = {own.users[role].id: other.users[role].id for role in Role}
    foreign_copies = new_ids(own_rows)
    same_id_copier = RowCopier(other.id, users, users | rotated_ids(own_rows), f"{TEXT_MARK}twin-")
    new_id_copier = RowCopier(
        other.id, users | foreign_copies, users | foreign_copies, f"{TEXT_MARK}copy-", COPY_OFFSET, has_accounts=False
    )
    await tenant_rows.insert(same_id_copier.copy(own_rows))
    await tenant_rows.insert(new_id_copier.copy(own_rows))
    await tenant_rows.update(get_table("tenant"), {"id": other.id}, name=OTHER_TENANT_NAME)
    for user in own.users.values():
        await tenant_rows.update(get_table("user"), {"id": user.id}, email_verified_at=utc_now(), last_login=utc_now())
    for user in other.users.values():
        await tenant_rows.update(get_table("user"), {"id": user.id}, full_name=f"{TEXT_MARK}{user.full_name}")
    return TenantPair(app_fixture, tenant_rows, dual_member, await tenant_rows.dump_all(), foreign_copies)


async def _insert_sample_rows(tenant: TenantFixture) -> None:
    """Insert two rows into every table of the tenant, with a value in every column."""
    rows: dict[str, list[Any]] = {}

    async def insert_remaining_rows(work: UnitOfWork) -> None:
        await insert_noun_rows(work, rows, ROWS_PER_TABLE, _parent_with_same_number)
        await work.add(*(ImportProgress(tenant_id=tenant.id, rows=number) for number in range(ROWS_PER_TABLE)))
        await insert_links(work, rows, lambda targets, number: [_parent_with_same_number(targets, number)])
        await insert_webhooks(work, rows, ROWS_PER_TABLE)
        await work.add(*enrolled_rows(tenant.users[Role.OWNER]))

    await tenant.run_use_case(lambda work: insert_noun_rows(work, rows, ROWS_PER_TABLE, _parent_with_same_number))
    rows["order"], rows["account"] = [], []
    for product in rows["product"]:
        rows["order"].append(await tenant.place_order((product, 2), role=Role.OWNER, address="1 Lane"))
        first, second = [await tenant.open_account(f"Account {number}", "100.00") for number in range(ROWS_PER_TABLE)]
        await tenant.run_use_case(partial(_transfer, first.id, second.id))
        rows["account"].append(first)
    await tenant.run_use_case(partial(_close_account, (await tenant.open_account("Closed")).id))
    await tenant.run_use_case(insert_remaining_rows)
    await tenant.run_use_case(partial(_delete_last_rows, rows))
    await _insert_invitations_and_keys(tenant)


def _is_unusable(row: Any) -> bool:  # mutations refuse it
    return row.get("deleted_at") is not None or row.get("kind") is AccountKind.OUTSIDE


def _parent_with_same_number(parents: Sequence[Any], number: int) -> Any:
    """Return the row with this number, or the last one: a row that refers to its own table refers to the one before."""
    return parents[min(number, len(parents) - 1)]


async def _delete_last_rows(rows: dict[str, list[Any]], work: UnitOfWork) -> None:
    """Mark the last row of each soft-deletable noun as deleted."""
    last_rows: list[Any] = [noun_rows[-1] for noun_rows in rows.values()]
    for row in last_rows:
        if issubclass(model := type(row), SoftDeletable):
            await records.delete(work, model, row.id)


async def _close_account(id: UUID, work: UnitOfWork) -> None:
    await accounts.close_account(work, id, None)


async def _transfer(from_id: UUID, to_id: UUID, work: UnitOfWork) -> None:
    """Transfer money and store a snapshot of the credited account."""
    created = await transfer.transfer_funds(work, from_id, to_id, TransferAmount(Decimal("1.50"), "Transfer memo"))
    (account,) = (await accounts.lock_accounts(work, [to_id])).values()
    await account_state.insert_snapshot(work, to_id, AccountState.from_row(account), created.created_at)


async def _insert_invitations_and_keys(tenant: TenantFixture) -> None:
    """Insert an API key and an invitation with a value in every column, a pending invitation, an issuer, a passkey."""

    async def insert_rows(work: UnitOfWork) -> None:
        key = (await create_api_key(work, {"name": "Key", "expires_at": utc_now() + ONE_HOUR})).api_key
        key.last_used_at = key.revoked_at = utc_now()
        pending, closed = [build_invitation(tenant, f"{name}@{tenant.slug}.test") for name in ("owner", "closed")]
        closed.accepted_at = closed.revoked_at = utc_now()
        owner = tenant.users[Role.OWNER]
        await work.add(pending, closed, build_link(owner, f"{tenant.slug}-0"), *passkey_rows(owner))

    await tenant.run_use_case(insert_rows)


async def _insert_dual_member(app_fixture: AppFixture) -> User:
    """Insert a user who is a member of the own tenant and an owner of the other one."""
    own, other = app_fixture.tenant, app_fixture.other_tenant

    async def insert_users(work: UnitOfWork) -> User:
        values = {"email": "dual-member@both.test", "full_name": "Dual Member"}
        user = await people.add_user(work, FAST_PASSWORDS, values, PASSWORD)
        await people.add_member(work, own.id, user.id, Role.MEMBER)
        values = {"email": "second@here.test", "full_name": "Second"}
        second_owner = await people.add_user(work, FAST_PASSWORDS, values, PASSWORD)
        await people.add_member(work, own.id, second_owner.id, Role.OWNER)  # so that the first owner may leave
        await people.add_member(work, other.id, user.id, Role.OWNER)
        return user

    dual_member = await run_use_case(app_fixture.database, Credentials(), insert_users)
    await app_fixture.sign_in(dual_member)
    return dual_member


def tenant_models() -> list[Any]:
    """Return the models of all tenant tables with an id."""
    return [model for table in tenant_tables() if issubclass(model := get_model(table.name), TenantRecord)]
