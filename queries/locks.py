"""Statements that find rows and lock them until the transaction ends. Each is built once; ids are filled in at run
time. Where many are locked it is in one order, so that no two who want the same wait for each other in a circle."""

from typing import Any

from sqlalchemy import ScalarSelect, Select, Table, Uuid, bindparam, select

from models.fields import references
from models.relations import table_named, table_of
from queries.kept import kept
from queries.keys import KeyList, among
from queries.scope import visible

_KEYS = bindparam("keys", type_=KeyList())


@kept
def held(model: Any) -> Select[Any]:
    """The row with an `id`; until the end nobody else changes or deletes it, or points at it anew."""
    table = table_of(model)
    return select(table).where(visible(table), table.c.id == bindparam("id", type_=Uuid())).with_for_update()


@kept
def all_held(model: Any) -> Select[Any]:
    """The rows with the ids that `keys` holds; until the end nobody else changes or deletes them."""
    table = table_of(model)
    found = select(table).where(visible(table), among(table.c.id, _KEYS)).order_by(table.c.id)
    return found.with_for_update(key_share=True)


@kept
def all_kept(model: Any) -> Select[Any]:
    """The ids of the rows with the ids that `keys` holds; until the end nobody can delete them."""
    table = table_of(model)
    return _kept(select(table.c.id).where(visible(table), among(table.c.id, _KEYS)).order_by(table.c.id))


@kept
def referred_to(model: Any, names: tuple[str, ...]) -> Select[Any]:
    """One row of the ids that these columns are to hold, where there is such a row, and null where there is none; until
    the end nobody can delete what there is."""
    return select(*(_one(table_named(references(model)[name]), name).label(name) for name in names))


def _one(table: Table, name: str) -> ScalarSelect[Any]:
    found = select(table.c.id).where(visible(table), table.c.id == bindparam(name, type_=Uuid()))
    return _kept(found).scalar_subquery()


def _kept(rows: Select[Any]) -> Select[Any]:
    return rows.with_for_update(read=True, key_share=True)
