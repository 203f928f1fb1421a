"""Values that are unique within a tenant, such as names and emails."""

import asyncio
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from tests.api.nouns import for_nouns_that
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.noun_client import NounClient
from tests.support.noun_values import columns_of
from tests.support.sample_data import SampleData, create_sample_data

CONCURRENT_CALLS = 10
for_each_unique_noun = for_nouns_that(lambda spec: spec.unique_groups and spec.has("create"))


def unique_values(noun: NounClient, group: tuple[str, ...], number: int) -> dict[str, Any]:
    """Return the values of the unique fields of the row with this number."""
    input = noun.input(number)
    return {name: input[name] for name in map(to_camel_case, group)}


@for_each_unique_noun
async def test_duplicate_value_is_rejected(noun: NounClient) -> None:
    for group in noun.spec.unique_groups:
        taken = unique_values(noun, group, 0)
        expected = [("TAKEN", ["input", to_camel_case(group[-1])])]
        for values in (taken, _with_whitespace(noun, taken)):
            result = await noun.create(noun.input(7) | values)
            assert (result.row, result.errors) == (None, expected)
            if set(group) <= set(noun.spec.columns("update")):
                assert (await noun.update(noun.ids[1], values)).errors == expected
                unchanged = await noun.read(noun.ids[0])
                assert (await noun.update(noun.ids[0], values)).accepted == unchanged
    assert len(await noun.stored_rows()) == 3


def _with_whitespace(noun: NounClient, values: dict[str, Any]) -> dict[str, Any]:
    columns = columns_of(noun.spec, "create")
    trimmed = {to_camel_case(column.name) for column in columns if column.has("single_line") or column.has("email")}
    return {name: f"  {value} " if name in trimmed else value for name, value in values.items()}


@for_each_unique_noun
async def test_value_can_be_reused_after_deletion_and_in_another_tenant(
    noun: NounClient, app_fixture: AppFixture
) -> None:
    if noun.spec.has("delete"):
        for _ in range(2):
            assert (await noun.delete((await noun.create(noun.input(7))).accepted["id"])).errors == []
    other_data = await create_sample_data(app_fixture.other_tenant)  # with the same values
    other = NounClient(noun.spec, other_data)
    assert (await other.create(other.input(7))).accepted
    assert (await noun.create(noun.input(7))).accepted


@for_each_unique_noun
async def test_one_of_many_concurrent_writes_succeeds(noun: NounClient) -> None:
    (group, *_) = noun.spec.unique_groups
    taken = [("TAKEN", ["input", to_camel_case(group[-1])])]
    values = unique_values(noun, group, 7)
    calls = (noun.create(noun.input(20 + number) | values) for number in range(CONCURRENT_CALLS))
    results = await asyncio.gather(*calls)
    assert sorted(result.errors for result in results) == [[]] + [taken] * (CONCURRENT_CALLS - 1)
    assert len(await noun.stored_rows()) == 4
    if set(group) <= set(noun.spec.columns("update")):
        values = unique_values(noun, group, 8)
        results = await asyncio.gather(*(noun.update(id, values) for id in noun.ids))
        assert sorted(result.errors for result in results) == [[], taken, taken]


async def test_email_uniqueness_ignores_case_and_name_uniqueness_does_not(
    member_client: Client, sample_data: SampleData
) -> None:
    email = sample_data.rows["worker"][0].email
    response = await member_client(documents.create("Worker"), input={"name": "Ada", "email": email.upper()})
    assert response.user_errors("createWorker") == [("TAKEN", ["input", "email"])]
    for name in ("Diggers", "diggers"):
        (await member_client(documents.create("Team"), input={"name": name})).payload("createTeam")
