"""Create, update, lock and delete rows of any model: the operations that most services share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, func, select

from models.base import SoftDeletable, utc_now
from models.fields import member_references, tenant_references
from models.references import references_to
from models.relations import get_table, table_of
from queries.key_list import any_of, key_list_param
from queries.locks import (
    select_for_key_share,
    select_for_no_key_update,
    select_references_for_key_share,
    select_referring,
)
from queries.scope import is_visible_to_members, visible
from queries.statement_cache import cached_statement
from services.core.bulk_checks import find_taken_values
from services.core.errors import Code, Problem, ProblemParams, Rejected, not_found
from services.core.identity_map import build_new_entity
from services.core.unit_of_work import UnitOfWork
from services.core.validation import check_values


async def create(work: UnitOfWork, model: Any, values: dict[str, Any], *problems: Problem) -> Any:
    """Insert a row. Rejected if values are invalid or taken, if a reference does not exist, or if the service passes
    `problems` of its own checks."""
    clean, invalid = check_values(model, values, "input")
    found = [*invalid, *problems]
    references = _references_to_check(model) if not found and work.is_optimistic else _list_references(model)
    if references:
        found += await _find_missing_references(work, model, clean, references)
    if found:
        raise Rejected(*found, *await _find_taken_values(work, model, clean))
    entity = build_new_entity(model, clean)
    try:
        await work.add(entity)
    except Rejected as rejected:
        raise _with_values(rejected, clean) from rejected
    return entity


async def update(
    work: UnitOfWork, model: Any, id: UUID, values: dict[str, Any], expected_version: int | None = None
) -> Any:
    """Update a row. Rejected as in `create`, and if the row does not have the expected version. References are locked
    before the row, in the same order as when the referenced row is deleted, so that the two cannot deadlock."""
    clean, problems = check_values(model, values, "input")
    problems += await _find_missing_references(work, model, clean)
    entity = await work.find_for_update(model, id)
    if entity is None:
        raise Rejected(*not_found("id").problems, *problems)
    if conflict := version_problem(entity, expected_version):
        problems.append(conflict)
    if problems:
        taken = await _find_taken_values(work, model, clean, entity)
        raise Rejected(*problems, *taken, current=entity if conflict else None)
    for name, value in clean.items():
        setattr(entity, name, value)
    try:
        await work.flush()
    except Rejected as rejected:
        raise _with_values(rejected, clean) from rejected
    return entity


def _with_values(rejected: Rejected, values: Mapping[str, Any]) -> Rejected:
    """Add the values to the problems of unique values that the database found: its error does not contain them."""
    return Rejected(*(_with_value(problem, values) for problem in rejected.problems))


def _with_value(problem: Problem, values: Mapping[str, Any]) -> Problem:
    value = values.get(problem.field[-1])
    if problem.code is not Code.TAKEN or value is None:
        return problem
    return replace(problem, params=ProblemParams(value=str(value)))


def check_version(entity: Any, expected_version: int | None) -> None:
    """Reject as CONFLICT, with the entity, unless it has the version that the client expects (optimistic locking)."""
    if problem := version_problem(entity, expected_version):
        raise Rejected(problem, current=entity)


def version_problem(entity: Any, expected_version: int | None) -> Problem | None:
    """Return the problem of an entity that does not have the version that the client expects."""
    if expected_version is None or entity.version == expected_version:
        return None
    message = f"The object was changed in the meantime: it has version {entity.version}, not {expected_version}."
    params = ProblemParams(actual=expected_version, current_version=entity.version)
    return Problem(Code.CONFLICT, ("expected_version",), message, params)


async def lock_all(work: UnitOfWork, model: Any, ids: list[UUID], *field: str) -> list[Problem]:
    """Lock rows so that none can be deleted. Return the problems of the ids of rows that are not visible."""
    existing = {row.id for row in await work.rows(select_for_key_share(model), keys=ids)}
    return [
        problem
        for position, id in enumerate(ids)
        if id not in existing
        for problem in not_found(*field, str(position)).problems
    ]


async def lock_rows(work: UnitOfWork, model: Any, ids: Iterable[UUID]) -> dict[UUID, Any]:
    """Load and lock the visible rows with these ids, and return them by id. They are locked in the order of their ids,
    so that transactions which lock the same rows cannot deadlock."""
    entities = await work.entities(model, select_for_no_key_update(model), keys=list(ids))
    return {entity.id: entity for entity in entities}


async def lock_references(work: UnitOfWork, model: Any, values: dict[str, Any]) -> None:
    """Reject references to rows that do not exist, and lock the others so that none can be deleted."""
    if problems := await _find_missing_references(work, model, values):
        raise Rejected(*problems)


async def _find_missing_references(
    work: UnitOfWork, model: Any, values: Mapping[str, Any], columns: Sequence[str] | None = None
) -> list[Problem]:
    """Lock the referenced rows so that none can be deleted, and return the problems of those that do not exist."""
    names = _list_references(model) if columns is None else columns
    references = {name: values[name] for name in names if values.get(name) is not None}
    if not references:
        return []
    (row,) = await work.rows(select_references_for_key_share(model, tuple(references)), **references)
    missing = [name for name in references if getattr(row, name) is None]
    return [problem for name in missing for problem in not_found("input", name).problems]


async def _find_taken_values(
    work: UnitOfWork, model: Any, values: Mapping[str, Any], entity: Any = None
) -> list[Problem]:
    """Return the problems of unique values that another row has. Called only if the input is rejected anyway, to report
    all problems at once: what is written is checked by the database."""
    if not getattr(model, "unique_together", ()):
        return []
    row = dict.fromkeys(model.model_fields) | (vars(entity) if entity is not None else {}) | dict(values)
    found = await find_taken_values(work, model, {0: row}, values.keys())
    return [problem.at("input", *problem.field) for problem in found.get(0, ())]


@cache
def _list_references(model: Any) -> tuple[str, ...]:
    """Return the columns that reference rows of the tenant, and those that reference its members."""
    return (*tenant_references(model), *member_references(model))


@cache
def _references_to_check(model: Any) -> tuple[str, ...]:
    """Return those of the columns whose foreign key permits a reference to a row that is not visible. The others are
    checked, and the rows locked, by the foreign key."""
    checked = {foreign_key.columns.keys()[-1] for foreign_key in table_of(model).foreign_key_constraints}
    members, tables = member_references(model), tenant_references(model)
    return tuple(
        name
        for name in _list_references(model)
        if name not in checked or not (name in members or is_visible_to_members(get_table(tables[name])))
    )


async def get_for_delete(work: UnitOfWork, model: Any, id: UUID, expected_version: int | None) -> Any:
    """Load and lock the row to delete, so that no new reference to it can be inserted."""
    entity = await work.get_for_update(model, id, "id")
    check_version(entity, expected_version)
    return entity


async def delete(work: UnitOfWork, model: Any, id: UUID, expected_version: int | None = None) -> UUID:
    """Delete a row and return its id. A row of a soft-deletable model is only marked as deleted: references to it and
    links remain, hidden, until it is restored or purged."""
    entity = await get_for_delete(work, model, id, expected_version)
    if not issubclass(model, SoftDeletable):
        await delete_for_good(work, model, [entity])
        return id
    entity.deleted_at, entity.deleted_by_id = utc_now(), work.principal.user_id
    await work.flush()
    return id


async def restore(work: UnitOfWork, model: Any, id: UUID, expected_version: int | None = None) -> Any:
    """Restore a deleted row. Rejected if another row has taken one of its unique values."""
    entity = await work.get_deleted_for_update(model, id, "id")
    check_version(entity, expected_version)
    entity.deleted_at = entity.deleted_by_id = None
    await work.flush()
    return entity


async def purge(work: UnitOfWork, model: Any, id: UUID, expected_version: int | None = None) -> UUID:
    """Delete a row of a soft-deletable model for good, whether or not it is marked as deleted; return its id."""
    entity = await work.get_deleted_for_update(model, id, "id")
    check_version(entity, expected_version)
    await delete_for_good(work, model, [entity])
    return id


async def delete_for_good(work: UnitOfWork, model: Any, entities: Sequence[Any]) -> None:
    """Delete rows and their links to other rows, and clear the references to them. Nothing else is deleted. A model
    with required references to it needs a service of its own."""
    ids = [entity.id for entity in entities]
    for reference in references_to(model.__tablename__):
        if reference.is_link:
            await delete_links(work, reference.model, **{reference.column: ids})
        else:
            deleted = ids if reference.model is model else ()
            await clear_references(work, reference.model, reference.column, ids, deleted)
    await work.delete(*entities)


async def count(work: UnitOfWork, model: Any, **columns: Any) -> int:
    """Count the visible rows whose columns have these values."""
    table = table_of(model)
    conditions = (table.c[name] == value for name, value in columns.items())
    ((total,),) = await work.rows(select(func.count()).select_from(table).where(visible(table), *conditions))
    return int(total)


async def clear_references(
    work: UnitOfWork, model: Any, column: str, ids: Sequence[UUID], deleted: Sequence[UUID] = ()
) -> None:
    """Set all references to rows to null. (ON DELETE SET NULL would also set the tenant id to null.) If there are
    several, the audit must know to which row each referred, so the referring rows are read and locked before. Rows
    that are deleted themselves stay unchanged: the deletion expects their versions."""
    columns = table_of(model).c
    cleared: dict[str, Any] = {column: None}
    if len(ids) == 1:
        condition = columns[column] == ids[0]
        others = and_(condition, columns.id != ids[0]) if deleted else condition
        await work.update_all(model, others, {column: ids[0]}, **cleared)
        return
    unchanged = set(deleted)
    rows = await work.rows(select_referring(model, column), keys=ids)
    referring = {row.id: {column: row[1]} for row in rows if row.id not in unchanged}
    if referring:
        is_referring = any_of(columns.id, key_list_param(list(referring)))
        await work.update_all(model, is_referring, lambda row: referring[row.id], **cleared)


async def list_links(work: UnitOfWork, model: Any, **reference: UUID) -> Sequence[Any]:
    """List the rows of a link table that have this reference."""
    ((column, id),) = reference.items()
    return await work.rows(select_links(model, column), reference=id)


@cached_statement
def select_links(model: Any, column: str) -> Select[Any]:
    """Select the rows of a link table whose column has the value :reference."""
    table = table_of(model)
    return select(table).where(visible(table), table.c[column] == bindparam("reference", type_=table.c[column].type))


async def insert_links(work: UnitOfWork, model: Any, rows: Sequence[dict[str, UUID]]) -> None:
    """Insert rows into a link table."""
    await work.add(*(model(**row) for row in rows))


async def delete_links(work: UnitOfWork, model: Any, **references: Sequence[UUID]) -> None:
    """Delete the rows of a link table whose references are all among these."""
    columns = table_of(model).c
    await work.delete_all(
        model, and_(*(any_of(columns[name], key_list_param(ids)) for name, ids in references.items()))
    )
