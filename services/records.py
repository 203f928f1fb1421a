"""What creating, updating and deleting a noun have in common, so that a service says only what is its own."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, Table, and_, bindparam, select

from models.fields import extra
from models.relations import table_named, table_of
from queries.keys import KeyList, among
from queries.scope import visible
from services.entities import new_entity
from services.errors import Code, Problem, Refused, not_found
from services.unit_of_work import UnitOfWork
from services.validation import checked


async def create(work: UnitOfWork, model: Any, values: dict[str, Any]) -> Any:
    """A new row of these values; Refused if they are invalid, taken, or point at nothing."""
    clean = checked(model, values, "input")
    await _check_references(work, model, clean)
    entity = new_entity(model, clean)
    await work.add(entity)
    return entity


async def update(
    work: UnitOfWork, model: Any, id: UUID, values: dict[str, Any], expected_version: int | None = None
) -> Any:
    """The row with these values changed; Refused as create is, and when it is not of the expected version. What it is
    to point at is locked before it, as when that is deleted: so the two take their locks in one order."""
    clean = checked(model, values, "input")
    await _check_references(work, model, clean)
    entity = await work.get(model, id, "id")
    expect(entity, expected_version)
    for name, value in clean.items():
        setattr(entity, name, value)
    await work.flush()
    return entity


def expect(entity: Any, version: int | None) -> None:
    """Refused with a CONFLICT, which carries the entity, when it is of another version than the client has seen."""
    if version is not None and entity.version != version:
        message = f"It was changed meanwhile: it is at version {entity.version}, not {version}."
        raise Refused(Problem(Code.CONFLICT, ("expected_version",), message), current=entity)


async def require_all(work: UnitOfWork, model: Any, ids: list[UUID], *field: str) -> None:
    """Refused unless every one of these rows is there for the caller; nobody can delete one until the end."""
    table = table_of(model)
    keys = bindparam("keys", type_=KeyList())
    kept = select(table.c.id).where(visible(table), among(table.c.id, keys)).order_by(table.c.id)
    found = {row.id for row in await work.rows(_keeping(kept), keys=ids)}
    lost = [place for place, id in enumerate(ids) if id not in found]
    if lost:
        raise Refused(*(not_found(*field, str(place)).problems[0] for place in lost))


async def _check_references(work: UnitOfWork, model: Any, values: dict[str, Any]) -> None:
    """Refused unless what the row is to point at is there; nobody can delete it until the end."""
    given = {name: values[name] for name in _references(model) if values.get(name) is not None}
    if given:
        (found,) = await work.rows(_pointed_at(model, tuple(given)), **given)
        for name in given:
            if getattr(found, name) is None:
                raise not_found("input", name)


@cache
def _references(model: Any) -> dict[str, str]:
    """Columns that point at something, and the tables that they point at."""
    named = {name: extra(info, "reference") for name, info in model.model_fields.items()}
    return {name: table for name, table in named.items() if table}


@cache
def _pointed_at(model: Any, names: tuple[str, ...]) -> Select[Any]:
    """One row of what these columns are to point at, locked in their order; null where there is nothing."""
    return select(*(_one(table_named(_references(model)[name]), name).label(name) for name in names))


def _one(table: Table, name: str) -> ScalarSelect[Any]:
    """The id of the row with the id that this parameter holds."""
    found = select(table.c.id).where(visible(table), table.c.id == bindparam(name, type_=table.c.id.type))
    return _keeping(found).scalar_subquery()


def _keeping(rows: Select[Any]) -> Select[Any]:
    """Nobody can delete these until the end; whatever else, they can."""
    return rows.with_for_update(read=True, key_share=True)


async def doomed(work: UnitOfWork, model: Any, id: UUID, expected_version: int | None) -> Any:
    """The row that is to be deleted, locked, so that nothing new can point at it."""
    entity = await work.get(model, id, "id")
    expect(entity, expected_version)
    return entity


async def release(work: UnitOfWork, model: Any, column: str, id: UUID) -> None:
    """Let go of whatever points at a row. (A foreign key's SET NULL would null the tenant as well.)"""
    nothing: dict[str, Any] = {column: None}
    await work.change_all(model, table_of(model).c[column] == id, {column: id}, **nothing)


async def links(work: UnitOfWork, link: Any, **end: UUID) -> Sequence[Any]:
    """The rows of a link table that have this end."""
    ((column, id),) = end.items()
    table = table_of(link)
    return await work.rows(select(table).where(visible(table), table.c[column] == id))


async def link(work: UnitOfWork, link: Any, ends: Sequence[dict[str, UUID]]) -> None:
    """New rows of a link table."""
    await work.add(*(link(**each) for each in ends))


async def unlink(work: UnitOfWork, link: Any, **ends: Sequence[UUID]) -> None:
    """Delete the rows of a link table whose ends are among these."""
    columns = table_of(link).c
    await work.delete_all(link, and_(*(columns[name].in_(ids) for name, ids in ends.items())))
