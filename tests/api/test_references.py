"""References by id: unknown, malformed and foreign ids are all reported as not found, at the right path."""

from typing import Any

import pytest

from models.relations import get_model
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.documents import MEMBER_TYPES
from tests.support.sample_data import SampleData, create_sample_data, fetch_table

REFERENCES = {
    "Worker": {"teamId": "Team"},
    "Task": {"projectId": "Project", "assigneeId": "Worker"},
}
REFERENCE_FIELDS = [(type_name, field) for type_name, fields in REFERENCES.items() for field in fields]
NAME_FIELDS = {"Worker": "name", "Task": "title"}


async def invalid_ids(app_fixture: AppFixture, sample_data: SampleData, type_name: str) -> list[str]:
    """Return ids that are not the id of an object of this type in the tenant."""
    foreign_data = await create_sample_data(app_fixture.other_tenant)
    table, known = type_name.lower(), sample_data.ids(type_name)[0]
    digits = known.removeprefix(f"{table}_")
    other_type = next(other for other in MEMBER_TYPES if other != type_name)
    malformed = ["", " ", table, f"{table}_", digits, known.upper(), f"{known}0", known[:-1], f" {known}", f"{known}\n"]
    unknown = [
        foreign_data.ids(type_name)[0],
        sample_data.ids(other_type)[0],
        f"{other_type.lower()}_{digits}",
        f"{table}_{'0' * 32}",
    ]
    return [*unknown, *malformed, f"{table}_{digits[:-1]}٣", "☃", "-1", "x" * 10_000, "' OR 1=1 --"]


@pytest.mark.parametrize(("type_name", "field"), REFERENCE_FIELDS)
async def test_reference_to_missing_object_is_rejected(
    type_name: str, field: str, app_fixture: AppFixture, sample_data: SampleData
) -> None:
    member_client = app_fixture.tenant.client()
    for id in await invalid_ids(app_fixture, sample_data, REFERENCES[type_name][field]):
        expected = (id[:50], [("NOT_FOUND", ["input", field])])
        created = await member_client(documents.create(type_name), input={NAME_FIELDS[type_name]: "New", field: id})
        assert (id[:50], created.user_errors(f"create{type_name}")) == expected
        updated = await member_client(documents.update(type_name), id=sample_data.ids(type_name)[0], input={field: id})
        assert (id[:50], updated.user_errors(f"update{type_name}")) == expected
    rows = await fetch_table(app_fixture.tenant, get_model(type_name.lower()))
    assert [row["version"] for row in rows] == [1] * 3


@pytest.mark.parametrize("type_name", MEMBER_TYPES)
async def test_missing_object_is_null_in_queries_and_not_found_in_mutations(
    type_name: str, app_fixture: AppFixture, sample_data: SampleData
) -> None:
    member_client = app_fixture.tenant.client()
    for id in await invalid_ids(app_fixture, sample_data, type_name):
        assert (id[:50], (await member_client(documents.by_id(type_name), id=id)).data) == (
            id[:50],
            {type_name.lower(): None},
        )
        for action, document, arguments in _mutations_by_id(type_name):
            response = await member_client(document, id=id, **arguments)
            payload = response.data[f"{action}{type_name}"]
            assert payload[type_name.lower()] is None
            assert (id[:50], response.user_errors(f"{action}{type_name}")) == (id[:50], [("NOT_FOUND", ["id"])])


def _mutations_by_id(type_name: str) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        ("update", documents.update(type_name), {"input": {}}),
        ("update", documents.update(type_name), {"input": {}, "expectedVersion": 1}),
        ("delete", documents.delete(type_name), {}),
        ("delete", documents.delete(type_name), {"expectedVersion": 7}),
    ]


async def test_numeric_ids_are_not_found(member_client: Client, sample_data: SampleData) -> None:
    for id in (0, -1, 1, 2**53):
        assert (await member_client(documents.by_id("Task"), id=id)).data["task"] is None
        assert (await member_client(documents.NODE, id=id)).data["node"] is None


async def test_reference_to_deleted_object_is_not_found(member_client: Client, sample_data: SampleData) -> None:
    deleted_id = sample_data.ids("Team")[1]
    await member_client(documents.delete("Team"), id=deleted_id)
    response = await member_client(
        documents.update("Worker"), id=sample_data.ids("Worker")[0], input={"teamId": deleted_id}
    )
    assert response.user_errors("updateWorker") == [("NOT_FOUND", ["input", "teamId"])]
