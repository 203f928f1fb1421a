"""Idempotency-Key: whatever is sent twice with one key is done once, and answered twice."""

import asyncio
import datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update

from models import Idempotency, Membership, Team
from models.base import now
from models.membership import Role
from models.relations import table_of
from queries.caller import Operator
from schema.mutations import RETURNS_SECRETS
from schema.schema import make_schema
from server.database import Database
from server.settings import Settings, load_settings
from services import idempotency
from services.unit_of_work import UnitOfWork, perform
from tests.support import documents
from tests.support.budget import OPERATIONS
from tests.support.client import Answer, Client
from tests.support.members import promote
from tests.support.scene import Scene, stored
from tests.support.stage import SECRET
from tests.support.world import World
from tests.tenancy.store import owned_tables

CREATE = documents.create("Team")
MUTATIONS = make_schema()._schema.mutation_type
assert MUTATIONS is not None
SECRETS = {name for name, field in MUTATIONS.fields.items() if field.extensions[RETURNS_SECRETS]}


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Enough connections for real crowds."""
    return load_settings(
        None, environment="test", database_url=database_url, secret_key=SECRET, bcrypt_rounds=4, db_pool_size=20
    )


def keyed(client: Client, key: str = "key-1") -> Client:
    """The client, who sends this key along."""
    return client.with_headers(**{"Idempotency-Key": key})


def replayed(answer: Answer) -> bool:
    """Whether it was answered again."""
    return bool(answer.headers.get("idempotency-replayed") == "true")


async def teams(world: World) -> list[str]:
    return sorted(row["name"] for row in await stored(world.here, Team))


async def kept(database: Database) -> int:
    """How many outcomes are kept."""
    async with database.reading.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(table_of(Idempotency))) or 0


# Every mutation of the schema


LAST_ACTS = {"closeTenant": "FORBIDDEN", "leaveTenant": "FORBIDDEN", "logoutEverywhere": "UNAUTHENTICATED"}
"""After them their callers may do nothing there, not even hear of it again."""
BY_PROOF = {"changePassword", "logout", "requestPasswordReset", "resetPassword", "verifyEmail"}
"""They take a secret that is good once, or ask nobody who they are: a key means nothing to them."""
GONE = {"revokeSession"}
"""What they are about is not to be seen afterwards."""


@pytest.mark.parametrize("name", sorted(set(MUTATIONS.fields) - SECRETS - BY_PROOF - LAST_ACTS.keys() - GONE))
async def test_every_mutation_is_done_once_and_answered_twice(name: str, scene: Scene) -> None:
    first, second, changed = await twice(name, scene)
    assert first.payload(name)
    assert not replayed(first)
    assert second.body == first.body
    assert replayed(second)
    assert not changed


@pytest.mark.parametrize("name", sorted(LAST_ACTS))
async def test_what_was_ones_last_act_is_not_told_again(name: str, scene: Scene) -> None:
    first, second, changed = await twice(name, scene)
    assert first.payload(name)
    assert (second.codes, replayed(second), changed) == ([LAST_ACTS[name]], False, False)


@pytest.mark.parametrize("name", sorted(BY_PROOF))
async def test_what_is_done_by_a_proof_takes_no_part(name: str, scene: Scene, database: Database) -> None:
    first, second, _ = await twice(name, scene)
    assert first.payload(name)
    assert not replayed(first)
    assert not replayed(second)
    assert await kept(database) == (name == "changePassword")  # which was not told again, as the password is another


async def test_what_has_gone_since_is_null_when_told_again(scene: Scene) -> None:
    first, second, changed = await twice("revokeSession", scene)
    assert first.payload("revokeSession")["session"]["id"] == scene.ids("Session")[0]
    assert second.payload("revokeSession") == {"session": None, "userErrors": []}
    assert (replayed(second), changed) == (True, False)


async def twice(name: str, scene: Scene) -> tuple[Answer, Answer, bool]:
    """Both answers to the same operation sent twice with one key, and whether the second time changed anything."""
    operation = OPERATIONS[name]
    if operation.superuser:
        await promote(scene.plot.world, scene.plot.users[operation.role])
    client = keyed(scene.plot.client(operation.role))
    variables = operation.variables(scene)
    first = await client(operation.document, **variables)
    there = await whole(scene)
    second = await client(operation.document, **variables)
    return first, second, await whole(scene) != there


async def whole(scene: Scene) -> Any:
    """Everything that the tenant holds, as somebody of the other one's would see it stored."""
    return {table.name: await rows_of(scene, table) for table in owned_tables()}


async def rows_of(scene: Scene, table: Any) -> list[Any]:
    async def read(work: UnitOfWork) -> Any:
        return [tuple(row) for row in await work.rows(select(table).where(table.c.tenant_id == scene.plot.tenant_id))]

    found: list[Any] = await perform(scene.plot.world.database.writing, Operator(tenant_id=scene.plot.tenant_id), read)
    return found


@pytest.mark.parametrize("name", sorted(SECRETS))
async def test_a_mutation_that_returns_secrets_takes_no_part(name: str, scene: Scene, database: Database) -> None:
    first, second, _ = await twice(name, scene)
    assert first.payload(name)
    assert not replayed(first)
    assert not replayed(second)
    assert await kept(database) == 0


# The same, and not the same


async def test_spaces_and_the_order_of_variables_make_no_difference(member: Client, world: World) -> None:
    client = keyed(member)
    document = "mutation ($a: ID!, $b: UpdateTeamInput!) { updateTeam(id: $a, input: $b) { team { name version } } }"
    team = await world.here.team()
    id = f"team_{team.id.hex}"
    first = await client(document, a=id, b={"name": "New"})
    second = await client(document.replace(" ", "  ") + " # again", b={"name": "New"}, a=id)
    assert (first.body, replayed(second)) == (second.body, True)
    assert first.data["updateTeam"]["team"]["version"] == 2


async def test_another_operation_or_other_variables_are_refused(member: Client, world: World) -> None:
    client = keyed(member)
    assert (await client(CREATE, input={"name": "Diggers"})).payload("createTeam")
    others = [
        {"query": CREATE, "variables": {"input": {"name": "Others"}}},
        {"query": CREATE.replace("version", ""), "variables": {"input": {"name": "Diggers"}}},
        {"query": CREATE.replace("mutation", "mutation Named"), "variables": {"input": {"name": "Diggers"}}},
        {"query": documents.create("Project"), "variables": {"input": {"name": "Diggers"}}},
    ]
    for body in others:
        answer = await client.post(body)
        assert (answer.codes, replayed(answer)) == (["BAD_USER_INPUT"], False), body
    assert await teams(world) == ["Diggers"]


async def test_two_mutations_in_one_operation_are_two(member: Client, world: World) -> None:
    document = """
    mutation ($name: String!) {
      a: createWorker(input: {name: $name}) { worker { id } userErrors { code } }
      b: createWorker(input: {name: $name}) { worker { id } userErrors { code } }
      c: createTeam(input: {name: $name}) { team { id } userErrors { code } }
      d: createTeam(input: {name: $name}) { team { id } userErrors { code } }
    }
    """
    first, second = [await keyed(member)(document, name="Digger") for _ in range(2)]
    assert first.data == second.data
    assert first.data["a"]["worker"]["id"] != first.data["b"]["worker"]["id"]
    assert first.data["d"]["userErrors"] == [{"code": "TAKEN"}]
    assert replayed(second)
    assert not replayed(first)


async def test_keys_are_the_actors_and_the_tenants_own(world: World) -> None:
    owner, member = (keyed(world.here.client(role)) for role in (Role.OWNER, Role.MEMBER))
    there = keyed(world.there.client(Role.MEMBER))
    for client in (owner, there):
        answer = await client(CREATE, input={"name": "Diggers"})
        assert (answer.payload("createTeam")["team"]["name"], replayed(answer)) == ("Diggers", False)
    assert (await member(CREATE, input={"name": "Diggers"})).refusals("createTeam") == [("TAKEN", ["input", "name"])]


async def test_nobodys_key_means_nothing(world: World, database: Database) -> None:
    answer = await keyed(world.client())(CREATE, input={"name": "Diggers"})
    assert (answer.codes, await kept(database)) == (["UNAUTHENTICATED"], 0)


async def test_who_may_not_any_more_is_not_answered_again(world: World) -> None:
    client = keyed(world.here.client(Role.ADMIN))
    variables = {"input": {"name": "Till", "currency": "EUR"}}
    assert (await client(documents.OPEN_ACCOUNT, **variables)).payload("openAccount")
    user = world.here.users[Role.ADMIN].id
    table = table_of(Membership)
    async with world.database.writing.begin() as connection:
        await connection.execute(update(table).where(table.c.user_id == user).values(role=Role.MEMBER))
    answer = await client(documents.OPEN_ACCOUNT, **variables)
    assert (answer.codes, replayed(answer)) == (["FORBIDDEN"], False)


async def test_a_query_has_no_need_of_a_key(member: Client, database: Database) -> None:
    answer = await keyed(member)("{ teams { totalCount } }")
    assert (answer.data, replayed(answer), await kept(database)) == ({"teams": {"totalCount": 0}}, False, 0)


# What is kept, and how long


async def test_a_refusal_is_not_kept(member: Client, world: World, database: Database) -> None:
    client = keyed(member)
    assert (await client(CREATE, input={"name": " "})).refusals("createTeam") == [("TOO_SHORT", ["input", "name"])]
    assert await kept(database) == 0
    assert (await client(CREATE, input={"name": "Diggers"})).payload("createTeam")
    assert await teams(world) == ["Diggers"]


async def test_what_was_made_and_has_gone_is_answered_as_nothing(member: Client, world: World) -> None:
    first = await keyed(member)(CREATE, input={"name": "Diggers"})
    id = first.payload("createTeam")["team"]["id"]
    assert (await member(documents.delete("Team"), id=id)).payload("deleteTeam")
    second = await keyed(member)(CREATE, input={"name": "Diggers"})
    assert (second.payload("createTeam")["team"], replayed(second)) == (None, True)
    assert await teams(world) == []


async def test_a_replay_shows_what_the_object_is_now(member: Client) -> None:
    first = await keyed(member)(CREATE, input={"name": "Diggers"})
    id = first.payload("createTeam")["team"]["id"]
    assert (await member(documents.update("Team"), id=id, input={"name": "Others"})).payload("updateTeam")
    second = await keyed(member)(CREATE, input={"name": "Diggers"})
    assert second.payload("createTeam")["team"]["name"] == "Others"


async def test_after_a_day_the_key_is_free_again(
    member: Client, world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = documents.create("Worker")
    assert (await keyed(member)(document, input={"name": "Digger"})).payload("createWorker")
    for hours, again in ((23, True), (25, False)):
        later = now() + datetime.timedelta(hours=hours)
        monkeypatch.setattr(idempotency, "now", lambda later=later: later)
        answer = await keyed(member)(document, input={"name": "Digger"})
        assert replayed(answer) == again
    other = await keyed(member)(document, input={"name": "Other"})
    assert other.codes == ["BAD_USER_INPUT"]
    assert await kept(database) == 1


async def test_what_has_expired_is_swept_away(
    member: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        assert (await keyed(member, f"old-{number}")(CREATE, input={"name": f"{number}"})).payload("createTeam")
    later = now() + datetime.timedelta(hours=25)
    monkeypatch.setattr(idempotency, "now", lambda: later)
    monkeypatch.setattr(idempotency, "SWEEPS", 2)
    assert (await keyed(member, "new")(CREATE, input={"name": "New"})).payload("createTeam")
    assert await kept(database) == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "\t", "ключ".encode()])
async def test_a_malformed_key_is_refused(key: Any, member: Client, world: World) -> None:
    answer = await keyed(member, key)(CREATE, input={"name": "Diggers"})
    assert (answer.codes, await teams(world)) == (["BAD_USER_INPUT"], [])


@pytest.mark.parametrize("key", ["x", "x" * 255, "!~\"'{}"])
async def test_any_visible_characters_make_a_key(key: str, member: Client) -> None:
    assert (await keyed(member, key)(CREATE, input={"name": "Diggers"})).payload("createTeam")


# At once


async def test_fifty_at_once_with_one_key_are_one(world: World) -> None:
    source, target = await world.here.account("From", "1000"), await world.here.account("To")
    variables = {"fromId": f"account_{source.id.hex}", "toId": f"account_{target.id.hex}", "amount": "7.00"}
    client = keyed(world.here.client(Role.ADMIN))
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(client(documents.TRANSFER_FUNDS, **variables) for _ in range(50)))
    bodies = [answer.body for answer in answers]
    assert bodies == [bodies[0]] * 50
    assert sum(replayed(answer) for answer in answers) == 49
    assert bodies[0]["data"]["transferFunds"]["transfer"]["toAccount"]["balance"] == "7.00"
