"""Statements that confirm the access of many clients of a tenant at once."""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Uuid, bindparam, or_, select

from database.identity_statements import has_required_factor, is_active_session
from models import ApiKey, Membership, Session, Tenant, User
from models.base import UTCDateTime
from models.relations import table_of
from queries.key_list import KEYS_PARAM, any_of
from queries.scope import TENANT, visible

NOW = bindparam("now", type_=UTCDateTime())


@cache
def select_active_sessions() -> Select[Any]:
    """Select those of the sessions :keys that have not ended, with the roles of their users in the current tenant."""
    session, user, membership = table_of(Session), table_of(User), table_of(Membership)
    source = session.join(user, user.c.id == session.c.user_id).join(membership, membership.c.user_id == user.c.id)
    is_active = (is_active_session(session, user, NOW), user.c.is_active)
    is_in_tenant = or_(session.c.only_tenant_id.is_(None), session.c.only_tenant_id == TENANT)
    is_member = (membership.c.tenant_id == TENANT, is_in_tenant, _is_open(), has_required_factor(membership))
    columns = (session.c.id, session.c.user_id, user.c.is_superuser, membership.c.role, session.c.impersonator_id)
    query = select(*columns).select_from(source)
    return query.where(any_of(session.c.id, KEYS_PARAM), *is_active, *is_member)


@cache
def select_confirmed_session() -> Select[Any]:
    """Select the session :session of the principal if its user has proved who they are since :since."""
    session = table_of(Session)
    is_confirmed = session.c.confirmed_at >= bindparam("since", type_=UTCDateTime())
    is_own = (visible(session), session.c.id == bindparam("session", type_=Uuid()))
    return select(session.c.id).where(*is_own, is_confirmed)


@cache
def select_active_api_keys() -> Select[Any]:
    """Select those of the API keys :keys of the current tenant that are valid, with their roles
    and scopes."""
    key = table_of(ApiKey)
    is_active = (key.c.revoked_at.is_(None), or_(key.c.expires_at.is_(None), key.c.expires_at > NOW))
    conditions = (any_of(key.c.id, KEYS_PARAM), *is_active, key.c.tenant_id == TENANT, _is_open())
    return select(key.c.id, key.c.role, key.c.scopes).where(*conditions)


def _is_open() -> ColumnElement[bool]:
    tenant = table_of(Tenant)
    return select(tenant.c.id).where(tenant.c.id == TENANT, tenant.c.closed_at.is_(None)).exists()
