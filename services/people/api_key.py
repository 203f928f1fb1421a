"""API keys: credentials of programs that act in one tenant."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import update

from models import ApiKey
from models.base import utc_now
from models.relations import table_of
from models.scopes import store_scopes
from models.sign_in_event import SignInEventKind
from services.core.errors import Code, Problem, ProblemParams, Rejected
from services.core.unit_of_work import UnitOfWork
from services.core.validation import check_values
from services.core.verified_email import require_verified_principal
from services.people import secrets
from services.people.sign_in_events import EventSubject, record_sign_in_event


@dataclass(frozen=True)
class NewApiKey:
    """A new key and its secret, which is not stored and cannot be shown again."""

    api_key: ApiKey
    secret: str


async def create_api_key(work: UnitOfWork, values: dict[str, Any]) -> NewApiKey:
    """Create a key for the current tenant. Rejected if the principal has not verified the email address."""
    scopes = values.pop("scopes", None)
    clean, problems = check_values(ApiKey, values, "input")
    if scopes is not None:
        clean["scopes"] = store_scopes(scopes)
    if scopes == []:
        message = "Name at least one scope, or omit the field."
        problems.append(Problem(Code.TOO_SHORT, ("input", "scopes"), message))
    if clean.get("expires_at") is not None and clean["expires_at"] <= utc_now():
        params = ProblemParams(value=clean["expires_at"].isoformat())
        problems.append(Problem(Code.OUT_OF_RANGE, ("input", "expires_at"), "Must be in the future.", params))
    if problems:
        raise Rejected(*problems)
    await require_verified_principal(work, "create the key")
    secret = secrets.generate(secrets.API_KEY_PREFIX)
    key = ApiKey(
        **clean,
        hash=secrets.hash_secret(secret),
        prefix=secrets.visible_prefix(secret, secrets.API_KEY_PREFIX),
        created_by_id=work.principal.user_id,  # type: ignore[arg-type]  # the access level requires a user
    )
    await work.add(key)
    await _record_event(work, SignInEventKind.API_KEY_CREATED, key)
    return NewApiKey(key, secret)


async def revoke_api_key(work: UnitOfWork, id: UUID) -> ApiKey:
    """Revoke a key. A key that was revoked before keeps that time."""
    key: ApiKey = await work.get_for_update(ApiKey, id, "id")
    if key.revoked_at is None:
        key.revoked_at = utc_now()
        await work.flush()
        await _record_event(work, SignInEventKind.API_KEY_REVOKED, key)
    return key


async def _record_event(work: UnitOfWork, kind: SignInEventKind, key: ApiKey) -> None:
    subject = EventSubject(work.principal.user_id, key.tenant_id, api_key_id=key.id, detail=key.name)
    await record_sign_in_event(work, kind, subject)


async def record_use(work: UnitOfWork, id: UUID) -> None:
    """Store the time of a key's last use, without changing its version and without a recorded change. The first use is
    a sign-in event."""
    key = table_of(ApiKey)
    use = update(key).where(key.c.id == id).values(last_used_at=utc_now())
    first = await work.rows(use.where(key.c.last_used_at.is_(None)).returning(key.c.tenant_id, key.c.name))
    if not first:
        await work.rows(use.returning(key.c.id))
        return
    subject = EventSubject(tenant_id=first[0].tenant_id, api_key_id=id, detail=first[0].name)
    await record_sign_in_event(work, SignInEventKind.API_KEY_FIRST_USED, subject)
