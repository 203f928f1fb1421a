"""Names and emails that are unique within a tenant."""

import asyncio

import pytest

from models.relations import get_model
from tests.support import documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.sample_data import fetch_table

UNIQUE_FIELD = {"Team": "name", "Project": "name", "Worker": "email"}
VALUE = "same@here.test"
for_each_type = pytest.mark.parametrize("type_name", UNIQUE_FIELD)


def build_input(type_name: str, value: str = VALUE) -> dict[str, str]:
    """Return the input of an object with this value."""
    return {"name": "Ada", UNIQUE_FIELD[type_name]: value}


@for_each_type
async def test_duplicate_value_is_rejected(type_name: str, member_client: Client) -> None:
    first = (await member_client(documents.create(type_name), input=build_input(type_name))).payload(
        f"create{type_name}"
    )[type_name.lower()]
    second = await member_client(documents.create(type_name), input=build_input(type_name, f"  {VALUE} "))
    assert second.data[f"create{type_name}"][type_name.lower()] is None
    assert second.user_errors(f"create{type_name}") == [("TAKEN", ["input", UNIQUE_FIELD[type_name]])]
    other = await member_client(documents.create(type_name), input=build_input(type_name, "other@here.test"))
    id = other.payload(f"create{type_name}")[type_name.lower()]["id"]
    renamed = await member_client(documents.update(type_name), id=id, input={UNIQUE_FIELD[type_name]: VALUE})
    assert renamed.user_errors(f"update{type_name}") == [("TAKEN", ["input", UNIQUE_FIELD[type_name]])]
    unchanged = await member_client(documents.update(type_name), id=first["id"], input={UNIQUE_FIELD[type_name]: VALUE})
    assert unchanged.payload(f"update{type_name}")[type_name.lower()]["version"] == 1


@for_each_type
async def test_value_of_deleted_object_can_be_reused(type_name: str, member_client: Client) -> None:
    for _ in range(2):
        created = await member_client(documents.create(type_name), input=build_input(type_name))
        id = created.payload(f"create{type_name}")[type_name.lower()]["id"]
        (await member_client(documents.delete(type_name), id=id)).payload(f"delete{type_name}")


@for_each_type
async def test_another_tenant_may_use_same_value(type_name: str, app_fixture: AppFixture) -> None:
    for tenant in (app_fixture.tenant, app_fixture.other_tenant):
        (await tenant.client()(documents.create(type_name), input=build_input(type_name))).payload(f"create{type_name}")


async def test_email_uniqueness_ignores_case_and_name_uniqueness_does_not(member_client: Client) -> None:
    await member_client(documents.create("Worker"), input=build_input("Worker"))
    response = await member_client(documents.create("Worker"), input=build_input("Worker", VALUE.upper()))
    assert response.user_errors("createWorker") == [("TAKEN", ["input", "email"])]
    for name in ("Diggers", "diggers"):
        (await member_client(documents.create("Team"), input={"name": name})).payload("createTeam")


@for_each_type
async def test_one_of_many_concurrent_creates_succeeds(
    type_name: str, member_client: Client, app_fixture: AppFixture
) -> None:
    calls = (member_client(documents.create(type_name), input=build_input(type_name)) for _ in range(20))
    responses = await asyncio.gather(*calls)
    errors = sorted(response.user_errors(f"create{type_name}") for response in responses)
    assert errors == [[]] + [[("TAKEN", ["input", UNIQUE_FIELD[type_name]])]] * 19
    assert len(await fetch_table(app_fixture.tenant, get_model(type_name.lower()))) == 1


async def test_one_of_many_concurrent_renames_succeeds(member_client: Client, app_fixture: AppFixture) -> None:
    teams = [await app_fixture.tenant.create_team(f"Team {n}") for n in range(10)]
    calls = (member_client(documents.update("Team"), id=global_id(team), input={"name": VALUE}) for team in teams)
    responses = await asyncio.gather(*calls)
    errors = sorted(response.user_errors("updateTeam") for response in responses)
    assert errors == [[]] + [[("TAKEN", ["input", "name"])]] * 9
