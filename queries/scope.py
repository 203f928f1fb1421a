"""Which rows a caller may see: the one place in the application where it is written.

Behind it, PostgreSQL's row-level security says once more which tenant the rows are of. The tenant, the user and whether
they see what is other people's are parameters that the reader and the unit of work fill in; a statement cannot be run
without them.
"""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, FromClause, Uuid, and_, bindparam, exists, or_

from models import (
    Account,
    ApiKey,
    Event,
    Invitation,
    LedgerEntry,
    Membership,
    Order,
    OrderItem,
    Session,
    Tenant,
    Transfer,
    User,
)
from models.membership import Role
from models.relations import table_of

TENANT = bindparam("tenant", type_=Uuid())
USER = bindparam("user", type_=Uuid())
SEES_ALL = bindparam("sees_all", type_=Boolean())
"""Whether the role lets them see what belongs to other members."""


def visible(table: FromClause, *, whole_server: bool = False) -> ColumnElement[bool]:
    """The rows of this table (or alias of one) that the caller may see; where those of the whole server are asked for,
    which few tables allow, a superuser sees them all and everybody else none."""
    return _WHOLE_SERVER[_name(table)](table) if whole_server else _OWN_RULES.get(_name(table), _of_the_tenant)(table)


def current(table: FromClause) -> ColumnElement[bool]:
    """The current tenant, or what names it; beside `visible`, where one may see others, too."""
    return (table.c.id if _name(table) == Tenant.__tablename__ else table.c.tenant_id) == TENANT


def recorded(table: FromClause) -> ColumnElement[bool]:
    """The tenant's rows of a record that the caller adds to, whether they may read it or not."""
    return _of_the_tenant(table)


def _of_the_tenant(table: FromClause) -> ColumnElement[bool]:
    return table.c.tenant_id == TENANT


def _memberships(table: FromClause) -> ColumnElement[bool]:
    """Those of the current tenant, and one's own wherever it is open."""
    other = _alias(Tenant)
    is_open = exists().where(other.c.id == table.c.tenant_id, other.c.closed_at.is_(None))
    return or_(table.c.tenant_id == TENANT, and_(table.c.user_id == USER, is_open))


def _invitations(table: FromClause) -> ColumnElement[bool]:
    """Those of the current tenant, for who may invite; they are people, so a key sees none."""
    other = _alias(Membership)
    may_invite = [other.c.tenant_id == TENANT, other.c.user_id == USER, other.c.role.in_((Role.OWNER, Role.ADMIN))]
    return and_(table.c.tenant_id == TENANT, exists().where(*may_invite))


def _tenants(table: FromClause) -> ColumnElement[bool]:
    """The current one, and those one is a member of, while they are open."""
    other = _alias(Membership)
    is_member = exists().where(other.c.tenant_id == table.c.id, other.c.user_id == USER)
    return and_(or_(table.c.id == TENANT, is_member), table.c.closed_at.is_(None))


def _users(table: FromClause) -> ColumnElement[bool]:
    """Oneself, and the people of the current tenant."""
    other = _alias(Membership)
    return or_(table.c.id == USER, exists().where(other.c.user_id == table.c.id, other.c.tenant_id == TENANT))


def _orders(table: FromClause) -> ColumnElement[bool]:
    """Members see the orders that they placed, admins and owners all."""
    return and_(_of_the_tenant(table), or_(SEES_ALL, table.c.placed_by_id == USER))


def _order_items(table: FromClause) -> ColumnElement[bool]:
    """Those of the orders that one sees."""
    other = _alias(Order)
    mine = exists().where(other.c.id == table.c.order_id, _of_the_tenant(other), other.c.placed_by_id == USER)
    return and_(_of_the_tenant(table), or_(SEES_ALL, mine))


def _for_admins(table: FromClause) -> ColumnElement[bool]:
    """What is none of the members' business."""
    return and_(_of_the_tenant(table), SEES_ALL)


def _all_users(table: FromClause) -> ColumnElement[bool]:
    """Everybody but those who were deleted, for superusers."""
    return and_(table.c.deleted_at.is_(None), _is_superuser())


def _all_sessions(table: FromClause) -> ColumnElement[bool]:
    """All that were not ended, for superusers."""
    return and_(table.c.revoked_at.is_(None), _is_superuser())


def _is_superuser() -> ColumnElement[bool]:
    user = _alias(User)
    return exists().where(user.c.id == USER, user.c.is_superuser, user.c.is_active)


def _api_keys(table: FromClause) -> ColumnElement[bool]:
    """Those of the current tenant. (No policy stands behind this: a key is looked up before there is a tenant.)"""
    return table.c.tenant_id == TENANT


def _sessions(table: FromClause) -> ColumnElement[bool]:
    """One's own that were not ended."""
    return and_(table.c.user_id == USER, table.c.revoked_at.is_(None))


def _alias(model: Any) -> FromClause:
    return table_of(model).alias()


def _name(table: Any) -> str:
    """The table's own name, whatever alias it goes by."""
    return str(getattr(table, "element", table).name)


_OWN_RULES = {
    Account.__tablename__: _for_admins,
    Event.__tablename__: _for_admins,
    LedgerEntry.__tablename__: _for_admins,
    Transfer.__tablename__: _for_admins,
    Order.__tablename__: _orders,
    OrderItem.__tablename__: _order_items,
    Invitation.__tablename__: _invitations,
    ApiKey.__tablename__: _api_keys,
    Membership.__tablename__: _memberships,
    Session.__tablename__: _sessions,
    Tenant.__tablename__: _tenants,
    User.__tablename__: _users,
}
_WHOLE_SERVER = {
    Session.__tablename__: _all_sessions,
    User.__tablename__: _all_users,
}
