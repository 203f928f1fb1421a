"""What a use case answered, as ids to be kept, and what these ids stand for later."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import SQLModel

from models import User
from models.relations import model_of, table_of
from queries.scope import visible
from services.errors import Code, InPart, Problem
from services.unit_of_work import UnitOfWork

Kept = dict[str, Any]


def known(result: Any) -> Kept:
    """What to keep of an answer: rows by their ids, and what holds them. TypeError for what cannot be told again."""
    match result:
        case SQLModel():
            return {"row": [table_of(type(result)).name, result.id.hex]}  # type: ignore[attr-defined]
        case UUID():
            return {"id": result.hex}
        case None | bool() | int() | str():
            return {"value": result}
        case InPart(result=whole, problems=problems):
            return {"in_part": [known(whole), [[each.code, each.field, each.message] for each in problems]]}
        case list() | tuple():
            return {"list": [known(each) for each in result]}
    if is_dataclass(result):
        return {"parts": {each.name: known(getattr(result, each.name)) for each in fields(result)}}
    raise TypeError(f"{type(result).__name__} cannot be kept for an Idempotency-Key; declare the mutation secret")


async def told(work: UnitOfWork, kept: Kept) -> Any:
    """The answer anew, of what its rows are now; None for one that has gone."""
    ((kind, value),) = kept.items()
    match kind:
        case "row":
            table, id = value
            return await _row(work, model_of(table), UUID(hex=id))
        case "id":
            return UUID(hex=value)
        case "in_part":
            whole, problems = value
            return InPart(await told(work, whole), tuple(Problem(Code[a], tuple(b), c) for a, b, c in problems))
        case "list":
            return [await told(work, each) for each in value]
        case "parts":
            return SimpleNamespace(**await _parts(work, value))
    return value


async def _parts(work: UnitOfWork, kept: Mapping[str, Kept]) -> dict[str, Any]:
    return {name: await told(work, each) for name, each in kept.items()}


async def _row(work: UnitOfWork, model: Any, id: UUID) -> Any:
    table = table_of(model)
    found = await work.entities(model, select(table).where(visible(table), table.c.id == id))
    if not found and model is User and work.actor.is_superuser:
        found = await _anybody(work, id)
    return found[0] if found else None


async def _anybody(work: UnitOfWork, id: UUID) -> Any:
    """Superusers' use cases are about people of the whole server."""
    user = table_of(User)
    return await work.entities(User, select(user).where(visible(user, whole_server=True), user.c.id == id))
