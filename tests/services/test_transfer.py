"""Columns and values of files, and chunks of rows that are imported with their progress."""

import datetime
import uuid
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from models import Document, ImportProgress, Product, Project, Task, Worker
from models.ids import NIL_UUID, public_id
from models.membership import Role
from models.task import TaskPriority
from server.cli.transfer.nouns import build_target, find_noun
from services.core.errors import Code, Conflict, Forbidden
from services.core.transfer import importing
from services.core.transfer.columns import Column, list_columns
from services.core.transfer.importing import ImportTarget, Problems
from services.core.transfer.values import InvalidValue, format_value, parse_value
from services.core.unit_of_work import UnitOfWork
from tests.support.app_fixture import AppFixture
from tests.support.sample_data import fetch_table

PROJECT_ID = uuid.UUID(int=5)
IMPORT_ID = uuid.UUID(int=7)
VALUES: list[tuple[Any, str, Any, Any]] = [
    (Task, "title", " Dig ", " Dig "),
    (Task, "priority", "HIGH", TaskPriority.HIGH),
    (Task, "due_date", "2027-02-28", datetime.date(2027, 2, 28)),
    (Task, "due_date", None, None),
    (Task, "project_id", public_id("project", PROJECT_ID), PROJECT_ID),
    (Task, "project_id", public_id("team", PROJECT_ID), NIL_UUID),
    (Product, "price", "12.5", Decimal("12.5")),
    (Product, "price", 12.5, Decimal("12.5")),
    (Product, "price", 12, Decimal(12)),
    (Product, "price", "-0", Decimal(0)),
    (Product, "stock", "12", 12),
    (Product, "stock", -(2**31), -(2**31)),
    (Product, "active", "TRUE", True),
    (Product, "active", False, False),
]
INVALID: list[tuple[Any, str, list[Any]]] = [
    (Task, "title", [5, True, ["Dig"], {"a": 1}, "a\0b"]),
    (Task, "priority", ["high", "", 1, ["HIGH"], {}]),
    (Task, "due_date", ["2027-02-29", "20270228", "28.02.2027", "2027-02-28T00:00:00", 1767225600, ["2027-02-28"]]),
    (Task, "project_id", [5, ["project_1"]]),
    (Product, "price", ["NaN", "Infinity", "1,5", "1_000", "12.50 €", True, [1], 0.1 + 0.2, "1e999", "9" * 41]),
    (Product, "stock", ["1.0", "1e3", 1.5, True, 2**31, "2147483648", "9" * 5000, "٣", [1]]),
    (Product, "active", ["yes", "1", 1, 0, [True]]),
]


def column(model: Any, field: str) -> Column:
    """Return the column of a file that contains a column of a model, references as ids."""
    return next(each for each in list_columns(model, [field]).values() if each.unique is None)


@pytest.mark.parametrize(("model", "field", "value", "expected"), VALUES)
def test_value_is_parsed(model: Any, field: str, value: Any, expected: Any) -> None:
    assert parse_value(model, column(model, field), value) == expected


@pytest.mark.parametrize(
    ("model", "field", "value"), [(model, field, value) for model, field, values in INVALID for value in values]
)
def test_value_of_another_form_is_invalid(model: Any, field: str, value: Any) -> None:
    with pytest.raises(InvalidValue, match="Must "):
        parse_value(model, column(model, field), value)


def test_values_are_formatted_as_in_the_api() -> None:
    time = datetime.datetime(2027, 5, 1, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    values = (PROJECT_ID, time, time.date(), Decimal("1E+2"), TaskPriority.LOW, None, True, "x")
    expected = [public_id("project", PROJECT_ID), "2027-05-01T10:00:00Z", "2027-05-01", "100", "LOW", None, True, "x"]
    assert [format_value("project", value) for value in values] == expected


def test_references_have_a_column_for_the_id_and_one_for_the_unique_value() -> None:
    columns = list_columns(Task, ("title", "due_date", "project_id", "assignee_id"))
    assert [(name, each.field, each.unique) for name, each in columns.items()] == [
        ("title", "title", None),
        ("dueDate", "due_date", None),
        ("projectId", "project_id", None),
        ("project", "project_id", "name"),
        ("assigneeId", "assignee_id", None),
        ("assignee", "assignee_id", "email"),
    ]
    assert list_columns(Document, ("title",)).keys() == {"title"}


def target(noun: str) -> ImportTarget:
    return build_target(find_noun(noun, to_import=True))


async def import_rows(work: UnitOfWork, noun: str, *rows: dict[str, Any], before: int | None = None) -> list[Problems]:
    """Import rows, whose progress is stored if `before` is the number of rows before them."""
    progress = None if before is None else (IMPORT_ID, before)
    return await importing.import_chunk(work, target(noun), rows, lambda _: 0, progress)


async def test_name_takes_precedence_over_the_id_of_another_tenant(app_fixture: AppFixture) -> None:
    project = await app_fixture.tenant.create(Project, name="Orchard")
    other = await app_fixture.other_tenant.create(Project, name="Theirs")
    row = {"title": "Dig", "projectId": public_id("project", other.id)}
    rows = [row | {"project": "Orchard"}, row | {"project": "Theirs"}, row]
    problems = await app_fixture.tenant.run_use_case(lambda work: import_rows(work, "task", *rows))
    assert [[(each.code, each.field) for each in found] for found in problems] == [
        [],
        [(Code.NOT_FOUND, ("project",))],
        [(Code.NOT_FOUND, ("projectId",))],
    ]
    assert [task["project_id"] for task in await fetch_table(app_fixture.tenant, Task)] == [project.id]


async def test_stock_of_imported_products_follows_the_rules_of_the_service(app_fixture: AppFixture) -> None:
    rows = [{"name": "Soil", "price": "1", "stock": stock} for stock in (5, -1, 2_000_000_000)]
    problems = await app_fixture.tenant.run_use_case(lambda work: import_rows(work, "product", *rows))
    assert [[(each.code, each.field) for each in found] for found in problems] == [
        [],
        [(Code.OUT_OF_RANGE, ("stock",))],
        [(Code.OUT_OF_RANGE, ("stock",))],
    ]


async def test_chunk_of_a_file_that_another_process_has_imported_is_refused(app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    begin = partial(importing.begin_import, target=target("worker"), id=IMPORT_ID)
    await tenant.run_use_case(begin)

    async def import_first_row(work: UnitOfWork) -> Any:
        return await import_rows(work, "worker", {"name": "Ada"}, before=0)

    await tenant.run_use_case(import_first_row)
    with pytest.raises(Conflict, match="Another process"):
        await tenant.run_use_case(import_first_row)
    assert [row["name"] for row in await fetch_table(tenant, Worker)] == ["Ada"]
    assert [row["rows"] for row in await fetch_table(tenant, ImportProgress)] == [1]
    assert (
        await app_fixture.other_tenant.run_use_case(
            lambda work: importing.find_progress(work, target("worker"), IMPORT_ID)
        )
        is None
    )


async def test_import_requires_the_access_of_the_mutation(app_fixture: AppFixture) -> None:
    for step in (
        lambda work: import_rows(work, "product", {"name": "Soil", "price": "1"}),
        lambda work: importing.begin_import(work, target("product"), IMPORT_ID),
        lambda work: importing.find_progress(work, target("product"), IMPORT_ID),
    ):
        with pytest.raises(Forbidden):
            await app_fixture.tenant.run_use_case(step, Role.MEMBER)
    assert await fetch_table(app_fixture.tenant, Product) == []
