"""Which rows a caller may see: the one place in the application where it is written.

Behind it, PostgreSQL's row-level security says the same of every table of a tenant's. The tenant and the user are
parameters that the reader and the unit of work fill in; a statement cannot be run without them.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Uuid, and_, bindparam, exists, or_

from models import ApiKey, Membership, Session, Tenant, User
from models.relations import table_of

TENANT = bindparam("tenant", type_=Uuid())
USER = bindparam("user", type_=Uuid())


def visible(table: FromClause) -> ColumnElement[bool]:
    """The rows of this table (or alias of one) that the caller may see."""
    return _OWN_RULES.get(_name(table), _of_the_tenant)(table)


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
    ApiKey.__tablename__: _api_keys,
    Membership.__tablename__: _memberships,
    Session.__tablename__: _sessions,
    Tenant.__tablename__: _tenants,
    User.__tablename__: _users,
}
