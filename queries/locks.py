"""Statements that select rows and lock them until the end of the transaction. They are built once.

Many rows are locked in the order of their ids, to avoid deadlocks.
"""

from typing import Any

from sqlalchemy import ScalarSelect, Select, Table, Uuid, bindparam, select

from models import Membership
from models.fields import member_references, tenant_references
from models.relations import get_table, table_of
from queries.filters import condition_to_sql
from queries.key_list import KEYS_PARAM, any_of
from queries.lists import PageQuery
from queries.scope import in_current_tenant, restorable, visible
from queries.statement_cache import cached_statement


@cached_statement
def select_for_update(model: Any) -> Select[Any]:
    """Select the row with the id :id FOR UPDATE: others can neither change, delete nor newly reference it."""
    table = table_of(model)
    return select(table).where(visible(table), table.c.id == bindparam("id", type_=Uuid())).with_for_update()


@cached_statement
def select_deleted_for_update(model: Any) -> Select[Any]:
    """Select the row with the id :id FOR UPDATE, whether or not it is marked as deleted."""
    table = table_of(model)
    return select(table).where(restorable(table), table.c.id == bindparam("id", type_=Uuid())).with_for_update()


@cached_statement
def select_for_no_key_update(model: Any) -> Select[Any]:
    """Select the rows with the ids in :keys FOR NO KEY UPDATE: others can neither change nor delete them."""
    table = table_of(model)
    statement = select(table).where(visible(table), any_of(table.c.id, KEYS_PARAM)).order_by(table.c.id)
    return statement.with_for_update(key_share=True)


@cached_statement
def select_many_for_update(model: Any) -> Select[Any]:
    """Select the rows with the ids in :keys FOR UPDATE: others can neither change, delete nor newly reference them."""
    table = table_of(model)
    statement = select(table).where(visible(table), any_of(table.c.id, KEYS_PARAM)).order_by(table.c.id)
    return statement.with_for_update()


@cached_statement
def select_matching_for_update(model: Any, query: PageQuery, for_deletion: bool) -> Select[Any]:  # noqa: FBT001
    """Select the first rows that match the filter, in the order of their ids, FOR UPDATE if they will be deleted,
    otherwise FOR NO KEY UPDATE."""
    table = table_of(model)
    statement = select(table).where(visible(table), condition_to_sql(query.where, table)).order_by(table.c.id)
    return statement.limit(query.size).with_for_update(key_share=not for_deletion)


@cached_statement
def select_referring(model: Any, column: str) -> Select[Any]:
    """Select the rows that refer to the rows in :keys FOR NO KEY UPDATE: their ids, and to which row they refer."""
    table = table_of(model)
    refers = any_of(table.c[column], KEYS_PARAM)
    statement = select(table.c.id, table.c[column]).where(visible(table), refers).order_by(table.c.id)
    return statement.with_for_update(key_share=True)


@cached_statement
def select_for_key_share(model: Any) -> Select[Any]:
    """Select the ids of the rows with the ids in :keys FOR KEY SHARE: others cannot delete them."""
    table = table_of(model)
    return _lock_key_share(
        select(table.c.id).where(visible(table), any_of(table.c.id, KEYS_PARAM)).order_by(table.c.id)
    )


@cached_statement
def select_references_for_key_share(model: Any, columns: tuple[str, ...]) -> Select[Any]:
    """Select the id of the row that each column would reference, or null, FOR KEY SHARE: others cannot delete it. For a
    reference to a member, this is the membership, which others cannot end."""
    tables, members = tenant_references(model), member_references(model)
    ids = (_member_id(name) if name in members else _referenced_id(get_table(tables[name]), name) for name in columns)
    return select(*(id.label(name) for name, id in zip(columns, ids, strict=True)))


@cached_statement
def select_members_for_key_share() -> Select[Any]:
    """Select the members of the current tenant among the users with the ids in :keys, as `id`. Their memberships are
    locked FOR KEY SHARE: others cannot end them."""
    member = table_of(Membership)
    is_member = (visible(member), in_current_tenant(member), any_of(member.c.user_id, KEYS_PARAM))
    return _lock_key_share(select(member.c.user_id.label("id")).where(*is_member).order_by(member.c.id))


def _member_id(parameter: str) -> ScalarSelect[Any]:
    member = table_of(Membership)
    is_member = (visible(member), in_current_tenant(member), member.c.user_id == bindparam(parameter, type_=Uuid()))
    return _lock_key_share(select(member.c.user_id).where(*is_member)).scalar_subquery()


def _referenced_id(table: Table, parameter: str) -> ScalarSelect[Any]:
    statement = select(table.c.id).where(visible(table), table.c.id == bindparam(parameter, type_=Uuid()))
    return _lock_key_share(statement).scalar_subquery()


def _lock_key_share(statement: Select[Any]) -> Select[Any]:
    return statement.with_for_update(read=True, key_share=True)
