"""Creating, updating and deleting objects of every noun."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, update
from strawberry.utils.str_converters import to_camel_case

from models.ids import parse_id
from models.relations import table_of
from tests.api.nouns import for_nouns_with
from tests.support.noun_client import NounClient
from tests.support.noun_operations import referencing_columns
from tests.support.noun_rows import link_models
from tests.support.noun_specs import NOUN_SPECS, check_specs
from tests.support.noun_values import Column, columns_of
from tests.support.sample_data import SampleData, fetch_table

Tables = dict[str, list[dict[str, Any]]]


def test_specifications_fit_models_and_schema() -> None:
    check_specs()


@for_nouns_with("create")
async def test_create_returns_given_values_and_object_is_readable(noun: NounClient) -> None:
    spec, input = noun.spec, noun.input(7)
    created = (await noun.create(input)).accepted
    assert created["id"].startswith(f"{spec.table}_")
    assert created["version"] == 1
    assert created["createdAt"].endswith("Z")
    expected = spec.expected(input)
    assert spec.visible_part(created, expected) == expected
    related = {name: value for name, value in created.items() if name != "history"}
    lists = [value for value in related.values() if isinstance(value, dict) and "nodes" in value]
    assert lists == [{"totalCount": 0, "nodes": []}] * len(lists)
    assert await noun.read(created["id"]) == created
    assert len(await noun.stored_rows()) == 4


@for_nouns_with("create")
async def test_surrounding_whitespace_of_names_is_removed(noun: NounClient) -> None:
    texts = {
        to_camel_case(column.name): column
        for column in columns_of(noun.spec, "create")
        if any(map(column.has, ("single_line", "trimmed", "email", "slug")))
    }
    input = noun.input(7)
    created = (await noun.create(input | {name: f"  {input[name]} " for name in texts})).accepted
    expected = noun.spec.expected(input)
    assert noun.spec.visible_part(created, expected) == expected


@for_nouns_with("create")
async def test_omitted_values_are_defaults(noun: NounClient) -> None:
    spec, input = noun.spec, noun.minimal_input(7)
    created = (await noun.create(input)).accepted
    defaults = {
        column: _sent_form(spec.model.model_fields[column].default)
        for column in spec.columns("create")
        if to_camel_case(column) not in input
    }
    expected = spec.expected({to_camel_case(column): value for column, value in defaults.items()}) | spec.expected(
        input
    )
    assert spec.visible_part(created, expected) == expected
    assert await noun.read(created["id"]) == created


def _sent_form(value: Any) -> Any:
    """Return a default in the form in which clients receive it."""
    return str(value) if isinstance(value, Decimal | date) else value


@for_nouns_with("update")
async def test_update_changes_only_the_given_fields(noun: NounClient) -> None:
    id, spec = noun.ids[0], noun.spec
    for column in columns_of(spec, "update"):
        before = await noun.read(id)
        assert before is not None
        value = _other_reference(noun, column) if column.name in spec.references else column.other_value(200)
        fields = spec.expected({to_camel_case(column.name): value})
        after = (await noun.update(id, {to_camel_case(column.name): value})).accepted
        assert after["version"] == before["version"] + 1, column.name
        assert after["updatedAt"] > before["updatedAt"]
        assert spec.visible_part(after, fields) == fields
        unchanged = before.keys() - fields.keys() - {"version", "updatedAt", "history"}
        assert {name: after[name] for name in unchanged} == {name: before[name] for name in unchanged}
        assert await noun.read(id) == after
    input = noun.input(8, "update")
    expected = spec.expected(input)
    assert spec.visible_part((await noun.update(id, input)).accepted, expected) == expected


def _other_reference(noun: NounClient, column: Column) -> str:
    references = noun.spec.sample_references(noun.sample_data.rows, 1)
    return str(noun.spec.global_ids(references)[column.name])


@for_nouns_with("update")
async def test_null_clears_nullable_fields_and_is_rejected_for_others(noun: NounClient) -> None:
    id, spec = noun.ids[0], noun.spec
    names = {column: to_camel_case(column) for column in spec.columns("update")}
    required = [name for column, name in names.items() if not spec.is_nullable(column)]
    before = await noun.read(id)
    assert before is not None
    if required:
        rejected = await noun.update(id, dict.fromkeys(required))
        assert rejected.errors == [("REQUIRED", ["input", name]) for name in required]
        assert await noun.read(id) == before
    nullable: dict[str, Any] = {name: None for name in names.values() if name not in required}
    if nullable:
        cleared = (await noun.update(id, nullable)).accepted
        assert {name: cleared[name] for name in spec.expected(nullable)} == dict.fromkeys(spec.expected(nullable))
        assert cleared["version"] == before["version"] + 1


@for_nouns_with("delete")
async def test_delete_clears_references_and_removes_links_and_nothing_else(
    noun: NounClient, sample_data: SampleData
) -> None:
    id = noun.deletable_id
    key = parse_id(noun.spec.table, id)
    await _vary_references(noun)
    before = await _dump(sample_data)
    result = await noun.delete(id, expected_version=before_version(before, noun, key))
    assert (result.deleted_id, result.row, result.errors) == (id, None, [])
    after = await _dump(sample_data)
    _expect_deletion(before, after, noun, key)
    assert after == before
    assert await noun.read(id) is None
    assert id not in [node["id"] for node in await noun.list()]
    assert (await noun.delete(id)).errors == [("NOT_FOUND", ["id"])]


def before_version(tables: Tables, noun: NounClient, key: Any) -> int:
    """Return the stored version of the row with this key."""
    return next(int(row["version"]) for row in tables[noun.spec.table] if row["id"] == key)


async def _vary_references(noun: NounClient) -> None:
    """Of each noun that refers to this one, let the last sample row refer to no row, and the one before to another."""
    others = [
        row for row in noun.sample_data.rows[noun.spec.table] if row.id != parse_id(noun.spec.table, noun.deletable_id)
    ]
    for model, column in referencing_columns(noun.spec.table):
        table, rows = table_of(model), noun.sample_data.rows.get(model.__tablename__, [])
        if rows and table.c[column].nullable:
            for row, value in ((rows[-1], None), (rows[-2], others[0].id)):
                statement = update(table).where(and_(table.c.id == row.id)).values({column: value})
                await noun.sample_data.tenant.app_fixture.execute_sql(statement)


async def _dump(sample_data: SampleData) -> Tables:
    """Return the rows of all nouns and links."""
    models = [*(spec.model for spec in NOUN_SPECS), *link_models()]
    return {
        model.__tablename__: sorted(await fetch_table(sample_data.tenant, model), key=_sort_key) for model in models
    }


def _sort_key(row: dict[str, Any]) -> list[str]:
    return [str(row[name]) for name in sorted(row) if name == "id" or name.endswith("_id")]


def _expect_deletion(before: Tables, after: Tables, noun: NounClient, key: Any) -> None:
    """Change `before` as the deletion of this row should; the new timestamps are taken from `after`."""
    before[noun.spec.table] = [row for row in before[noun.spec.table] if row["id"] != key]
    for model, column in referencing_columns(noun.spec.table):
        rows = before.get(model.__tablename__, [])
        if model in link_models():
            before[model.__tablename__] = [row for row in rows if row[column] != key]
            continue
        updated_at = {row["id"]: row["updated_at"] for row in after.get(model.__tablename__, [])}
        for row in rows:
            if row[column] == key:
                assert updated_at[row["id"]] > row["updated_at"]
                row.update({column: None, "version": row["version"] + 1, "updated_at": updated_at[row["id"]]})
        rows.sort(key=_sort_key)
