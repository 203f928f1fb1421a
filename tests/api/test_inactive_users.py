"""A superuser deletes users who have been inactive for long."""

import datetime
from typing import Any

import pytest
from sqlalchemy import update

from models import User
from models.base import utc_now
from models.ids import public_id
from models.membership import Role
from models.relations import table_of
from services.people import administration
from tests.support import bulk_documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.idempotency import is_replay, with_key

YESTERDAY = utc_now() - datetime.timedelta(days=1)
BEFORE = (utc_now() - datetime.timedelta(hours=1)).isoformat()


async def deactivate(app_fixture: AppFixture, *users: User, since: datetime.datetime = YESTERDAY) -> list[str]:
    """Deactivate users; return their global ids in their order."""
    table = table_of(User)
    for user in users:
        statement = update(table).where(table.c.id == user.id).values(is_active=False, updated_at=since)
        await app_fixture.execute_sql(statement)
    return sorted(public_id("user", user.id) for user in users)


async def delete_inactive(client: Client, **arguments: Any) -> dict[str, Any]:
    """Delete inactive users and return the payload."""
    response = await client(bulk_documents.DELETE_INACTIVE_USERS, before=BEFORE, **arguments)
    return response.payload("deleteInactiveUsers")


async def test_inactive_users_are_deleted_except_last_owners(superuser_client: Client, app_fixture: AppFixture) -> None:
    users = app_fixture.tenant.users
    recent = await app_fixture.create_user("recent@nowhere.test")
    await deactivate(app_fixture, recent, since=utc_now())
    deleted = await deactivate(app_fixture, users[Role.MEMBER], users[Role.ADMIN])
    (owner,) = await deactivate(app_fixture, users[Role.OWNER])
    payload = await delete_inactive(superuser_client)
    assert (sorted(payload["deletedIds"]), payload["lastId"]) == (deleted, None)
    assert [user["id"] for user in payload["skipped"]] == [owner]
    emails = {row["email"] for row in await _all_users(app_fixture)}
    assert "recent@nowhere.test" in emails
    assert not emails & {"member@here.test", "admin@here.test"}


async def _all_users(app_fixture: AppFixture) -> list[dict[str, Any]]:
    rows = await app_fixture.fetch_rows(table_of(User).select())
    return [dict(row._mapping) for row in rows]


async def test_large_numbers_are_deleted_in_batches(
    superuser_client: Client, app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(administration, "MAX_USERS", 2)
    users = [await app_fixture.create_user(f"user{n}@nowhere.test") for n in range(3)]
    ids = await deactivate(app_fixture, *users)
    first = await delete_inactive(superuser_client)
    assert (sorted(first["deletedIds"]), first["lastId"]) == (ids[:2], ids[1])
    second = await delete_inactive(superuser_client, after=first["lastId"])
    assert (second["deletedIds"], second["lastId"]) == ([ids[2]], None)


async def test_repeated_request_returns_the_stored_result(superuser_client: Client, app_fixture: AppFixture) -> None:
    ids = await deactivate(app_fixture, await app_fixture.create_user())
    client = with_key(superuser_client)
    first, second = await delete_inactive(client), await client(bulk_documents.DELETE_INACTIVE_USERS, before=BEFORE)
    assert (first["deletedIds"], second.payload("deleteInactiveUsers")) == (ids, first)
    assert is_replay(second)
