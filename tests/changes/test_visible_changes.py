"""Whose changes a follower receives."""

import pytest

from models.membership import Role
from tests.changes.follower import Follower, start, summarize
from tests.support import documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.change_feed import CHANGES
from tests.support.client import Client
from tests.support.memberships import add_member
from tests.support.sample_data import SampleData

HIDDEN_FROM_MEMBERS = {"ACCOUNT", "API_KEY", "INVITATION", "ORDER_ITEM", "TRANSFER"}
CONFIRM = "mutation ($id: ID!) { confirmOrder(id: $id) { userErrors { code } } }"
SET_STATUS = """
mutation ($id: ID!) {{ {0}Article(id: $id) {{ article {{ status }} userErrors {{ code }} }} }}
"""


async def test_anonymous_and_outsiders_receive_nothing(app_fixture: AppFixture) -> None:
    assert (await app_fixture.client(tenant="here")(CHANGES)).error_codes == ["UNAUTHENTICATED"]
    outsider = app_fixture.other_tenant.users[Role.OWNER]
    assert (await app_fixture.client(outsider, "here")(CHANGES)).error_codes == ["FORBIDDEN"]


async def test_feed_contains_the_changes_of_its_tenant_only(sample_data: SampleData) -> None:
    other = sample_data.tenant.app_fixture.other_tenant
    changes = await Follower(other.client(Role.OWNER)).follow_all()
    assert {change["type"] for change in changes} == {"TENANT", "MEMBERSHIP", "INVITATION"}


async def test_members_do_not_receive_changes_of_what_admins_manage(sample_data: SampleData) -> None:
    all_changes = await Follower(sample_data.tenant.client(Role.ADMIN)).follow_all()
    changes = await Follower(sample_data.tenant.client(Role.MEMBER)).follow_all()
    assert {change["type"] for change in all_changes} - {change["type"] for change in changes} >= HIDDEN_FROM_MEMBERS
    assert {change["type"] for change in changes} >= {"TASK", "WORKER", "PROJECT", "PRODUCT", "ORDER", "DOCUMENT"}
    for change in changes:
        assert change["object"] is not None or change["action"] in {"DELETED", "PURGED", "UNLINKED"}, change


async def test_members_receive_changes_of_their_own_orders(sample_data: SampleData) -> None:
    tenant = sample_data.tenant
    colleague = await add_member(tenant, "colleague@here.test", Role.MEMBER)
    followers = [
        Follower(client) for client in (tenant.client(Role.MEMBER), tenant.app_fixture.client(colleague, tenant.slug))
    ]
    await start(*followers)
    placed = await tenant.place_order((sample_data.rows["product"][0], 1))
    admin = tenant.client(Role.ADMIN)
    (await admin(CONFIRM, id=global_id(placed))).payload("confirmOrder")
    project = (await admin(documents.create("Project"), input={"name": "Shed"})).payload("createProject")["project"]
    own, others = summarize(await followers[0].follow_until(4)), summarize(await followers[1].follow_until(2))
    order = global_id(placed)
    assert [change for change in own if change[0] == "ORDER"] == [
        ("ORDER", order, "CREATED"),
        ("ORDER", order, "UPDATED"),
    ]
    assert {change[0] for change in others} == {"PRODUCT", "PROJECT"}
    assert others[-1] == own[-1] == ("PROJECT", project["id"], "CREATED")


async def set_status(admin: Client, action: str, id: str) -> None:
    """Publish or unpublish an article."""
    (await admin(SET_STATUS.format(action), id=id)).payload(f"{action}Article")


async def test_drafts_are_received_by_their_author_and_admins(sample_data: SampleData) -> None:
    tenant = sample_data.tenant
    colleague = tenant.app_fixture.client(await add_member(tenant, "colleague@here.test", Role.MEMBER), tenant.slug)
    author, admin = tenant.client(Role.MEMBER), tenant.client(Role.ADMIN)
    followers = [Follower(client) for client in (author, admin, colleague)]
    await start(*followers)
    created = await author(documents.create("Article"), input={"title": "Bees"})
    id = created.payload("createArticle")["article"]["id"]
    for title in ("Wasps", "Hornets"):
        (await author(documents.update("Article"), id=id, input={"title": title})).payload("updateArticle")
    await set_status(admin, "publish", id)
    await set_status(admin, "unpublish", id)
    (await author(documents.delete("Article"), id=id)).payload("deleteArticle")
    actions = ["CREATED", "UPDATED", "UPDATED", "UPDATED", "UPDATED", "DELETED"]
    for follower in followers[:2]:
        assert [change["action"] for change in await follower.follow_until(6)] == actions
    changes = await followers[2].follow_until(2)
    assert ["status" in change["changedFields"] for change in changes] == [True, True]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER])
async def test_drafts_without_an_author_are_received_by_admins(sample_data: SampleData, role: Role) -> None:
    tenant = sample_data.tenant
    follower = Follower(tenant.client(role))
    await start(follower)
    created = await tenant.client(Role.OWNER)(documents.CREATE_API_KEY, input={"name": "Key", "role": "ADMIN"})
    key = tenant.app_fixture.client().with_token(created.payload("createApiKey")["secret"])
    (await key(documents.create("Article"), input={"title": "By a key"})).payload("createArticle")
    (await tenant.client(Role.ADMIN)(documents.create("Project"), input={"name": "Shed"})).payload("createProject")
    expected = ["API_KEY", "ARTICLE", "PROJECT"] if role is Role.ADMIN else ["PROJECT"]
    assert [change["type"] for change in await follower.follow_until(len(expected))] == expected
