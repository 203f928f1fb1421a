"""Serialization of use-case results as ids, and their restoration from the current rows."""

from dataclasses import fields, is_dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import SQLModel

from models import User
from models.relations import get_model, table_of
from queries.scope import visible
from services.core.errors import Code, PartialResult, Problem
from services.core.unit_of_work import UnitOfWork

SerializedResult = dict[str, Any]


def serialize_result(result: Any) -> SerializedResult:
    """Serialize a result, with rows as their ids, also in lists and dataclasses. TypeError if it cannot be restored."""
    match result:
        case SQLModel():
            return {"row": [table_of(type(result)).name, result.id.hex]}  # type: ignore[attr-defined]
        case UUID():
            return {"id": result.hex}
        case None | bool() | int() | str():
            return {"value": result}
        case PartialResult(result=items, problems=problems):
            serialized = [[problem.code, problem.field, problem.message] for problem in problems]
            return {"in_part": [serialize_result(items), serialized]}
        case list() | tuple():
            return {"list": [serialize_result(item) for item in result]}
    if is_dataclass(result):
        return {"parts": {field.name: serialize_result(getattr(result, field.name)) for field in fields(result)}}
    raise TypeError(f"{type(result).__name__} cannot be stored for an Idempotency-Key; declare the mutation secret")


async def restore_result(work: UnitOfWork, serialized: SerializedResult) -> Any:
    """Restore a result from the current rows; None for each row that no longer exists."""
    ((tag, value),) = serialized.items()
    match tag:
        case "row":
            table, id = value
            return await _load_row(work, get_model(table), UUID(hex=id))
        case "id":
            return UUID(hex=value)
        case "in_part":
            items, problems = value
            restored = tuple(Problem(Code[code], tuple(path), message) for code, path, message in problems)
            return PartialResult(await restore_result(work, items), restored)
        case "list":
            return [await restore_result(work, item) for item in value]
        case "parts":
            return SimpleNamespace(**{name: await restore_result(work, part) for name, part in value.items()})
    return value


async def _load_row(work: UnitOfWork, model: Any, id: UUID) -> Any:
    table = table_of(model)
    entities = await work.entities(model, select(table).where(visible(table), table.c.id == id))
    if not entities and model is User and work.principal.is_superuser:
        entities = await _load_user_server_wide(work, id)
    return entities[0] if entities else None


async def _load_user_server_wide(work: UnitOfWork, id: UUID) -> Any:
    """Load a user of any tenant: use cases of superusers return users of the whole server."""
    user = table_of(User)
    return await work.entities(User, select(user).where(visible(user, server_wide=True), user.c.id == id))
