"""Sign-in events: which are recorded, and who sees them."""

import asyncio
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update

from database.authentication import Credentials
from models import RefreshToken, SignInEvent
from models.base import utc_now
from models.ids import public_id
from models.membership import Role
from models.relations import table_of
from server.config.settings import Settings
from server.scheduling.jobs import build_jobs
from services.core.use_case import run_use_case
from services.people import user as people
from tests.harness.statement_counter import StatementCounter
from tests.sign_in.helpers import FIREFOX, MEMBER, OWNER, log_in, own_events, settle, tenant_events
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.memberships import add_member


async def count_events(app_fixture: AppFixture) -> int:
    ((number,),) = await app_fixture.fetch_rows(select(func.count()).select_from(table_of(SignInEvent)))
    return int(number)


async def test_log_in_is_shown_to_the_user_and_to_owners(app_fixture: AppFixture) -> None:
    payload = (await log_in(app_fixture)).payload("login")
    member = app_fixture.client().with_token(payload["accessToken"])
    (event,) = await own_events(member)
    assert (event["kind"], event["count"], event["detail"], event["user"]) == ("LOGGED_IN", 1, None, {"email": MEMBER})
    assert (event["userAgent"], event["device"]) == (FIREFOX, "Firefox on Linux")
    assert event["address"]
    assert event["sessionId"].startswith("session_")
    assert await tenant_events(app_fixture.tenant.client(Role.OWNER)) == [event]
    for role in (Role.ADMIN, Role.MEMBER):
        assert (await app_fixture.tenant.client(role)("{ signInEvents { totalCount } }")).error_codes == ["FORBIDDEN"]
    assert await tenant_events(app_fixture.other_tenant.client(Role.OWNER)) == []
    assert (await app_fixture.client()("{ signInEvents { totalCount } }")).error_codes == ["UNAUTHENTICATED"]


@pytest.mark.only("sqlite")
async def test_admins_do_not_see_events_through_users(app_fixture: AppFixture) -> None:
    await log_in(app_fixture)
    document = "{ tenant { members { nodes { user { email signInEvents { nodes { kind } } } } } } }"
    for role, expected in ((Role.OWNER, 1), (Role.ADMIN, 0)):
        response = await app_fixture.tenant.client(role)(document)
        nodes = response.data["tenant"]["members"]["nodes"]
        found = {node["user"]["email"]: len(node["user"]["signInEvents"]["nodes"]) for node in nodes}
        assert found[MEMBER] == expected


async def test_failed_logins_of_known_accounts_are_merged(app_fixture: AppFixture, app: FastAPI) -> None:
    for email in (MEMBER, MEMBER.upper(), "unknown@nowhere.test", MEMBER):
        assert (await log_in(app_fixture, email, "Wrong-1!")).user_errors("login") == [("BAD_CREDENTIALS", ["input"])]
        await settle(app)
    (event,) = await tenant_events(app_fixture.tenant.client(Role.OWNER))
    assert (event["kind"], event["count"], event["sessionId"]) == ("LOGIN_FAILED", 3, None)
    assert event["lastAt"] > event["createdAt"]
    assert await own_events(app_fixture.tenant.client(Role.MEMBER)) == [event]
    assert await count_events(app_fixture) == 1


async def test_concurrent_failures_are_all_counted(app_fixture: AppFixture, app: FastAPI) -> None:
    await asyncio.gather(*(log_in(app_fixture, MEMBER, "Wrong-1!") for _ in range(8)))
    await settle(app)
    (event,) = await own_events(app_fixture.tenant.client(Role.MEMBER))
    assert event["count"] == 8


@pytest.mark.slow
async def test_throttled_failures_do_not_fill_the_table(app_fixture: AppFixture, app: FastAPI) -> None:
    """The account's rate limit ends the attempts, and those before are one event for all names of tenants."""
    codes = [
        (await log_in(app_fixture, MEMBER, "Wrong-1!", **{"X-Tenant": f"guess-{n}"})).error_codes for n in range(25)
    ]
    await settle(app)
    assert codes[-1] == ["RATE_LIMITED"]
    (event,) = await own_events(app_fixture.tenant.client(Role.MEMBER))
    assert event["count"] == 20


async def test_known_and_unknown_accounts_take_the_same_statements(
    app_fixture: AppFixture, app: FastAPI, statement_counter: StatementCounter
) -> None:
    statements = []
    for email in (MEMBER, "unknown@nowhere.test"):
        statement_counter.statements.clear()
        with statement_counter:
            await log_in(app_fixture, email, "Wrong-1!")
            await settle(app)
        statements.append([text.split("(")[0] for text in statement_counter.statements])
    assert statements[0] == statements[1]


@pytest.mark.parametrize("named", [True, False])
async def test_owners_see_no_events_of_other_tenants(app_fixture: AppFixture, app: FastAPI, *, named: bool) -> None:
    """A user of two tenants: each owner sees what names their tenant, and neither sees what names none."""
    dual = await add_member(app_fixture.tenant, "dual@both.test", Role.MEMBER)
    other = app_fixture.other_tenant
    await run_use_case(
        app_fixture.database, Credentials(), lambda work: people.add_member(work, other.id, dual.id, Role.MEMBER)
    )
    headers = {"X-Tenant": "there"} if named else {}
    await log_in(app_fixture, dual.email, **headers)
    await log_in(app_fixture, dual.email, "Wrong-1!", **headers)
    await settle(app)
    assert await tenant_events(app_fixture.tenant.client(Role.OWNER)) == []
    kinds = {event["kind"] for event in await tenant_events(other.client(Role.OWNER))}
    assert kinds == ({"LOGGED_IN", "LOGIN_FAILED"} if named else set())
    assert len(await own_events(app_fixture.client(dual))) == 2
    for name in ("here", "there", "nowhere"):
        for _ in range(2):
            await log_in(app_fixture, dual.email, "Wrong-1!", **{"X-Tenant": name})
            await settle(app)
    for tenant in (app_fixture.tenant, other):  # an attempt that names another tenant hides none in this one
        events = await tenant_events(tenant.client(Role.OWNER), kind={"eq": "LOGIN_FAILED"})
        assert [each["count"] for each in events] == [3 if named and tenant is other else 2]
    assert len(await own_events(app_fixture.client(dual))) == 4


async def test_attacker_cannot_write_into_a_tenant_of_others(app_fixture: AppFixture, app: FastAPI) -> None:
    for name in ("there", public_id("tenant", app_fixture.other_tenant.id), "nowhere", "'", "x" * 500):
        await log_in(app_fixture, MEMBER, "Wrong-1!", **{"X-Tenant": name})
    await settle(app)
    assert await tenant_events(app_fixture.other_tenant.client(Role.OWNER)) == []
    assert await tenant_events(app_fixture.tenant.client(Role.OWNER)) == []
    assert {event["kind"] for event in await own_events(app_fixture.tenant.client(Role.MEMBER))} == {"LOGIN_FAILED"}


async def test_refreshes_of_a_day_are_one_event_and_a_reuse_is_another(app_fixture: AppFixture) -> None:
    payload = (await log_in(app_fixture)).payload("login")
    token, client = payload["refreshToken"], app_fixture.client()
    for _ in range(2):
        refreshed = (await client(documents.REFRESH_SESSION, input={"refreshToken": token})).payload("refreshSession")
        first, token = token, refreshed["refreshToken"]
    table = table_of(RefreshToken)
    await app_fixture.execute_sql(
        update(table).where(table.c.used_at.is_not(None)).values(used_at=utc_now() - timedelta(1))
    )
    for _ in range(2):
        assert (await client(documents.REFRESH_SESSION, input={"refreshToken": first})).error_codes == [
            "UNAUTHENTICATED"
        ]
    events = await own_events(app_fixture.tenant.client(Role.MEMBER))
    assert [(each["kind"], each["count"]) for each in events] == [
        ("REFRESH_TOKEN_REUSED", 2), ("REFRESHED", 2), ("LOGGED_IN", 1),
    ]  # fmt: skip
    assert len({each["sessionId"] for each in events}) == 1


async def test_ends_of_sessions_are_recorded(app_fixture: AppFixture) -> None:
    first, second, third = [(await log_in(app_fixture)).payload("login") for _ in range(3)]
    client = app_fixture.client().with_token(third["accessToken"])
    await app_fixture.client()(documents.LOGOUT, input={"refreshToken": first["refreshToken"]})
    sessions = (await client(documents.SESSIONS)).data["viewer"]["sessions"]["nodes"]
    await client(documents.REVOKE_SESSION, id=next(each["id"] for each in sessions if not each["isCurrent"]))
    again = await client(documents.REVOKE_SESSION, id=second["user"]["id"])
    assert again.user_errors("revokeSession") == [("NOT_FOUND", ["id"])]
    await client("mutation { revokeOtherSessions { done userErrors { code } } }")
    kinds = [event["kind"] for event in await own_events(client)]
    assert kinds == ["SESSIONS_REVOKED", "SESSION_REVOKED", "LOGGED_OUT", *["LOGGED_IN"] * 3]
    remaining = (await client(documents.SESSIONS)).data["viewer"]["sessions"]["nodes"]
    assert [each["isCurrent"] for each in remaining] == [True]


@pytest.mark.only("sqlite")
async def test_new_passwords_are_recorded(app_fixture: AppFixture) -> None:
    member = app_fixture.tenant.client(Role.MEMBER)
    new = {"currentPassword": PASSWORD, "newPassword": "Another-secret-7!"}
    assert (await member(documents.CHANGE_PASSWORD, input=new)).user_errors("changePassword") == []
    assert [event["kind"] for event in await own_events(member)] == ["PASSWORD_CHANGED"]


async def test_key_events_are_shown_to_owners_and_the_use_to_no_user(app_fixture: AppFixture, app: FastAPI) -> None:
    owner = app_fixture.tenant.client(Role.OWNER)
    created = (await owner(documents.CREATE_API_KEY, input={"name": "Import"})).payload("createApiKey")
    key = app_fixture.client().with_token(created["secret"])
    for _ in range(2):
        await key("{ tasks { totalCount } }")
        await settle(app)
    await owner(documents.REVOKE_API_KEY, id=created["apiKey"]["id"])
    await owner(documents.REVOKE_API_KEY, id=created["apiKey"]["id"])
    events = await tenant_events(owner)
    assert [(each["kind"], each["user"] and each["user"]["email"]) for each in events] == [
        ("API_KEY_REVOKED", OWNER), ("API_KEY_FIRST_USED", None), ("API_KEY_CREATED", OWNER),
    ]  # fmt: skip
    assert {(each["apiKeyId"], each["detail"]) for each in events} == {(created["apiKey"]["id"], "Import")}
    assert all(each["address"] for each in events)
    assert [each["kind"] for each in await own_events(owner)] == ["API_KEY_REVOKED", "API_KEY_CREATED"]
    assert await tenant_events(owner, apiKeyId={"eq": created["apiKey"]["id"]}, kind={"eq": "API_KEY_REVOKED"}) == [
        events[0]
    ]
    assert await tenant_events(owner, sessionId={"eq": created["apiKey"]["id"]}) == []


async def test_old_events_are_deleted(app_fixture: AppFixture, app: FastAPI, settings: Settings) -> None:
    await log_in(app_fixture)
    await log_in(app_fixture, OWNER)
    event = table_of(SignInEvent)
    old = update(event).where(event.c.user_id == app_fixture.tenant.users[Role.MEMBER].id)
    await app_fixture.execute_sql(
        old.values(last_at=utc_now() - timedelta(days=settings.sign_in_events_days, minutes=1))
    )
    (job,) = [each for each in build_jobs(settings, app.state.services) if each.name == "delete-old-sign-in-events"]
    await job.perform(app.state.database)
    assert [each["user"]["email"] for each in await tenant_events(app_fixture.tenant.client(Role.OWNER))] == [OWNER]


async def test_erased_users_leave_no_events(app_fixture: AppFixture) -> None:
    await log_in(app_fixture)
    superuser = await app_fixture.create_user("root@server.test", is_superuser=True)
    id = public_id("user", app_fixture.tenant.users[Role.MEMBER].id)
    deleted = await app_fixture.client(superuser)(documents.DELETE_USER, id=id)
    assert deleted.user_errors("deleteUser") == []
    assert await count_events(app_fixture) == 0
