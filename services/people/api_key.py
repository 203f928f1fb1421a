"""API keys: credentials of programs that act in one tenant."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import update

from models import ApiKey
from models.base import utc_now
from models.relations import table_of
from services.core.errors import Code, Problem, ProblemParams, Rejected
from services.core.unit_of_work import UnitOfWork
from services.core.validation import check_values
from services.people import secrets


@dataclass(frozen=True)
class NewApiKey:
    """A new key and its secret, which is not stored and cannot be shown again."""

    api_key: ApiKey
    secret: str


async def create_api_key(work: UnitOfWork, values: dict[str, Any]) -> NewApiKey:
    """Create a key for the current tenant."""
    clean, problems = check_values(ApiKey, values, "input")
    if clean.get("expires_at") is not None and clean["expires_at"] <= utc_now():
        params = ProblemParams(value=clean["expires_at"].isoformat())
        problems.append(Problem(Code.OUT_OF_RANGE, ("input", "expires_at"), "Must be in the future.", params))
    if problems:
        raise Rejected(*problems)
    secret = secrets.generate(secrets.API_KEY_PREFIX)
    key = ApiKey(
        **clean,
        hash=secrets.hash_secret(secret),
        prefix=secrets.visible_prefix(secret, secrets.API_KEY_PREFIX),
        created_by_id=work.principal.user_id,  # type: ignore[arg-type]  # the access level requires a user
    )
    await work.add(key)
    return NewApiKey(key, secret)


async def revoke_api_key(work: UnitOfWork, id: UUID) -> ApiKey:
    """Revoke a key. A key that was revoked before keeps that time."""
    key: ApiKey = await work.get_for_update(ApiKey, id, "id")
    key.revoked_at = key.revoked_at or utc_now()
    await work.flush()
    return key


async def record_use(work: UnitOfWork, id: UUID) -> None:
    """Store the time of a key's last use, without changing its version and without a recorded change."""
    key = table_of(ApiKey)
    await work.rows(update(key).where(key.c.id == id).values(last_used_at=utc_now()).returning(key.c.id))
