"""What creating, updating and deleting a noun have in common, so that a service says only what is its own."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, select

from models.fields import references
from models.relations import table_of
from queries.kept import kept
from queries.locks import all_held, all_kept, referred_to
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
    found = {row.id for row in await work.rows(all_kept(model), keys=ids)}
    lost = [place for place, id in enumerate(ids) if id not in found]
    if lost:
        raise Refused(*(not_found(*field, str(place)).problems[0] for place in lost))


async def locked(work: UnitOfWork, model: Any, ids: Iterable[UUID]) -> dict[UUID, Any]:
    """Those of these rows that are there for the caller, by their ids; until the end nobody else changes them. They are
    locked in the order of their ids, so that no two who want the same wait for each other in a circle."""
    found = await work.entities(model, all_held(model), keys=list(ids))
    return {entity.id: entity for entity in found}


async def _check_references(work: UnitOfWork, model: Any, values: dict[str, Any]) -> None:
    """Refused unless what the row is to point at is there; nobody can delete it until the end."""
    given = {name: values[name] for name in _references(model) if values.get(name) is not None}
    if given:
        (found,) = await work.rows(referred_to(model, tuple(given)), **given)
        for name in given:
            if getattr(found, name) is None:
                raise not_found("input", name)


_references = cache(references)


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
    return await work.rows(linking(link, column), end=id)


@kept
def linking(link: Any, column: str) -> Select[Any]:
    table = table_of(link)
    return select(table).where(visible(table), table.c[column] == bindparam("end", type_=table.c[column].type))


async def link(work: UnitOfWork, link: Any, ends: Sequence[dict[str, UUID]]) -> None:
    """New rows of a link table."""
    await work.add(*(link(**each) for each in ends))


async def unlink(work: UnitOfWork, link: Any, **ends: Sequence[UUID]) -> None:
    """Delete the rows of a link table whose ends are among these."""
    columns = table_of(link).c
    await work.delete_all(link, and_(*(columns[name].in_(ids) for name, ids in ends.items())))
