"""Tenant scope: the only place in the application that defines which rows a principal can see.

In addition, PostgreSQL's row-level security limits all statements to the rows of the tenant. The tenant, the user and
whether the role sees the rows of other members are bind parameters that the reader and the unit of work set; a
statement cannot be executed without them.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, ColumnElement, FromClause, Uuid, and_, bindparam, exists, or_
from sqlalchemy.sql import visitors

from database.authentication import Principal
from models import (
    Account,
    ApiKey,
    Article,
    AuditEntry,
    Event,
    Invitation,
    LedgerEntry,
    LinkedIssuer,
    Membership,
    Order,
    OrderItem,
    Passkey,
    PersistedDocument,
    RecoveryCode,
    SecondFactor,
    Session,
    SignInEvent,
    Tenant,
    Transfer,
    User,
    Webhook,
    WebhookDelivery,
)
from models.article import ArticleStatus
from models.base import is_soft_deletable
from models.membership import Role
from models.relations import get_model, list_models, table_of
from models.scopes import Scope, grants

MAX_CACHED_SCOPES = 1_000
TENANT = bindparam("tenant", type_=Uuid())
USER = bindparam("user", type_=Uuid())
ACCOUNT = bindparam("account", type_=Uuid())
"""The user if they act in person, whose account is visible; null for superusers who act as the user."""
SEES_ALL = bindparam("sees_all", type_=Boolean())
"""Whether the principal's role includes access to the rows of other members."""


def visible(table: FromClause, *, server_wide: bool = False, include_deleted: bool = False) -> ColumnElement[bool]:
    """Return the condition for the rows of a table (or an alias) that the principal can see.

    `server_wide` extends it to all tenants: superusers see all rows, others none. Few tables support it.
    `include_deleted` extends it to deleted rows, for admins and owners.
    """
    if server_wide:
        return _SERVER_WIDE_RULES[_table_name(table)](table)
    rule = _RULES.get(_table_name(table), _in_tenant)(table)
    if not is_soft_deletable(table):
        return rule
    is_present = table.c.deleted_at.is_(None)
    return and_(rule, or_(SEES_ALL, is_present) if include_deleted else is_present)


def restorable(table: FromClause) -> ColumnElement[bool]:
    """Return the condition for the rows of a table that a principal could see if they were not deleted."""
    return _RULES.get(_table_name(table), _in_tenant)(table)


def tables_in_scope(table: FromClause) -> set[str]:
    """Return the names of the tables whose columns the condition for visible rows contains, also in subqueries."""
    tables = (getattr(element, "table", None) for element in visitors.iterate(visible(table)))
    return {_table_name(table) for table in tables if table is not None}


def is_visible_to_members(table: FromClause) -> bool:
    """Return whether all rows of the tenant are visible to all of its members."""
    return _table_name(table) not in _RULES and not is_soft_deletable(table)


def in_current_tenant(table: FromClause) -> ColumnElement[bool]:
    """Return the condition for rows of the current tenant, where `visible` includes rows of other tenants."""
    return (table.c.id if _table_name(table) == Tenant.__tablename__ else table.c.tenant_id) == TENANT


def in_tenant_log(table: FromClause) -> ColumnElement[bool]:
    """Return the condition for the tenant's rows of a log, which a principal may append to without read access."""
    return _in_tenant(table)


def visible_changes(table: FromClause) -> ColumnElement[bool]:
    """Return the condition for the entries of the audit that the change feed shows: all for admins and owners; for
    members, those of objects that they may see."""
    may_see = (
        table.c.noun.not_in(_NOUNS_OF_ADMINS),
        or_(table.c.visible_only_to_id.is_(None), table.c.visible_only_to_id == USER),
    )
    return and_(_in_tenant(table), or_(SEES_ALL, and_(*may_see)))


def is_for_admins(noun: str) -> bool:
    """Return whether only admins and owners may see that objects of this type have changed."""
    return noun in _NOUNS_OF_ADMINS


def can_see_change(principal: Principal, entry: Any) -> bool:
    """Return whether `visible_changes` is true of an entry of the principal's tenant, and the scopes of an API key
    include its object."""
    if principal.scopes is not None and entry.noun not in readable_nouns(principal.scopes):
        return False
    if principal.can_see_all:
        return True
    return not is_for_admins(entry.noun) and entry.visible_only_to_id in (None, principal.user_id)


@lru_cache(MAX_CACHED_SCOPES)
def readable_nouns(scopes: str) -> frozenset[str]:
    """Return the types of objects whose changes an API key with these scopes may follow."""
    return frozenset(model.__name__ for model in list_models() if grants(scopes, Scope(getattr(model, "domain", None))))


def _in_tenant(table: FromClause) -> ColumnElement[bool]:
    return table.c.tenant_id == TENANT


def _memberships(table: FromClause) -> ColumnElement[bool]:
    """All memberships of the current tenant, and those of the user's account in open tenants."""
    tenant = _alias(Tenant)
    is_open = exists().where(tenant.c.id == table.c.tenant_id, tenant.c.closed_at.is_(None))
    return or_(table.c.tenant_id == TENANT, and_(table.c.user_id == ACCOUNT, is_open))


def _invitations(table: FromClause) -> ColumnElement[bool]:
    """The invitations of the current tenant, if the user is an owner or admin. API keys see none."""
    member = _alias(Membership)
    can_invite = [member.c.tenant_id == TENANT, member.c.user_id == USER, member.c.role.in_((Role.OWNER, Role.ADMIN))]
    return and_(table.c.tenant_id == TENANT, exists().where(*can_invite))


def _tenants(table: FromClause) -> ColumnElement[bool]:
    """The current tenant and the tenants that the user is a member of, unless closed."""
    member = _alias(Membership)
    is_member = exists().where(member.c.tenant_id == table.c.id, member.c.user_id == ACCOUNT)
    return and_(or_(table.c.id == TENANT, is_member), table.c.closed_at.is_(None))


def _users(table: FromClause) -> ColumnElement[bool]:
    """The user, and the members of the current tenant."""
    member = _alias(Membership)
    return or_(table.c.id == USER, exists().where(member.c.user_id == table.c.id, member.c.tenant_id == TENANT))


def _orders(table: FromClause) -> ColumnElement[bool]:
    """For members, the orders they placed; for admins and owners, all orders."""
    return and_(_in_tenant(table), or_(SEES_ALL, table.c.placed_by_id == USER))


def _order_items(table: FromClause) -> ColumnElement[bool]:
    """The items of the visible orders."""
    order = _alias(Order)
    is_own = exists().where(order.c.id == table.c.order_id, _in_tenant(order), order.c.placed_by_id == USER)
    return and_(_in_tenant(table), or_(SEES_ALL, is_own))


def _articles(table: FromClause) -> ColumnElement[bool]:
    """For members, the published articles and their own drafts; for admins and owners, all articles."""
    is_published = table.c.status == ArticleStatus.PUBLISHED
    return and_(_in_tenant(table), or_(is_published, SEES_ALL, table.c.author_id == USER))


def _for_admins(table: FromClause) -> ColumnElement[bool]:
    """For admins and owners, all rows of the tenant; for members, none."""
    return and_(_in_tenant(table), SEES_ALL)


def _all_rows(_table: FromClause) -> ColumnElement[bool]:
    """For superusers, all rows: of the tenants, also closed ones."""
    return _is_superuser()


def _all_users(table: FromClause) -> ColumnElement[bool]:
    """For superusers, all users that are not deleted."""
    return and_(table.c.deleted_at.is_(None), _is_superuser())


def _all_sessions(table: FromClause) -> ColumnElement[bool]:
    """For superusers, all sessions that are not revoked."""
    return and_(table.c.revoked_at.is_(None), _is_superuser())


def _is_superuser() -> ColumnElement[bool]:
    user = _alias(User)
    return exists().where(user.c.id == USER, user.c.is_superuser, user.c.is_active)


def _api_keys(table: FromClause) -> ColumnElement[bool]:
    """The API keys of the current tenant. No RLS policy backs this: keys are looked up before the tenant is known."""
    return table.c.tenant_id == TENANT


def _sessions(table: FromClause) -> ColumnElement[bool]:
    """The sessions of the user's account that are not revoked, and those in which this user acts as another one. For
    owners, also those in which a superuser acts as a member of the current tenant; the superuser sees these, too."""
    is_own = or_(table.c.user_id == ACCOUNT, table.c.impersonator_id == ACCOUNT)
    is_here = and_(table.c.only_tenant_id == TENANT, or_(table.c.user_id == USER, _is_owner()))
    return and_(or_(is_own, is_here), table.c.revoked_at.is_(None))


def _sign_in_events(table: FromClause) -> ColumnElement[bool]:
    """The user's own sign-in events; for owners, also those of the current tenant."""
    return or_(table.c.user_id == ACCOUNT, and_(table.c.tenant_id == TENANT, _is_owner()))


def _is_owner() -> ColumnElement[bool]:
    member = _alias(Membership)
    return exists().where(member.c.tenant_id == TENANT, member.c.user_id == USER, member.c.role == Role.OWNER)


def _own(table: FromClause) -> ColumnElement[bool]:
    """The rows of the user's account."""
    return table.c.user_id == ACCOUNT


def _alias(model: Any) -> FromClause:
    return table_of(model).alias()


def _table_name(table: Any) -> str:
    """Return the name of the table, also for an alias of it."""
    return str(getattr(table, "element", table).name)


_RULES = {
    Account.__tablename__: _for_admins,
    AuditEntry.__tablename__: _for_admins,
    Event.__tablename__: _for_admins,
    LedgerEntry.__tablename__: _for_admins,
    Transfer.__tablename__: _for_admins,
    Article.__tablename__: _articles,
    Order.__tablename__: _orders,
    OrderItem.__tablename__: _order_items,
    Invitation.__tablename__: _invitations,
    ApiKey.__tablename__: _api_keys,
    LinkedIssuer.__tablename__: _own,
    Membership.__tablename__: _memberships,
    Passkey.__tablename__: _own,
    RecoveryCode.__tablename__: _own,
    SecondFactor.__tablename__: _own,
    Session.__tablename__: _sessions,
    SignInEvent.__tablename__: _sign_in_events,
    Tenant.__tablename__: _tenants,
    User.__tablename__: _users,
    Webhook.__tablename__: _for_admins,
    WebhookDelivery.__tablename__: _for_admins,
}
_SERVER_WIDE_RULES = {
    PersistedDocument.__tablename__: _all_rows,
    Session.__tablename__: _all_sessions,
    Tenant.__tablename__: _all_rows,
    User.__tablename__: _all_users,
}
_NOUNS_OF_ADMINS = tuple(
    sorted(
        get_model(name).__name__
        for name, rule in _RULES.items()
        if rule in {_for_admins, _invitations, _api_keys, _order_items, _sign_in_events}
    )
)
"""The types whose changes members do not follow. (Order items change together with their order.)"""
