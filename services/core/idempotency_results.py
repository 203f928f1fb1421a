"""Serialization of use-case results as ids, and their restoration from the current rows."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import SQLModel

from models import Tenant, User
from models.relations import get_model, table_of
from queries.key_list import any_of, key_list_param
from queries.lists import select_by_id
from queries.scope import visible
from services.core.bulk_result import BulkResult, RowResult
from services.core.errors import Code, PartialResult, Problem, ProblemParams
from services.core.unit_of_work import UnitOfWork

SerializedResult = dict[str, Any]
Rows = dict[str, dict[UUID, Any]]
"""Rows by table and id."""


def serialize_result(result: Any) -> SerializedResult:  # noqa: PLR0911 -- a case for each kind of result
    """Serialize a result, with rows as their ids, also in lists and dataclasses. TypeError if it cannot be restored."""
    match result:
        case SQLModel():
            return {"row": [table_of(type(result)).name, result.id.hex]}  # type: ignore[attr-defined]
        case UUID():
            return {"id": result.hex}
        case None | bool() | int() | str():
            return {"value": result}
        case PartialResult(result=items, problems=problems):
            return {"in_part": [serialize_result(items), _serialize_problems(problems)]}
        case BulkResult(rows=rows):
            tables = {table_of(type(row.row)).name for row in rows if row.row is not None}
            return {"bulk": {"table": next(iter(tables), None), "rows": [_serialize_row(row) for row in rows]}}
        case list() | tuple():
            return {"list": [serialize_result(item) for item in result]}
    if is_dataclass(result):
        return {"parts": {field.name: serialize_result(getattr(result, field.name)) for field in fields(result)}}
    raise TypeError(f"{type(result).__name__} cannot be stored for an Idempotency-Key; declare the mutation secret")


def _serialize_row(row: RowResult) -> list[Any]:
    """Serialize the result of one row of many, as briefly as possible."""
    deleted_id = row.deleted_id.hex if row.deleted_id else None
    return [row.row.id.hex if row.row is not None else None, deleted_id, _serialize_problems(row.problems)]


def _serialize_problems(problems: Iterable[Problem]) -> list[Any]:
    return [[each.code, each.field, each.message, _serialize_params(each.params)] for each in problems]


def _serialize_params(params: ProblemParams | None) -> dict[str, Any] | None:
    """Serialize the parameters that are set; exact numbers as text."""
    if params is None:
        return None
    present = {field.name: value for field in fields(params) if (value := getattr(params, field.name)) is not None}
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in present.items()}


async def restore_result(work: UnitOfWork, serialized: SerializedResult) -> Any:
    """Restore a result from the current rows; None for each row that no longer exists."""
    ids: dict[str, list[UUID]] = {}
    for table, id in _references(serialized):
        ids.setdefault(table, []).append(UUID(hex=id))
    rows = {table: await _load_rows(work, get_model(table), table_ids) for table, table_ids in ids.items()}
    return _restore(serialized, rows)


def _references(serialized: SerializedResult) -> Iterator[tuple[str, str]]:
    """Yield the tables and ids of the rows in a result."""
    ((tag, value),) = serialized.items()
    match tag:
        case "row":
            yield tuple(value)
        case "in_part":
            yield from _references(value[0])
        case "list" | "parts":
            for part in value.values() if tag == "parts" else value:
                yield from _references(part)
        case "bulk":
            yield from ((value["table"], id) for id, *_ in value["rows"] if id is not None)


def _restore(serialized: SerializedResult, rows: Rows) -> Any:  # noqa: PLR0911 -- as above
    ((tag, value),) = serialized.items()
    match tag:
        case "row":
            table, id = value
            return rows[table].get(UUID(hex=id))
        case "id":
            return UUID(hex=value)
        case "in_part":
            return PartialResult(_restore(value[0], rows), _restore_problems(value[1]))
        case "list":
            return [_restore(item, rows) for item in value]
        case "parts":
            return SimpleNamespace(**{name: _restore(part, rows) for name, part in value.items()})
        case "bulk":
            return BulkResult([_restore_row(row, rows.get(value["table"], {})) for row in value["rows"]])
    return value


def _restore_row(serialized: list[Any], rows: dict[UUID, Any]) -> RowResult:
    id, deleted_id, problems = serialized
    row = None if id is None else rows.get(UUID(hex=id))
    return RowResult(row, deleted_id and UUID(hex=deleted_id), _restore_problems(problems))


def _restore_problems(serialized: list[Any]) -> tuple[Problem, ...]:
    """Restore problems; those that earlier versions stored have no parameters."""
    return tuple(
        Problem(Code[code], tuple(path), message, _restore_params(*params))
        for code, path, message, *params in serialized
    )


def _restore_params(serialized: dict[str, Any] | None = None) -> ProblemParams | None:
    if serialized is None:
        return None
    values = dict(serialized)
    for name in ("min", "max", "actual", "available"):
        if isinstance(values.get(name), str):
            values[name] = Decimal(values[name])
    if "allowed" in values:
        values["allowed"] = tuple(values["allowed"])
    return ProblemParams(**values)


async def _load_rows(work: UnitOfWork, model: Any, ids: list[UUID]) -> dict[UUID, Any]:
    """Load the visible ones of these rows, by id."""
    entities = await work.entities(model, select_by_id(model), keys=ids)
    if len(entities) < len(ids) and model in {User, Tenant} and work.principal.is_superuser:
        entities = await _load_server_wide(work, model, ids)
    return {entity.id: entity for entity in entities}


async def _load_server_wide(work: UnitOfWork, model: Any, ids: list[UUID]) -> Any:
    """Load rows of any tenant: use cases of superusers return users and tenants of the whole server."""
    table = table_of(model)
    query = select(table).where(visible(table, server_wide=True), any_of(table.c.id, key_list_param(ids)))
    return await work.entities(model, query)
