"""The viewer: the signed-in user."""

from models.membership import Role
from tests.support import documents
from tests.support.app_fixture import AppFixture, global_id


async def test_viewer_is_signed_in_user(app_fixture: AppFixture) -> None:
    for role, user in app_fixture.tenant.users.items():
        viewer = (await app_fixture.tenant.client(role)(documents.VIEWER)).data["viewer"]
        assert viewer == viewer | {"id": global_id(user), "email": user.email, "fullName": user.full_name, "version": 1}
        (membership,) = viewer["memberships"]["nodes"]
        assert membership["role"] == role
        assert membership["tenant"] == {"id": membership["tenant"]["id"], "name": "Here", "slug": "here"}
        assert membership["user"] == {"id": global_id(user)}


async def test_viewer_requires_no_tenant(app_fixture: AppFixture) -> None:
    user = app_fixture.tenant.users[Role.MEMBER]
    for tenant in (None, "there", "nowhere"):
        viewer = (await app_fixture.client(user, tenant)(documents.VIEWER)).data["viewer"]
        assert viewer["email"] == user.email
        assert [membership["tenant"]["slug"] for membership in viewer["memberships"]["nodes"]] == ["here"]


async def test_secret_fields_cannot_be_queried(app_fixture: AppFixture) -> None:
    for field in ("passwordHash", "password_hash", "password", "isSuperuser", "isActive", "lastLogin"):
        response = await app_fixture.tenant.client(Role.OWNER)(f"{{ viewer {{ {field} }} }}")
        assert response.error_codes == ["BAD_USER_INPUT"]
        assert "data" not in response.body
