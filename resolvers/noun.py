"""Create, update and delete of any noun. Each calls the noun's own service, or else the one of all nouns."""

from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any

from inputs.arguments import ExpectedVersion, Id
from resolvers.unpack import decode_id, provided_fields
from services.core import records
from services.core.unit_of_work import UnitOfWork
from services.core.upsert import upsert as upsert_row

Service = Callable[..., Awaitable[Any]]
Resolver = Callable[..., Awaitable[Any]]


def create_resolver(model: Any, input_type: Any, service: Service | None) -> Resolver:
    """The resolver of `createTask`. Its service takes the unit of work and the values."""
    write = service or (lambda work, *arguments: records.create(work, model, *arguments))

    def create(work: UnitOfWork, input: Any) -> Awaitable[Any]:
        return write(work, provided_fields(input))

    return _named(create, f"create_{model.__tablename__}", input_type)


def update_resolver(model: Any, input_type: Any, service: Service | None) -> Resolver:
    """The resolver of `updateTask`. Its service takes the unit of work, the id, the values and the expected version."""
    table: str = model.__tablename__
    write = service or (lambda work, *arguments: records.update(work, model, *arguments))

    def update(work: UnitOfWork, id: Id, input: Any, expected_version: ExpectedVersion = None) -> Awaitable[Any]:
        return write(work, decode_id(table, id), provided_fields(input), expected_version)

    return _named(update, f"update_{table}", input_type)


def upsert_resolver(  # noqa: PLR0913, PLR0917 -- the parts of a declaration
    model: Any,
    key_type: Any,
    input_type: Any,
    writable: Collection[str],
    create: Service | None,
    update: Service | None,
) -> Resolver:
    """The resolver of `upsertTask`. Its services are those of create and update."""
    services = {"create": create or partial(_create_row, model), "update": update or partial(_update_row, model)}

    async def upsert(work: UnitOfWork, by: Any, input: Any, expected_version: ExpectedVersion = None) -> Any:
        key, values = (by.column, by.value), provided_fields(input)
        return await upsert_row(work, model, key, values, expected_version, writable=writable, **services)

    upsert.__annotations__["by"] = key_type
    return _named(upsert, f"upsert_{model.__tablename__}", input_type)


async def _create_row(model: Any, work: UnitOfWork, values: dict[str, Any]) -> Any:
    return await records.create(work, model, values)


async def _update_row(model: Any, work: UnitOfWork, *arguments: Any) -> Any:
    return await records.update(work, model, *arguments)


def delete_resolver(model: Any, service: Service | None) -> Resolver:
    """The resolver of `deleteTask`. Its service takes the unit of work, the id and the expected version, and returns
    the id, or the row if it was not deleted."""
    table: str = model.__tablename__
    write = service or (lambda work, *arguments: records.delete(work, model, *arguments))

    def delete(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> Awaitable[Any]:
        return write(work, decode_id(table, id), expected_version)

    return _named(delete, f"delete_{table}", None)


def restore_resolver(model: Any) -> Resolver:
    """The resolver of `restoreDocument`, for a soft-deletable noun."""
    table: str = model.__tablename__

    async def restore(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> Any:
        return await records.restore(work, model, decode_id(table, id), expected_version)

    return _named(restore, f"restore_{table}", None)


def purge_resolver(model: Any) -> Resolver:
    """The resolver of `purgeDocument`, for a soft-deletable noun."""
    table: str = model.__tablename__

    async def purge(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> Any:
        return await records.purge(work, model, decode_id(table, id), expected_version)

    return _named(purge, f"purge_{table}", None)


def _named(resolver: Resolver, name: str, input_type: Any) -> Resolver:
    """Set what the schema reads from a resolver: its name and the type of its input."""
    resolver.__name__ = name
    if input_type is not None:
        resolver.__annotations__["input"] = input_type
    return resolver
