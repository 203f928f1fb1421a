"""Who callers are expected to be: the database has the last word, every time."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from models import ApiKey, Membership, Session, Tenant, User
from models.base import now
from models.ids import new_id, public_id
from models.membership import Role
from models.relations import table_of
from queries.caller import NOBODY, Actor, Caller
from queries.expectations import Expectations
from queries.reader import Reader
from server.database import Database, connect
from server.settings import Settings, load_settings
from services.secrets import hashed
from services.unit_of_work import UnitOfWork
from tests.harness.statements import StatementCounter
from tests.queries.connections import ALL_TASKS
from tests.support.world import World

pytestmark = pytest.mark.only("postgresql")
TOLD = text("SELECT current_setting('app.tenant_id', true), current_setting('app.user_id', true)")


async def opened(database: Database, caller: Caller) -> Actor:
    """Who the caller turns out to be in a transaction of its own."""
    reader = Reader(database.reading, caller)
    actor = await reader.actor()
    await reader.release()
    return actor


async def openings(database: Database, caller: Caller) -> list[str]:
    """The statements that this takes."""
    with StatementCounter(database.reading) as sent:
        await opened(database, caller)
    return [statement.split()[0] for statement in sent.statements]


def member_of(world: World) -> Caller:
    """Somebody who is signed in."""
    return Caller(world.here.users[Role.MEMBER].id, "here", session_id=world.session_of(Role.MEMBER))


async def test_who_is_known_is_asked_for_in_one_statement(planted: World, database: Database) -> None:
    caller = member_of(planted)
    assert await openings(database, caller) == ["SELECT"]
    assert [await openings(database, caller) for _ in range(3)] == [["EXECUTE"]] * 3


async def test_the_policies_are_told_whom_they_let_see_what(planted: World, database: Database) -> None:
    for plot in (planted.here, planted.there, planted.here):
        caller = Caller(plot.users[Role.MEMBER].id, plot.slug)
        for _ in range(3):
            reader = Reader(database.reading, caller)
            assert [tuple(row) for row in await reader.rows(TOLD)] == [(str(plot.tenant_id), str(caller.user_id))]
            assert {row.tenant_id for row in await reader.rows(ALL_TASKS)} == {plot.tenant_id}
            await reader.release()


USER, MEMBERSHIP, SESSION, TENANT = map(table_of, (User, Membership, Session, Tenant))
CHANGES: dict[str, tuple[Callable[[Caller], Any], Callable[[Actor], Actor]]] = {
    "another role": (
        lambda caller: MEMBERSHIP.update().where(MEMBERSHIP.c.user_id == caller.user_id).values(role=Role.ADMIN),
        lambda actor: replace(actor, role=Role.ADMIN),
    ),
    "a superuser": (
        lambda caller: USER.update().where(USER.c.id == caller.user_id).values(is_superuser=True),
        lambda actor: replace(actor, is_superuser=True),
    ),
    "no member": (
        lambda caller: MEMBERSHIP.delete().where(MEMBERSHIP.c.user_id == caller.user_id),
        lambda actor: replace(actor, tenant_id=None, role=None),
    ),
    "closed": (
        lambda _: TENANT.update().where(TENANT.c.slug == "here").values(closed_at=now()),
        lambda actor: replace(actor, tenant_id=None, role=None),
    ),
    "renamed": (
        lambda _: TENANT.update().where(TENANT.c.slug == "here").values(slug="elsewhere"),
        lambda actor: replace(actor, tenant_id=None, role=None),
    ),
    "inactive": (
        lambda caller: USER.update().where(USER.c.id == caller.user_id).values(is_active=False),
        lambda _: NOBODY,
    ),
    "signed out": (
        lambda caller: SESSION.update().where(SESSION.c.id == caller.session_id).values(revoked_at=now()),
        lambda _: NOBODY,
    ),
    "run out": (
        lambda caller: SESSION.update().where(SESSION.c.id == caller.session_id).values(expires_at=now()),
        lambda _: NOBODY,
    ),
}


@pytest.mark.parametrize("what", CHANGES)
async def test_what_has_changed_is_found_out_at_the_next_transaction(
    planted: World, database: Database, what: str
) -> None:
    caller, (change, becomes) = member_of(planted), CHANGES[what]
    before = [await opened(database, caller) for _ in range(3)][-1]
    assert before == Actor(caller.user_id, planted.here.tenant_id, Role.MEMBER, session_id=caller.session_id)
    await planted.write(change(caller))
    assert [await opened(database, caller) for _ in range(3)] == [becomes(before)] * 3


async def test_a_slug_that_has_gone_over_to_another_tenant_leads_there(planted: World, database: Database) -> None:
    caller = member_of(planted)
    await opened(database, caller)
    await planted.write(TENANT.update().where(TENANT.c.slug == "here").values(slug="elsewhere"))
    await planted.write(TENANT.update().where(TENANT.c.slug == "there").values(slug="here"))
    assert (await opened(database, caller)).tenant_id is None  # they are no member there
    other = Caller(planted.there.users[Role.OWNER].id, "here")
    assert (await opened(database, other)).tenant_id == planted.there.tenant_id


async def test_a_key_is_expected_to_be_what_it_was_until_it_is_revoked(planted: World, database: Database) -> None:
    secret = "alk_" + "x" * 40
    made = await planted.here.make(lambda work: _key(work, hashed(secret)))
    for tenant in (None, "here", public_id("tenant", planted.here.tenant_id)):
        caller = Caller(tenant=tenant, key_hash=hashed(secret))
        actors = [await opened(database, caller) for _ in range(3)]
        assert actors == [Actor(tenant_id=planted.here.tenant_id, role=Role.MEMBER, api_key_id=made.id)] * 3
        assert await openings(database, caller) == ["EXECUTE"]
    elsewhere = Caller(tenant="there", key_hash=hashed(secret))
    assert [(await opened(database, elsewhere)).tenant_id for _ in range(3)] == [None] * 3
    await planted.write(table_of(ApiKey).update().values(revoked_at=now()))
    assert await opened(database, Caller(key_hash=hashed(secret))) == NOBODY


async def _key(work: UnitOfWork, hash: str) -> ApiKey:
    key = ApiKey(name="Key", hash=hash, prefix="alk_", role=Role.MEMBER, created_by_id=work.actor.user_id)  # type: ignore[call-arg,arg-type]
    await work.add(key)
    return key


# What is written into a statement


@given(tenant=st.text(max_size=30), role=st.sampled_from(Role))
def test_nothing_of_a_clients_can_end_a_literal(tenant: str, role: Role) -> None:
    expectations, user = Expectations(), new_id()
    caller = Caller(user, tenant, session_id=new_id())
    expectations.note(caller, Actor(user, new_id(), role, session_id=caller.session_id))
    found = expectations.of(caller)
    if found is None:
        assert not re.fullmatch(r"[A-Za-z0-9_-]*", tenant)
    else:
        literals = r"(?:'[0-9A-Za-z_.: +-]*'|TRUE|FALSE|NULL)"
        assert re.fullmatch(rf"EXECUTE allotment_session\({literals}(?:, {literals})*\)", found.question)


async def test_tenants_of_strange_names_are_looked_for_as_before(planted: World, database: Database) -> None:
    for tenant in ("he're", "here'; --", "h\u00e9re", "{here}", "he\\re"):
        caller = replace(member_of(planted), tenant=tenant)
        assert [(await opened(database, caller)).tenant_id for _ in range(2)] == [None] * 2


def test_there_is_an_end_to_what_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("queries.expectations.MOST_KEPT", 3)
    expectations, callers = Expectations(), [Caller(new_id(), "here") for _ in range(5)]
    for caller in callers:
        expectations.note(caller, Actor(caller.user_id))
    assert [expectations.of(caller) is not None for caller in callers] == [False, False, False, True, True]


# Connections


@pytest.fixture
async def shared(settings: Settings, planted: World) -> AsyncIterator[Database]:
    """A database behind a pooler that shares sessions."""
    url = f"{settings.database_url.get_secret_value()}?pgbouncer=true"
    made = connect(load_settings(None, **settings.model_dump() | {"database_url": url}))
    yield made
    await made.close()


async def test_nobody_is_expected_where_sessions_are_shared(shared: Database, planted: World) -> None:
    assert [await openings(shared, member_of(planted)) for _ in range(3)] == [["SELECT"]] * 3


async def test_a_connection_that_has_forgotten_the_question_is_not_asked_again(
    planted: World, database: Database
) -> None:
    caller = member_of(planted)
    await openings(database, caller)
    await openings(database, caller)
    reader = Reader(database.reading, caller)
    await reader.rows(text("DEALLOCATE allotment_session"))
    await reader.release()
    assert await openings(database, caller) == ["EXECUTE", "SELECT"]
    assert await openings(database, caller) == ["SELECT"]
    assert (await opened(database, caller)).role is Role.MEMBER


async def test_a_connection_where_somebody_else_has_taken_the_name_is_not_asked(
    planted: World, database: Database
) -> None:
    caller = member_of(planted)
    reader = Reader(database.reading, caller)
    await reader.rows(text("PREPARE allotment_session AS SELECT 1"))
    await reader.release()
    assert [await openings(database, caller) for _ in range(3)] == [["SELECT"]] * 3
    assert (await opened(database, caller)).role is Role.MEMBER
