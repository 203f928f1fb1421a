"""The identity statements: they look up the user and the session, or the API key, with the tenant and the role."""

import uuid
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, Text, and_, bindparam, cast, func, or_, select

from models import ApiKey, Membership, SecondFactor, Session, Tenant, User
from models.base import UTCDateTime
from models.ids import parse_id
from models.membership import Role
from models.relations import table_of
from models.second_factor_requirement import SecondFactorRequirement

_NOW = bindparam("now", type_=UTCDateTime())


def tenant_parameters(tenant: str | None) -> dict[str, Any]:
    """Return the parameters of statements that look up the tenant that a request names by slug or id."""
    return {"slug": _slug_or_empty(tenant or ""), "tenant_id": parse_id("tenant", tenant or "")}


def _slug_or_empty(text: str) -> str:
    """Return the text if it may be a slug. PostgreSQL may reject other text, so return an empty string instead."""
    return text if text.isascii() and text.isprintable() else ""


# The identity statements


def _is_requested(tenant: Any) -> ColumnElement[bool]:
    return or_(tenant.c.slug == bindparam("slug"), tenant.c.id == bindparam("tenant_id"))


def _is_open(tenant: Any) -> ColumnElement[bool]:
    """A closed tenant is treated as if it did not exist."""
    is_open: ColumnElement[bool] = tenant.c.closed_at.is_(None)
    return is_open


def _membership_in_requested_tenant() -> ColumnElement[bool]:
    membership, tenant = table_of(Membership), table_of(Tenant)
    return membership.c.tenant_id.in_(select(tenant.c.id).where(_is_requested(tenant), _is_open(tenant)))


def _only_membership() -> ColumnElement[bool]:
    """The membership of a user who is a member of one open tenant only: such a user need not name it."""
    membership, other = table_of(Membership), table_of(Membership).alias("other")
    is_another = (other.c.user_id == membership.c.user_id, other.c.tenant_id != membership.c.tenant_id)
    others = select(other.c.id).where(*is_another, _is_in_open_tenant(other))
    return and_(_is_in_open_tenant(membership), ~others.exists())


def _only_membership_of_session() -> ColumnElement[bool]:
    """The membership in the only tenant of the session, if it is limited to one; otherwise the only membership."""
    session, membership = table_of(Session), table_of(Membership)
    is_limited = and_(session.c.only_tenant_id.is_not(None), _is_in_open_tenant(membership))
    return or_(is_limited, _only_membership())


def _is_in_open_tenant(membership: Any) -> ColumnElement[bool]:
    tenant = table_of(Tenant).alias()
    return select(tenant.c.id).where(tenant.c.id == membership.c.tenant_id, _is_open(tenant)).exists()


def has_required_factor(membership: Any) -> ColumnElement[bool]:
    """Return the condition that the member has a second factor, or that the tenant requires none of them. Without it,
    the user is treated as if they were no member."""
    tenant, factor = table_of(Tenant).alias("requiring"), table_of(SecondFactor)
    everyone = tenant.c.require_two_factor == SecondFactorRequirement.EVERYONE
    owners = and_(tenant.c.require_two_factor == SecondFactorRequirement.OWNERS, membership.c.role == Role.OWNER)
    requiring = select(tenant.c.id).where(tenant.c.id == membership.c.tenant_id, or_(everyone, owners))
    factors = select(factor.c.user_id).where(factor.c.user_id == membership.c.user_id, factor.c.secret.is_not(None))
    return or_(~requiring.exists(), factors.exists())


def select_unmet_requirement(user_id: uuid.UUID, tenant: str | None) -> Select[Any]:
    """Select the tenant that a request of this user would act in if the user had a second factor, which it requires.
    The statement needs the `tenant_parameters`."""
    membership = table_of(Membership)
    condition = _only_membership() if tenant is None else _membership_in_requested_tenant()
    is_unmet = (membership.c.user_id == user_id, condition, ~has_required_factor(membership))
    return select(membership.c.tenant_id).where(*is_unmet)


def select_membership_of(user_id: uuid.UUID, tenant: str | None) -> Select[Any]:
    """Select as `tenant` the one that a request of this user would act in, and as `has_access` whether the user has the
    second factor that it may require. The statement needs the `tenant_parameters`."""
    membership = table_of(Membership)
    condition = _only_membership() if tenant is None else _membership_in_requested_tenant()
    columns = (membership.c.tenant_id.label("tenant"), has_required_factor(membership).label("has_access"))
    return select(*columns).where(membership.c.user_id == user_id, condition)


def select_tenant_of(user_id: Any, tenant: str | None) -> ColumnElement[uuid.UUID]:
    """Select the tenant that a request of this user acts in, which it names by slug or id or not at all; null if there
    is none. `user_id` is an expression. The statement needs the `tenant_parameters`."""
    membership = table_of(Membership)
    condition = _only_membership() if tenant is None else _membership_in_requested_tenant()
    query = select(membership.c.tenant_id).where(membership.c.user_id == user_id, condition)
    return query.scalar_subquery()


def _user_statement(condition: ColumnElement[bool]) -> Select[Any]:
    """Select a user, with the membership that matches the condition."""
    user, membership = table_of(User), table_of(Membership)
    is_member = and_(membership.c.user_id == user.c.id, condition, has_required_factor(membership))
    columns = (user.c.id.label("user_id"), user.c.is_superuser, membership.c.tenant_id, membership.c.role)
    source = user.outerjoin(membership, is_member)
    return select(*columns).select_from(source).where(user.c.id == bindparam("user"), user.c.is_active)


def _session_statement(condition: ColumnElement[bool]) -> Select[Any]:
    """The user statement with the session; it returns no row unless the session is the user's and has not ended. The
    membership is that in the only tenant of the session, if it is limited to one."""
    user, session, membership = table_of(User), table_of(Session), table_of(Membership)
    is_own = and_(session.c.user_id == user.c.id, session.c.id == bindparam("session"))
    is_in_tenant = or_(session.c.only_tenant_id.is_(None), session.c.only_tenant_id == membership.c.tenant_id)
    is_member = and_(membership.c.user_id == user.c.id, condition, is_in_tenant, has_required_factor(membership))
    columns = (user.c.id.label("user_id"), user.c.is_superuser, membership.c.tenant_id, membership.c.role)
    source = user.join(session, is_own).outerjoin(membership, is_member)
    query = select(*columns, session.c.impersonator_id).select_from(source)
    return query.where(user.c.id == bindparam("user"), user.c.is_active, is_active_session(session, user, _NOW))


def is_active_session(session: Any, user: Any, now: Any) -> ColumnElement[bool]:
    """Return the condition that a session of a user has not ended. That of a superuser who acts as the user ends with
    the superuser's own session and rights, and if the user becomes a superuser."""
    impersonator, own = table_of(User).alias("impersonator"), table_of(Session).alias("impersonator_session")
    own_sessions = (
        select(own.c.id)
        .join_from(own, impersonator, impersonator.c.id == own.c.user_id)
        .where(own.c.id == session.c.impersonator_session_id, own.c.user_id == session.c.impersonator_id)
        .where(_has_not_ended(own, now), impersonator.c.is_active, impersonator.c.is_superuser)
    )
    is_permitted = or_(session.c.impersonator_id.is_(None), and_(~user.c.is_superuser, own_sessions.exists()))
    return and_(_has_not_ended(session, now), is_permitted)


def _has_not_ended(session: Any, now: Any) -> ColumnElement[bool]:
    return and_(session.c.revoked_at.is_(None), session.c.expires_at > now)


def _key_statement() -> Select[Any]:
    """An API key acts in its own tenant only: the request may omit the tenant, but not name another."""
    key, tenant = table_of(ApiKey), table_of(Tenant)
    is_requested = or_(bindparam("any_tenant", type_=Boolean()), _is_requested(tenant))
    is_own = and_(tenant.c.id == key.c.tenant_id, is_requested, _is_open(tenant))
    columns = (key.c.id.label("api_key_id"), tenant.c.id.label("tenant_id"), key.c.role, key.c.scopes)
    return (
        select(*columns)
        .select_from(key.outerjoin(tenant, is_own))
        .where(
            key.c.hash == bindparam("key"),
            key.c.revoked_at.is_(None),
            or_(key.c.expires_at.is_(None), key.c.expires_at > _NOW),
        )
    )


def _with_settings(statement: Select[Any]) -> Select[Any]:
    """Add columns that set the variables of the row-level security policies until the transaction ends."""
    columns = statement.selected_columns
    user = cast(columns.user_id, Text) if "user_id" in columns else ""
    tenant = func.coalesce(cast(columns.tenant_id, Text), "")
    return statement.add_columns(
        func.set_config("app.user_id", user, True).label("_user"),
        func.set_config("app.tenant_id", tenant, True).label("_tenant"),
    )


_PLAIN_STATEMENTS = {
    "user": _user_statement(_membership_in_requested_tenant()),
    "session": _session_statement(_membership_in_requested_tenant()),
    "session_without_tenant": _session_statement(_only_membership_of_session()),
    "key": _key_statement(),
}
IDENTITY_STATEMENTS = {
    "sqlite": _PLAIN_STATEMENTS,
    "postgresql": {kind: _with_settings(statement) for kind, statement in _PLAIN_STATEMENTS.items()},
}
"""The first statement of a transaction, by dialect and by the kind of credentials."""
