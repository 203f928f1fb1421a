"""Who is signed in."""

from models.membership import Role
from tests.support import documents
from tests.support.world import World, gid


async def test_the_viewer_is_whoever_is_signed_in(world: World) -> None:
    for role, user in world.here.users.items():
        viewer = (await world.here.client(role)(documents.VIEWER)).data["viewer"]
        assert viewer == viewer | {"id": gid(user), "email": user.email, "fullName": user.full_name, "version": 1}
        (membership,) = viewer["memberships"]["nodes"]
        assert membership["role"] == role
        assert membership["tenant"] == {"id": membership["tenant"]["id"], "name": "Here", "slug": "here"}
        assert membership["user"] == {"id": gid(user)}


async def test_the_viewer_needs_no_tenant(world: World) -> None:
    user = world.here.users[Role.MEMBER]
    for tenant in (None, "there", "nowhere"):
        viewer = (await world.client(user, tenant)(documents.VIEWER)).data["viewer"]
        assert viewer["email"] == user.email
        assert [place["tenant"]["slug"] for place in viewer["memberships"]["nodes"]] == ["here"]


async def test_nothing_secret_can_be_asked_of_a_user(world: World) -> None:
    for field in ("passwordHash", "password_hash", "password", "isSuperuser", "isActive", "lastLogin"):
        answer = await world.here.client(Role.OWNER)(f"{{ viewer {{ {field} }} }}")
        assert answer.codes == ["BAD_USER_INPUT"]
        assert "data" not in answer.body
