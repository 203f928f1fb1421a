"""References by id: unknown, malformed and foreign ids are all reported as not found, at the right path."""

import pytest
from strawberry.utils.str_converters import to_camel_case

from models.ids import public_id
from tests.api.nouns import for_nouns_that
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.noun_client import NounClient
from tests.support.noun_specs import NOUN_SPECS
from tests.support.sample_data import SampleData, create_sample_data

REFERENCES = {spec: set(spec.references) & set(spec.columns("create")) for spec in NOUN_SPECS}


def invalid_ids(foreign_data: SampleData, sample_data: SampleData, table: str) -> list[str]:
    """Return ids that are not the id of an object of this table in the tenant."""
    known = public_id(table, sample_data.rows[table][0].id)
    digits = known.removeprefix(f"{table}_")
    other = next(spec.table for spec in NOUN_SPECS if spec.table != table)
    malformed = ["", " ", table, f"{table}_", digits, known.upper(), f"{known}0", known[:-1], f" {known}", f"{known}\n"]
    unknown = [
        public_id(table, foreign_data.rows[table][0].id),
        public_id(other, sample_data.rows[other][0].id),
        f"{other}_{digits}",
        f"{table}_{'0' * 32}",
    ]
    return [*unknown, *malformed, f"{table}_{digits[:-1]}٣", "☃", "-1", "x" * 10_000, "' OR 1=1 --"]


@for_nouns_that(lambda spec: REFERENCES[spec])
async def test_reference_to_missing_object_is_rejected(
    noun: NounClient, app_fixture: AppFixture, sample_data: SampleData
) -> None:
    before = await noun.stored_rows()
    foreign_data = await create_sample_data(app_fixture.other_tenant)
    for column in REFERENCES[noun.spec]:
        field, table = to_camel_case(column), noun.spec.references[column]
        for id in invalid_ids(foreign_data, sample_data, table):
            expected = (id[:50], None, [("NOT_FOUND", ["input", field])])
            created = await noun.create(noun.input(7) | {field: id})
            assert (id[:50], created.row, created.errors) == expected
            if column in noun.spec.columns("update"):
                updated = await noun.update(noun.ids[0], {field: id})
                assert (id[:50], updated.row, updated.errors) == expected
    assert await noun.stored_rows() == before


@pytest.mark.only("sqlite")
async def test_missing_object_is_null_in_queries_and_not_found_in_mutations(
    noun: NounClient, app_fixture: AppFixture, sample_data: SampleData
) -> None:
    before = await noun.stored_rows()
    foreign_data = await create_sample_data(app_fixture.other_tenant)
    foreign_rows = await NounClient(noun.spec, foreign_data).stored_rows()
    for id in invalid_ids(foreign_data, sample_data, noun.spec.table):
        assert (id[:50], await noun.read(id)) == (id[:50], None)
        results = [await noun.update(id, {}, version) for version in (None, 1) if noun.spec.has("update")]
        results += [await noun.delete(id, version) for version in (None, 7) if noun.spec.has("delete")]
        for result in results:
            assert (id[:50], result.row, result.deleted_id) == (id[:50], None, None)
            assert (id[:50], result.errors) == (id[:50], [("NOT_FOUND", ["id"])])
    assert await noun.stored_rows() == before
    assert await NounClient(noun.spec, foreign_data).stored_rows() == foreign_rows


async def test_numeric_ids_are_not_found(member_client: Client, sample_data: SampleData) -> None:
    for id in (0, -1, 1, 2**53):
        assert (await member_client(documents.by_id("Task"), id=id)).data["task"] is None
        assert (await member_client(documents.NODE, id=id)).data["node"] is None


@for_nouns_that(lambda spec: REFERENCES[spec] and spec.has("update"))
async def test_reference_to_deleted_object_is_not_found(noun: NounClient, sample_data: SampleData) -> None:
    specs = {spec.table: spec for spec in NOUN_SPECS}
    for column in REFERENCES[noun.spec] & set(noun.spec.columns("update")):
        parent = specs.get(noun.spec.references[column])
        if parent is None or not parent.has("delete"):
            continue
        deleted_id = sample_data.ids(parent.type_name)[1]
        await NounClient(parent, sample_data).delete(deleted_id)
        result = await noun.update(noun.ids[0], {to_camel_case(column): deleted_id})
        assert result.errors == [("NOT_FOUND", ["input", to_camel_case(column)])]
