"""Impersonation: how it begins, what is seen of it, and how it ends."""

import datetime
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from models import Session
from models.base import utc_now
from models.ids import new_id, public_id
from models.membership import Role
from models.relations import table_of
from services.people import user as people
from tests.sign_in.helpers import MEMBER, OWNER, log_in
from tests.sign_in.impersonation_helpers import events_of, sessions_of
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.impersonation import (
    END_IMPERSONATION,
    IMPERSONATE,
    REASON,
    VIEWER_IMPERSONATION,
    create_superuser,
    impersonate,
    impersonate_member,
)
from tests.support.memberships import add_member, set_active
from tests.support.second_factor_rows import enrolled_rows

NAME = "impersonateUser"


async def test_superuser_acts_as_a_user(app_fixture: AppFixture) -> None:
    superuser, client = await create_superuser(app_fixture)
    member = app_fixture.tenant.users[Role.MEMBER]
    assert (await client("{ tasks { totalCount } }")).error_codes == ["FORBIDDEN"]
    values = {"userId": public_id("user", member.id), "reason": f"  {REASON} "}
    payload = (await client(IMPERSONATE, input=values)).payload(NAME)
    lifetime = datetime.datetime.fromisoformat(payload["expiresAt"]) - utc_now()
    assert timedelta(minutes=29) < lifetime <= timedelta(minutes=30)
    assert payload["user"]["email"] == MEMBER
    assert "createTask" in payload["user"]["permissions"]
    acting = app_fixture.client().with_token(payload["accessToken"])
    viewer = (await acting(VIEWER_IMPERSONATION)).data["viewer"]
    assert viewer["email"] == MEMBER
    shown = viewer["impersonation"]
    by = (shown["impersonatorId"], shown["impersonatorName"])
    assert (*by, shown["reason"]) == (public_id("user", superuser.id), "Root Server", REASON)
    assert viewer["impersonation"]["expiresAt"] == payload["expiresAt"]
    assert (await acting(documents.create("Task"), input={"title": "New"})).payload("createTask")
    for in_person in (client, app_fixture.tenant.client()):
        assert (await in_person(VIEWER_IMPERSONATION)).data["viewer"]["impersonation"] is None


async def test_user_and_owners_see_it(app_fixture: AppFixture) -> None:
    superuser, client = await create_superuser(app_fixture)
    acting = await impersonate(client, app_fixture.tenant.users[Role.MEMBER])
    owner, member = app_fixture.tenant.client(Role.OWNER), app_fixture.tenant.client()
    shown, own = await sessions_of(member)
    assert (own["impersonation"], own["isCurrent"]) == (None, True)
    assert (shown["impersonation"]["impersonatorName"], shown["impersonation"]["reason"]) == ("Root Server", REASON)
    (event,) = await events_of(owner)
    assert event["sessionId"] == shown["id"]
    assert (event["kind"], event["detail"], event["user"]["email"]) == ("LOGGED_IN", REASON, MEMBER)
    assert event["impersonatorId"] == public_id("user", superuser.id)
    assert event["impersonatorName"] == "Root Server"
    assert event["expiresAt"] == shown["impersonation"]["expiresAt"]
    assert await events_of(app_fixture.other_tenant.client(Role.OWNER)) == []
    own_events = "{ viewer { signInEvents { nodes { detail impersonatorName } } } }"
    assert (await member(own_events)).data["viewer"]["signInEvents"]["nodes"] == [
        {"detail": REASON, "impersonatorName": "Root Server"}
    ]
    assert (await acting(END_IMPERSONATION)).payload("endImpersonation")["done"] is True
    ended, _ = await events_of(owner)
    assert (ended["kind"], ended["impersonatorName"]) == ("LOGGED_OUT", "Root Server")
    filtered = "{ signInEvents(where: {impersonatorId: {isNull: false}}) { totalCount } }"
    await log_in(app_fixture)
    assert (await owner(filtered)).data["signInEvents"]["totalCount"] == 2


async def test_audit_names_both(app_fixture: AppFixture) -> None:
    superuser, client = await create_superuser(app_fixture)
    acting = await impersonate(client, app_fixture.tenant.users[Role.OWNER])
    created = (await acting(documents.create("Task"), input={"title": "By support"})).payload("createTask")
    owner = app_fixture.tenant.client(Role.OWNER)
    await owner(documents.create("Task"), input={"title": "In person"})
    audit_query = """
    query ($where: AuditEntryWhere) { auditLog(where: $where) {
      nodes { objectId actorKind actorId impersonatorId user { email } impersonatorName } } }
    """
    entry = {
        "objectId": created["task"]["id"],
        "actorKind": "USER",
        "actorId": public_id("user", app_fixture.tenant.users[Role.OWNER].id),
        "impersonatorId": public_id("user", superuser.id),
        "user": {"email": OWNER},
        "impersonatorName": "Root Server",
    }
    for condition in ({"eq": public_id("user", superuser.id)}, {"isNull": False}):
        found = await owner(audit_query, where={"impersonatorId": condition})
        assert found.data["auditLog"]["nodes"] == [entry]
    for id in (public_id("user", new_id()), public_id("task", superuser.id), "user_", ""):
        found = await owner(audit_query, where={"impersonatorId": {"eq": id}})
        assert found.data["auditLog"]["nodes"] == []
    in_person = (await owner(audit_query, where={"noun": {"eq": "Task"}})).data["auditLog"]["nodes"][0]
    assert (in_person["impersonatorId"], in_person["impersonatorName"]) == (None, None)


async def test_domain_events_name_both(app_fixture: AppFixture) -> None:
    superuser, client = await create_superuser(app_fixture)
    acting = await impersonate(client, app_fixture.tenant.users[Role.OWNER])
    opened = (await acting(documents.OPEN_ACCOUNT, input={"name": "New", "currency": "EUR"})).payload("openAccount")
    events = "query ($id: ID!) { events(streamId: $id) { nodes { metadata } } }"
    (event,) = (await acting(events, id=opened["account"]["id"])).data["events"]["nodes"]
    assert event["metadata"]["impersonator"] == public_id("user", superuser.id)
    assert event["metadata"]["actor"] == public_id("user", app_fixture.tenant.users[Role.OWNER].id)


async def test_invalid_requests_are_rejected(app_fixture: AppFixture) -> None:
    superuser, client = await create_superuser(app_fixture)
    member, outsider = app_fixture.tenant.users[Role.MEMBER], await app_fixture.create_user("nowhere@else.test")
    inactive = await add_member(app_fixture.tenant, "inactive@here.test", Role.MEMBER)
    await set_active(app_fixture, [inactive], active=False)
    valid = {"userId": public_id("user", member.id), "reason": REASON}
    for values, code, field in (
        ({"reason": ""}, "TOO_SHORT", "reason"),
        ({"reason": " \t "}, "TOO_SHORT", "reason"),
        ({"reason": "x" * 201}, "TOO_LONG", "reason"),
        ({"reason": "two\nlines"}, "INVALID", "reason"),
        ({"minutes": 0}, "OUT_OF_RANGE", "minutes"),
        ({"minutes": 61}, "OUT_OF_RANGE", "minutes"),
        ({"minutes": -1}, "OUT_OF_RANGE", "minutes"),
        ({"userId": public_id("user", new_id())}, "NOT_FOUND", "userId"),
        ({"userId": "x"}, "NOT_FOUND", "userId"),
        ({"userId": public_id("user", superuser.id)}, "INVALID", "userId"),
        ({"userId": public_id("user", inactive.id)}, "WRONG_STATUS", "userId"),
        ({"userId": public_id("user", outsider.id)}, "REQUIRED", "tenant"),
        ({"tenant": "there"}, "NOT_FOUND", "tenant"),
        ({"tenant": ""}, "NOT_FOUND", "tenant"),
        ({"tenant": "überall"}, "NOT_FOUND", "tenant"),
    ):
        response = await client(IMPERSONATE, input=valid | values)
        assert response.user_errors(NAME) == [(code, ["input", field])], values
        assert response.data[NAME]["accessToken"] is None
    assert await events_of(app_fixture.tenant.client(Role.OWNER)) == []


async def test_only_superusers_who_have_confirmed_it_can(app_fixture: AppFixture) -> None:
    valid = {"userId": public_id("user", app_fixture.tenant.users[Role.MEMBER].id), "reason": REASON}
    assert (await app_fixture.client()(IMPERSONATE, input=valid)).error_codes == ["UNAUTHENTICATED"]
    for role in Role:
        assert (await app_fixture.tenant.client(role)(IMPERSONATE, input=valid)).error_codes == ["FORBIDDEN"]
    owner = app_fixture.tenant.client(Role.OWNER)
    secret = (await owner(documents.CREATE_API_KEY, input={"name": "Key", "role": "OWNER"})).payload("createApiKey")
    key = app_fixture.client().with_token(secret["secret"])
    assert (await key(IMPERSONATE, input=valid)).error_codes == ["FORBIDDEN"]
    _, client = await create_superuser(app_fixture)
    await app_fixture.execute_sql(update(table_of(Session)).values(confirmed_at=utc_now() - timedelta(minutes=11)))
    refused = await client(IMPERSONATE, input=valid)
    assert refused.body["errors"][0]["extensions"] | {"stepUp": True} == refused.body["errors"][0]["extensions"]


async def test_user_of_several_tenants_needs_a_tenant(app_fixture: AppFixture) -> None:
    user = await add_member(app_fixture.tenant, "both@here.test", Role.OWNER)
    await add_member_again(app_fixture, user)
    _, client = await create_superuser(app_fixture)
    valid = {"userId": public_id("user", user.id), "reason": REASON}
    assert (await client(IMPERSONATE, input=valid)).user_errors(NAME) == [("REQUIRED", ["input", "tenant"])]
    for tenant in ("there", public_id("tenant", app_fixture.other_tenant.id)):
        acting = await impersonate(client, user, tenant=tenant)
        assert (await acting("{ tenant { slug } }")).data["tenant"] == {"slug": "there"}
        refused = await acting.with_headers(**{"X-Tenant": "here"})("{ tasks { totalCount } }")
        assert refused.error_codes == ["FORBIDDEN"]
        assert "here" not in refused.body["errors"][0]["message"].replace("another one", "")
        memberships = "{ viewer { memberships { nodes { tenant { slug } } } } }"
        assert (await acting(memberships)).data["viewer"]["memberships"]["nodes"] == [{"tenant": {"slug": "there"}}]
        for id in (app_fixture.tenant.id, app_fixture.tenant.slug):
            found = await acting(documents.NODE, id=public_id("tenant", app_fixture.tenant.id))
            assert found.data["node"] is None, id


async def add_member_again(app_fixture: AppFixture, user: Any) -> None:
    tenant = app_fixture.other_tenant
    await tenant.run_use_case(lambda work: people.add_member(work, tenant.id, user.id, Role.OWNER))


async def test_account_of_the_user_is_not_visible(app_fixture: AppFixture) -> None:
    """Devices, addresses, sign-in events, issuers and second factors concern the person."""
    await log_in(app_fixture)
    member = app_fixture.tenant.users[Role.MEMBER]
    await app_fixture.tenant.run_use_case(lambda work: work.add(*enrolled_rows(member)))
    acting = await impersonate_member(app_fixture, Role.MEMBER)
    (session,) = await sessions_of(acting)
    assert session["isCurrent"]
    account = "{ viewer { signInEvents { totalCount } linkedIssuers { totalCount } twoFactor { isEnabled } } }"
    hidden = {"signInEvents": {"totalCount": 0}, "linkedIssuers": {"totalCount": 0}, "twoFactor": None}
    assert (await acting(account)).data["viewer"] == hidden
    own_session = public_id("session", app_fixture.session_id(Role.MEMBER))
    assert (await acting(documents.NODE, id=own_session)).data["node"] is None
