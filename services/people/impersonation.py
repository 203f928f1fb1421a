"""Impersonation: a superuser acts as another user in one tenant, for a reason and for an hour at most.

The session of an impersonation belongs to the user, and names the superuser. It has no refresh token. It ends with the
superuser's own session and rights (database/identity_statements.py).
"""

import datetime
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from database.identity_statements import select_membership_of, tenant_parameters
from models import Session, User
from models.base import utc_now
from models.relations import table_of
from models.sign_in_event import SignInEventKind
from queries.scope import visible
from services.core.errors import Code, Problem, ProblemParams, Rejected, not_found
from services.core.unit_of_work import UnitOfWork
from services.core.validation import check_values
from services.people.administration import lock_users_and_principal
from services.people.session import Device, log_out
from services.people.sign_in_events import EventSubject, record_sign_in_event

MAX_MINUTES = 60
DEFAULT_MINUTES = 30


@dataclass(frozen=True)
class ImpersonationRequest:
    """Whom a superuser wants to act as, in which tenant (by slug or id; None for the user's only one), why, and for how
    many minutes."""

    user_id: UUID
    tenant: str | None
    reason: str
    minutes: int


@dataclass(frozen=True)
class NewImpersonation:
    """The session of an impersonation, and its user."""

    row: Session
    user: Any


async def begin_impersonation(work: UnitOfWork, device: Device, request: ImpersonationRequest) -> NewImpersonation:
    """Begin a session of the user for the principal, who is a superuser. The user and the tenant's owners see it."""
    reason = _validate(request)
    await lock_users_and_principal(work, [request.user_id])
    user = await _find_user(work, request.user_id)
    tenant = await _find_tenant(work, request)
    session = Session(
        user_id=user.id,
        expires_at=utc_now() + datetime.timedelta(minutes=request.minutes),
        confirmed_at=None,
        user_agent=device.user_agent,
        address=device.address,
        impersonator_id=work.principal.user_id,
        impersonator_session_id=work.principal.session_id,
        only_tenant_id=tenant,
        reason=reason,
    )
    await work.add(session)
    await record_sign_in_event(work, SignInEventKind.LOGGED_IN, _describe(session))
    return NewImpersonation(session, user)


async def end_impersonation(work: UnitOfWork) -> bool:
    """End the session of the request; return False if it is not one in which a superuser acts as a user."""
    session_id = work.principal.session_id
    if work.principal.impersonator_id is None or session_id is None:
        return False
    return await log_out(work, session_id)


def _validate(request: ImpersonationRequest) -> str:
    """Return the reason; reject it and the minutes if they are out of bounds."""
    clean, problems = check_values(Session, {"reason": request.reason}, "input")
    if not 1 <= request.minutes <= MAX_MINUTES:
        params = ProblemParams(min=1, max=MAX_MINUTES, actual=request.minutes)
        message = f"Must be between 1 and {MAX_MINUTES}."
        problems.append(Problem(Code.OUT_OF_RANGE, ("input", "minutes"), message, params))
    if problems:
        raise Rejected(*problems)
    return str(clean["reason"])


async def _find_user(work: UnitOfWork, id: UUID) -> Any:
    table, field = table_of(User), ("input", "user_id")
    users = await work.entities(User, select(table).where(visible(table, server_wide=True), table.c.id == id))
    if not users:
        raise not_found(*field)
    (user,) = users
    if user.is_superuser:
        raise Rejected(Problem(Code.INVALID, field, "Superusers cannot be impersonated."))
    if not user.is_active:
        raise Rejected(Problem(Code.WRONG_STATUS, field, "The user is inactive."))
    return user


async def _find_tenant(work: UnitOfWork, request: ImpersonationRequest) -> UUID:
    """Return the tenant, of which the user is a member with access; otherwise reject the request."""
    field, tenant = ("input", "tenant"), request.tenant
    rows = await work.rows(select_membership_of(request.user_id, tenant), **tenant_parameters(tenant))
    if not rows and tenant is None:
        message = "The user is not a member of exactly one tenant: name the tenant."
        raise Rejected(Problem(Code.REQUIRED, field, message))
    if not rows:
        raise Rejected(Problem(Code.NOT_FOUND, field, "The user is not a member of such a tenant, or it is closed."))
    if not rows[0].has_access:
        message = "The tenant requires a second factor, which the user does not have: the user has no access either."
        raise Rejected(Problem(Code.WRONG_STATUS, field, message))
    found: UUID = rows[0].tenant
    return found


def _describe(session: Session) -> EventSubject:
    return EventSubject(
        session.user_id,
        session.only_tenant_id,
        session_id=session.id,
        detail=session.reason,
        impersonator_id=session.impersonator_id,
        expires_at=session.expires_at,
    )
