"""Cached identities: PostgreSQL verifies each cached principal in every transaction."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from database.authentication import ANONYMOUS, Credentials, Principal
from database.cached_identity import build_identity
from database.engine import Database
from database.reader import Reader
from models import ApiKey, Membership, Session, Tenant, User
from models.base import utc_now
from models.ids import new_id, public_id
from models.membership import Role
from models.relations import table_of
from server.config.settings import Settings
from server.database_factory import build_database
from services.core.unit_of_work import UnitOfWork
from services.people.secrets import hash_secret
from tests.database.statement_helpers import SELECT_ALL_TASKS
from tests.harness.statement_counter import StatementCounter
from tests.support.app_fixture import AppFixture
from tests.support.settings import change_settings

pytestmark = pytest.mark.only("postgresql")
RLS_SETTINGS = text("SELECT current_setting('app.tenant_id', true), current_setting('app.user_id', true)")


async def begin_and_authenticate(database: Database, credentials: Credentials) -> Principal:
    """Return the principal that the credentials have in a new transaction."""
    reader = Reader(database, credentials)
    principal = await reader.principal()
    await reader.release()
    return principal


async def identity_statements(database: Database, credentials: Credentials) -> list[str]:
    """Return the verbs of the statements that authentication executes in a new transaction."""
    with StatementCounter(database.read_engine) as counter:
        await begin_and_authenticate(database, credentials)
    return [statement.split()[0] for statement in counter.statements]


def session_credentials(app_fixture: AppFixture) -> Credentials:
    """Return the credentials of a signed-in member."""
    return Credentials(app_fixture.tenant.users[Role.MEMBER].id, "here", session_id=app_fixture.session_id(Role.MEMBER))


async def test_cached_identity_is_verified_by_a_prepared_statement(
    app_with_dataset: AppFixture, database: Database
) -> None:
    credentials = session_credentials(app_with_dataset)
    assert await identity_statements(database, credentials) == ["SELECT"]
    assert [await identity_statements(database, credentials) for _ in range(3)] == [["EXECUTE"]] * 3


async def test_verification_sets_the_variables_of_row_level_security(
    app_with_dataset: AppFixture, database: Database
) -> None:
    for tenant in (app_with_dataset.tenant, app_with_dataset.other_tenant, app_with_dataset.tenant):
        credentials = Credentials(tenant.users[Role.MEMBER].id, tenant.slug)
        for _ in range(3):
            reader = Reader(database, credentials)
            assert [tuple(row) for row in await reader.rows(RLS_SETTINGS)] == [
                (str(tenant.id), str(credentials.user_id))
            ]
            assert {row.tenant_id for row in await reader.rows(SELECT_ALL_TASKS)} == {tenant.id}
            await reader.release()


USER, MEMBERSHIP, SESSION, TENANT = map(table_of, (User, Membership, Session, Tenant))
CHANGES: dict[str, tuple[Callable[[Credentials], Any], Callable[[Principal], Principal]]] = {
    "role changed": (
        lambda credentials: (
            MEMBERSHIP.update().where(MEMBERSHIP.c.user_id == credentials.user_id).values(role=Role.ADMIN)
        ),
        lambda principal: replace(principal, role=Role.ADMIN),
    ),
    "superuser flag set": (
        lambda credentials: USER.update().where(USER.c.id == credentials.user_id).values(is_superuser=True),
        lambda principal: replace(principal, is_superuser=True),
    ),
    "membership deleted": (
        lambda credentials: MEMBERSHIP.delete().where(MEMBERSHIP.c.user_id == credentials.user_id),
        lambda principal: replace(principal, tenant_id=None, role=None),
    ),
    "tenant closed": (
        lambda _: TENANT.update().where(TENANT.c.slug == "here").values(closed_at=utc_now()),
        lambda principal: replace(principal, tenant_id=None, role=None),
    ),
    "slug changed": (
        lambda _: TENANT.update().where(TENANT.c.slug == "here").values(slug="elsewhere"),
        lambda principal: replace(principal, tenant_id=None, role=None),
    ),
    "user deactivated": (
        lambda credentials: USER.update().where(USER.c.id == credentials.user_id).values(is_active=False),
        lambda _: ANONYMOUS,
    ),
    "signed out": (
        lambda credentials: SESSION.update().where(SESSION.c.id == credentials.session_id).values(revoked_at=utc_now()),
        lambda _: ANONYMOUS,
    ),
    "session expired": (
        lambda credentials: SESSION.update().where(SESSION.c.id == credentials.session_id).values(expires_at=utc_now()),
        lambda _: ANONYMOUS,
    ),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_change_takes_effect_in_the_next_transaction(
    app_with_dataset: AppFixture, database: Database, name: str
) -> None:
    credentials, (build_update, expected) = session_credentials(app_with_dataset), CHANGES[name]
    before = [await begin_and_authenticate(database, credentials) for _ in range(3)][-1]
    assert before == Principal(
        credentials.user_id, app_with_dataset.tenant.id, Role.MEMBER, session_id=credentials.session_id
    )
    await app_with_dataset.execute_sql(build_update(credentials))
    assert [await begin_and_authenticate(database, credentials) for _ in range(3)] == [expected(before)] * 3


async def test_reused_slug_selects_its_new_tenant(app_with_dataset: AppFixture, database: Database) -> None:
    credentials = session_credentials(app_with_dataset)
    await begin_and_authenticate(database, credentials)
    await app_with_dataset.execute_sql(TENANT.update().where(TENANT.c.slug == "here").values(slug="elsewhere"))
    await app_with_dataset.execute_sql(TENANT.update().where(TENANT.c.slug == "there").values(slug="here"))
    assert (
        await begin_and_authenticate(database, credentials)
    ).tenant_id is None  # not a member of the tenant that has the slug now
    owner_of_other_tenant = Credentials(app_with_dataset.other_tenant.users[Role.OWNER].id, "here")
    assert (await begin_and_authenticate(database, owner_of_other_tenant)).tenant_id == app_with_dataset.other_tenant.id


async def test_api_key_is_cached_until_it_is_revoked(app_with_dataset: AppFixture, database: Database) -> None:
    secret = "alk_" + "x" * 40
    key = await app_with_dataset.tenant.run_use_case(lambda work: _insert_key(work, hash_secret(secret)))
    for tenant in (None, "here", public_id("tenant", app_with_dataset.tenant.id)):
        credentials = Credentials(tenant=tenant, key_hash=hash_secret(secret))
        principals = [await begin_and_authenticate(database, credentials) for _ in range(3)]
        assert principals == [Principal(tenant_id=app_with_dataset.tenant.id, role=Role.MEMBER, api_key_id=key.id)] * 3
        assert await identity_statements(database, credentials) == ["EXECUTE"]
    other_tenant = Credentials(tenant="there", key_hash=hash_secret(secret))
    assert [(await begin_and_authenticate(database, other_tenant)).tenant_id for _ in range(3)] == [None] * 3
    await app_with_dataset.execute_sql(table_of(ApiKey).update().values(revoked_at=utc_now()))
    assert await begin_and_authenticate(database, Credentials(key_hash=hash_secret(secret))) == ANONYMOUS


async def _insert_key(work: UnitOfWork, hash: str) -> ApiKey:
    key = ApiKey(name="Key", hash=hash, prefix="alk_", role=Role.MEMBER, created_by_id=work.principal.user_id)  # type: ignore[call-arg,arg-type]
    await work.add(key)
    return key


# Literals


@given(tenant=st.text(max_size=30), role=st.sampled_from(Role))
def test_input_of_clients_cannot_end_a_literal(tenant: str, role: Role) -> None:
    user = new_id()
    credentials = Credentials(user, tenant, session_id=new_id())
    identity = build_identity(credentials, Principal(user, new_id(), role, session_id=credentials.session_id))
    if identity is None:
        assert not re.fullmatch(r"[A-Za-z0-9_-]*", tenant)
    else:
        literals = r"(?:'[0-9A-Za-z_.: +-]*'|TRUE|FALSE|NULL)"
        assert re.fullmatch(rf"EXECUTE allotment_session\({literals}(?:, {literals})*\)", identity.verify_sql)


async def test_tenants_that_cannot_be_literals_are_looked_up_without_the_cache(
    app_with_dataset: AppFixture, database: Database
) -> None:
    for tenant in ("he're", "here'; --", "h\u00e9re", "{here}", "he\\re"):
        credentials = replace(session_credentials(app_with_dataset), tenant=tenant)
        assert [(await begin_and_authenticate(database, credentials)).tenant_id for _ in range(2)] == [None] * 2


# Connections


@pytest.fixture
async def pooler_database(settings: Settings, app_with_dataset: AppFixture) -> AsyncIterator[Database]:
    """A database behind a pooler that shares server sessions."""
    url = f"{settings.database_url.get_secret_value()}?pgbouncer=true"
    database = build_database(change_settings(settings, database_url=url))
    yield database
    await database.close()


async def test_cache_is_not_used_behind_a_pooler(pooler_database: Database, app_with_dataset: AppFixture) -> None:
    assert [await identity_statements(pooler_database, session_credentials(app_with_dataset)) for _ in range(3)] == [
        ["SELECT"]
    ] * 3


async def test_connection_without_the_prepared_statements_does_not_verify(
    app_with_dataset: AppFixture, database: Database
) -> None:
    credentials = session_credentials(app_with_dataset)
    await identity_statements(database, credentials)
    await identity_statements(database, credentials)
    reader = Reader(database, credentials)
    await reader.rows(text("DEALLOCATE allotment_session"))
    await reader.release()
    assert await identity_statements(database, credentials) == ["EXECUTE", "SELECT"]
    assert await identity_statements(database, credentials) == ["SELECT"]
    assert (await begin_and_authenticate(database, credentials)).role is Role.MEMBER


async def test_connection_with_another_prepared_statement_of_that_name_does_not_verify(
    app_with_dataset: AppFixture, database: Database
) -> None:
    credentials = session_credentials(app_with_dataset)
    reader = Reader(database, credentials)
    await reader.rows(text("PREPARE allotment_session AS SELECT 1"))
    await reader.release()
    assert [await identity_statements(database, credentials) for _ in range(3)] == [["SELECT"]] * 3
    assert (await begin_and_authenticate(database, credentials)).role is Role.MEMBER
