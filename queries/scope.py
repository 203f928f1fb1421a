"""Which rows a caller may see: the one place in the application where it is written.

Behind it, PostgreSQL's row-level security says once more which tenant the rows are of. The tenant, the user and whether
they see what is other people's are parameters that the reader and the unit of work fill in; a statement cannot be run
without them.
"""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, FromClause, Uuid, and_, bindparam, exists, or_

from models import Account, Event, LedgerEntry, Membership, Order, OrderItem, Tenant, Transfer, User
from models.relations import table_of

TENANT = bindparam("tenant", type_=Uuid())
USER = bindparam("user", type_=Uuid())
SEES_ALL = bindparam("sees_all", type_=Boolean())
"""Whether the role lets them see what belongs to other members."""


def visible(table: FromClause) -> ColumnElement[bool]:
    """The rows of this table (or alias of one) that the caller may see."""
    return _OWN_RULES.get(_name(table), _of_the_tenant)(table)


def recorded(table: FromClause) -> ColumnElement[bool]:
    """The tenant's rows of a record that the caller adds to, whether they may read it or not."""
    return _of_the_tenant(table)


def _of_the_tenant(table: FromClause) -> ColumnElement[bool]:
    return table.c.tenant_id == TENANT


def _memberships(table: FromClause) -> ColumnElement[bool]:
    """Those of the current tenant, and one's own everywhere."""
    return or_(table.c.tenant_id == TENANT, table.c.user_id == USER)


def _tenants(table: FromClause) -> ColumnElement[bool]:
    """Those one is a member of."""
    other = _alias(Membership)
    return exists().where(other.c.tenant_id == table.c.id, other.c.user_id == USER)


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
    Membership.__tablename__: _memberships,
    Order.__tablename__: _orders,
    OrderItem.__tablename__: _order_items,
    Tenant.__tablename__: _tenants,
    User.__tablename__: _users,
}
