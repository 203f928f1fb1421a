"""Role changes, removals and departures of members."""

import pytest

from models.ids import new_id, public_id
from models.membership import Role
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client, GraphQLResponse
from tests.support.memberships import add_member, membership_id, roles_by_email, set_active

CHANGE, REMOVE = "changeMemberRole", "removeMember"


@pytest.fixture
async def membership_ids(app_fixture: AppFixture) -> dict[Role, str]:
    """Membership ids of a second owner, admin and member."""
    users = {role: await add_member(app_fixture.tenant, f"second-{role.lower()}@here.test", role) for role in Role}
    return {role: await membership_id(app_fixture.tenant, user) for role, user in users.items()}


async def change_role(client: Client, id: str, role: Role, version: int | None = None) -> GraphQLResponse:
    """Change a member's role."""
    return await client(documents.CHANGE_MEMBER_ROLE, id=id, role=role, expectedVersion=version)


async def remove_member(client: Client, id: str, version: int | None = None) -> GraphQLResponse:
    """Remove a member."""
    return await client(documents.REMOVE_MEMBER, id=id, expectedVersion=version)


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("new_role", Role)
@pytest.mark.parametrize("target", Role)
@pytest.mark.parametrize("principal", Role)
async def test_role_change_is_allowed_by_roles_of_principal_and_target_and_new_role(
    principal: Role, target: Role, new_role: Role, app_fixture: AppFixture, membership_ids: dict[Role, str]
) -> None:
    is_allowed = principal is Role.OWNER or (principal is Role.ADMIN and Role.OWNER not in (target, new_role))
    response = await change_role(app_fixture.tenant.client(principal), membership_ids[target], new_role)
    assert response.error_codes == ([] if is_allowed else ["FORBIDDEN"])
    expected_role = new_role if is_allowed else target
    assert (await roles_by_email(app_fixture.tenant))[f"second-{target.lower()}@here.test"] is expected_role
    if is_allowed:
        membership = response.payload(CHANGE)["membership"]
        assert (membership["role"], membership["version"]) == (new_role, 1 if new_role is target else 2)


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("target", Role)
@pytest.mark.parametrize("principal", Role)
async def test_removal_is_allowed_by_roles_of_principal_and_target(
    principal: Role, target: Role, app_fixture: AppFixture, membership_ids: dict[Role, str]
) -> None:
    is_allowed = principal is Role.OWNER or (principal is Role.ADMIN and target is not Role.OWNER)
    response = await remove_member(app_fixture.tenant.client(principal), membership_ids[target])
    assert response.error_codes == ([] if is_allowed else ["FORBIDDEN"])
    assert (f"second-{target.lower()}@here.test" in await roles_by_email(app_fixture.tenant)) is not is_allowed
    if is_allowed:
        assert response.payload(REMOVE) == response.payload(REMOVE) | {
            "deletedId": membership_ids[target],
            "membership": None,
        }


@pytest.mark.any_server
async def test_removed_member_loses_access_immediately(app_fixture: AppFixture) -> None:
    member_client, id = (
        app_fixture.tenant.client(),
        await membership_id(app_fixture.tenant, app_fixture.tenant.users[Role.MEMBER]),
    )
    assert (await member_client(documents.connection("Task"))).data["tasks"]["totalCount"] == 0
    assert (await remove_member(app_fixture.tenant.client(Role.ADMIN), id)).payload(REMOVE)
    assert (await member_client(documents.connection("Task"))).error_codes == ["FORBIDDEN"]
    assert (await member_client(documents.VIEWER)).data["viewer"]["memberships"]["nodes"] == []
    repeated = await remove_member(app_fixture.tenant.client(Role.ADMIN), id)
    assert repeated.user_errors(REMOVE) == [("NOT_FOUND", ["id"])]


async def test_stale_version_is_conflict(app_fixture: AppFixture, membership_ids: dict[Role, str]) -> None:
    owner, id = app_fixture.tenant.client(Role.OWNER), membership_ids[Role.MEMBER]
    assert (await change_role(owner, id, Role.ADMIN, 1)).payload(CHANGE)
    for response, name in (
        (await change_role(owner, id, Role.MEMBER, 1), CHANGE),
        (await remove_member(owner, id, 1), REMOVE),
    ):
        assert response.user_errors(name) == [("CONFLICT", ["expectedVersion"])]
        assert response.data[name]["membership"]["role"] == "ADMIN"


async def test_members_of_other_tenants_are_not_found(app_fixture: AppFixture) -> None:
    owner_of_both = app_fixture.tenant.users[Role.OWNER]
    (await app_fixture.tenant.client(Role.OWNER)(documents.CREATE_TENANT, input={"name": "Mine", "slug": "mine"})).data  # noqa: B018
    owner = app_fixture.client(owner_of_both, "here")
    other_membership = (await owner(documents.VIEWER)).data["viewer"]["memberships"]["nodes"][0]["id"]
    foreign_membership = await membership_id(app_fixture.other_tenant, app_fixture.other_tenant.users[Role.MEMBER])
    for id in (
        other_membership,
        foreign_membership,
        public_id("membership", new_id()),
        "membership_",
        public_id("user", owner_of_both.id),
    ):
        assert (await change_role(owner, id, Role.MEMBER)).user_errors(CHANGE) == [("NOT_FOUND", ["id"])]
        assert (await remove_member(owner, id)).user_errors(REMOVE) == [("NOT_FOUND", ["id"])]
    assert set((await roles_by_email(app_fixture.other_tenant)).values()) == set(Role)


async def leave(client: Client, app_fixture: AppFixture) -> GraphQLResponse:
    """Leave `app_fixture.tenant`."""
    return await client(documents.LEAVE_TENANT, id=public_id("tenant", app_fixture.tenant.id))


@pytest.mark.parametrize("role", Role)
async def test_every_member_but_the_last_owner_may_leave(role: Role, app_fixture: AppFixture) -> None:
    client, id = (
        app_fixture.tenant.client(role),
        await membership_id(app_fixture.tenant, app_fixture.tenant.users[role]),
    )
    response = await leave(client, app_fixture)
    if role is Role.OWNER:
        assert response.user_errors("leaveTenant") == [("LAST_OWNER", ["id"])]
    else:
        assert response.payload("leaveTenant")["deletedId"] == id
        assert (await leave(client, app_fixture)).error_codes == ["FORBIDDEN"]


async def test_members_leave_only_the_current_tenant(app_fixture: AppFixture) -> None:
    client = app_fixture.tenant.client()
    for id in (public_id("tenant", app_fixture.other_tenant.id), public_id("tenant", new_id()), "here"):
        assert (await client(documents.LEAVE_TENANT, id=id)).user_errors("leaveTenant") == [("NOT_FOUND", ["id"])]
    assert "member@here.test" in await roles_by_email(app_fixture.tenant)


async def test_last_owner_is_neither_demoted_nor_removed(app_fixture: AppFixture) -> None:
    owner, id = (
        app_fixture.tenant.client(Role.OWNER),
        await membership_id(app_fixture.tenant, app_fixture.tenant.users[Role.OWNER]),
    )
    assert (await change_role(owner, id, Role.ADMIN)).user_errors(CHANGE) == [("LAST_OWNER", ["role"])]
    assert (await remove_member(owner, id)).user_errors(REMOVE) == [("LAST_OWNER", ["id"])]
    assert (await change_role(owner, id, Role.OWNER)).payload(CHANGE)["membership"]["version"] == 1


async def test_inactive_owner_does_not_count_as_owner(app_fixture: AppFixture) -> None:
    owner, second = (
        app_fixture.tenant.client(Role.OWNER),
        await add_member(app_fixture.tenant, "inactive@here.test", Role.OWNER),
    )
    await set_active(app_fixture, [second], active=False)
    assert (await leave(owner, app_fixture)).user_errors("leaveTenant") == [("LAST_OWNER", ["id"])]
    (await remove_member(owner, await membership_id(app_fixture.tenant, second))).payload(REMOVE)
    assert [role for role in (await roles_by_email(app_fixture.tenant)).values() if role is Role.OWNER] == [Role.OWNER]


async def test_first_owner_may_leave_after_adding_second(
    app_fixture: AppFixture, membership_ids: dict[Role, str]
) -> None:
    owner = app_fixture.tenant.client(Role.OWNER)
    first = await membership_id(app_fixture.tenant, app_fixture.tenant.users[Role.OWNER])
    (await change_role(owner, membership_ids[Role.ADMIN], Role.OWNER)).payload(CHANGE)
    (await change_role(owner, first, Role.ADMIN)).payload(CHANGE)
    assert (await change_role(owner, membership_ids[Role.ADMIN], Role.ADMIN)).error_codes == ["FORBIDDEN"]
    (await leave(owner, app_fixture)).payload("leaveTenant")
