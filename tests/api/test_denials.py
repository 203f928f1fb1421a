"""Every operation that is not for everybody, tried with everything that must not count."""

import pytest

from models.membership import Role
from services import secrets
from tests.api.test_access import FOR_EVERYBODY, contents
from tests.support.budget import OPERATIONS, run
from tests.support.forged import forgeries, right, signed
from tests.support.scene import Scene
from tests.support.world import World, refresh_token

GUARDED = [name for name in OPERATIONS if name not in FOR_EVERYBODY]
KINDS = (
    "expired",
    "another audience",
    "another issuer",
    "alg none",
    "another key",
    "claims that were changed",
    "without sid",
    "another type",
)


def unfit(world: World) -> dict[str, str]:
    """What somebody who is signed in might be thought to send, and is not them."""
    member, session = world.here.users[Role.MEMBER], world.session_of(Role.MEMBER)
    made = forgeries(member.id, session)
    return {name: made[name] for name in KINDS} | {
        "the refresh token": refresh_token(member.email),
        "the session's id": str(session),
        "an API key that was never made": secrets.make(secrets.API_KEY),
    }


async def test_the_right_token_would_do(world: World) -> None:
    """Or the others might be refused for another reason than what is wrong with them."""
    claims = right(world.here.users[Role.MEMBER].id, world.session_of(Role.MEMBER))
    answer = await world.client(tenant="here").bearing(signed(claims))("{ viewer { email } tasks { totalCount } }")
    assert answer.data["viewer"]["email"] == "member@here.test"


@pytest.mark.parametrize("name", GUARDED)
async def test_no_operation_takes_what_must_not_count(world: World, scene: Scene, name: str) -> None:
    before = await contents(scene)
    for what, token in unfit(world).items():
        answer = await run(world.client(tenant="here").bearing(token), name, scene)
        assert (what, answer.codes, answer.body["data"]) == (what, ["UNAUTHENTICATED"], {name: None})
    nobody = await run(world.client(tenant="here"), name, scene)
    assert nobody.codes == ["UNAUTHENTICATED"]
    assert await contents(scene) == before
