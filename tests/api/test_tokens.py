"""Tokens that do not count, and the ways to send one."""

import uuid

from models import Task
from models.membership import Role
from tests.harness.statements import StatementCounter
from tests.support import documents
from tests.support.client import Client
from tests.support.forged import OTHER_KEY, forgeries, right, signed
from tests.support.scene import stored
from tests.support.world import PASSWORD, World

CREATE = documents.create("Task")
NEW = {"title": "New"}
CREDENTIALS = {"email": "member@here.test", "password": PASSWORD}


def sending(world: World, authorization: str) -> Client:
    """A client that sends this."""
    return world.client(tenant="here").with_headers(Authorization=authorization)


async def test_what_is_no_token_of_ours_does_nothing(world: World, statements: StatementCounter) -> None:
    user = world.here.users[Role.MEMBER]
    tokens = {name: token for name, token in forgeries(user.id).items() if token.isascii()}
    with statements:
        answers = {name: await sending(world, f"Bearer {token}")(CREATE, input=NEW) for name, token in tokens.items()}
    assert {name: answer.codes for name, answer in answers.items()} == {name: ["UNAUTHENTICATED"] for name in tokens}
    assert {str(answer.body["data"]) for answer in answers.values()} == {"{'createTask': None}"}
    assert statements.count == 0
    assert await stored(world.here, Task) == []


async def test_signing_in_works_whatever_token_is_sent_along(world: World) -> None:
    tokens = forgeries(world.here.users[Role.MEMBER].id)
    for name in ("expired", "another key", "alg none", "another audience", "a word", "very long"):
        answer = await sending(world, f"Bearer {tokens[name]}")(documents.LOGIN, input=CREDENTIALS)
        token = answer.payload("login")["accessToken"]
        assert (await sending(world, f"Bearer {token}")(CREATE, input=NEW)).payload("createTask")


async def test_the_answer_says_whether_to_sign_in_or_to_sign_in_again(world: World) -> None:
    tokens = forgeries(world.here.users[Role.MEMBER].id)
    said = {}
    for name in ("expired", "another key"):
        answer = await sending(world, f"Bearer {tokens[name]}")(documents.VIEWER)
        said[name] = answer.body["errors"][0]["message"]
        assert tokens[name] not in answer.body["errors"][0]["message"]
    assert said == {
        "expired": "The access token has expired: refresh the session, or sign in again.",
        "another key": "The access token is invalid.",
    }
    (nobody,) = (await world.client()(documents.VIEWER)).body["errors"]
    assert "Authorization: Bearer" in nobody["message"]


async def test_a_token_for_somebody_unknown_is_refused(world: World) -> None:
    token = signed(right(uuid.uuid4()))
    assert (await sending(world, f"Bearer {token}")(documents.VIEWER)).codes == ["UNAUTHENTICATED"]
    assert OTHER_KEY not in token


async def test_a_token_counts_as_a_bearer_only(world: World) -> None:
    token = world.token(world.here.users[Role.MEMBER])
    for authorization in (f"Bearer {token}", f"bearer {token}", f"BEARER   {token} "):
        assert (await sending(world, authorization)(documents.VIEWER)).data["viewer"]["email"] == "member@here.test"
    for authorization in (token, f"Basic {token}", f"Token {token}", f"Bearer{token}", "Bearer", "Bearer ", "null"):
        assert (await sending(world, authorization)(documents.VIEWER)).codes == ["UNAUTHENTICATED"]
