"""API keys: for programs that act in one tenant."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import update

from models import ApiKey
from models.base import now
from models.relations import table_of
from services import secrets
from services.errors import Code, Problem, Refused
from services.unit_of_work import UnitOfWork
from services.validation import checked


@dataclass(frozen=True)
class NewKey:
    """A key that was just made, and the secret, which nobody is shown again."""

    api_key: ApiKey
    secret: str


async def create_api_key(work: UnitOfWork, values: dict[str, Any]) -> NewKey:
    """A key of the actor's tenant."""
    clean = checked(ApiKey, values, "input")
    if clean.get("expires_at") is not None and clean["expires_at"] <= now():
        raise Refused(Problem(Code.OUT_OF_RANGE, ("input", "expires_at"), "It must lie in the future."))
    secret = secrets.make(secrets.API_KEY)
    kept: dict[str, Any] = {"hash": secrets.hashed(secret), "prefix": secrets.beginning(secret, secrets.API_KEY)}
    kept["created_by_id"] = work.actor.user_id
    key = ApiKey(**clean, **kept)
    await work.add(key)
    return NewKey(key, secret)


async def revoke_api_key(work: UnitOfWork, id: UUID) -> ApiKey:
    """The key, which does not count from now on; one that was revoked before stays so since then."""
    key: ApiKey = await work.get(ApiKey, id, "id")
    key.revoked_at = key.revoked_at or now()
    await work.flush()
    return key


async def note_use(work: UnitOfWork, id: UUID) -> None:
    """When a key was last used. It is no change to the key, so neither its version nor its history has it."""
    key = table_of(ApiKey)
    await work.rows(update(key).where(key.c.id == id).values(last_used_at=now()).returning(key.c.id))
