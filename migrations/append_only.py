"""Tables that only grow: the database itself refuses to change or delete their rows, as an operation that migrations
can name. It holds for whoever writes, the tables' owner and PostgreSQL's superuser included; the owner alone can take
the triggers off (server/append_only.py), as they can drop the table.
"""

from collections.abc import Iterator
from typing import Any

from alembic.autogenerate import renderers
from alembic.operations import MigrateOperation, Operations
from sqlalchemy import Table, UniqueConstraint

Key = tuple[str, ...]


def keys_of(table: Table) -> list[Key]:
    """What is unique about its rows."""
    unique = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    return sorted(tuple(column.name for column in each.columns) for each in (table.primary_key, *unique))


@Operations.register_operation("make_append_only")
class MakeAppendOnly(MigrateOperation):
    """`op.make_append_only("event", ("tenant_id", "id"), …)`: its rows stay as they are; `keys` are what is unique."""

    def __init__(self, table_name: str, *keys: Key) -> None:
        self.table_name = table_name
        self.keys = keys

    @classmethod
    def make_append_only(cls, operations: Operations, table_name: str, *keys: Key) -> Any:
        return operations.invoke(cls(table_name, *keys))

    def reverse(self) -> "MakeChangeable":
        return MakeChangeable(self.table_name, *self.keys)


@Operations.register_operation("make_changeable")
class MakeChangeable(MigrateOperation):
    """`op.make_changeable("event", …)`: the reverse, which comes before the table is dropped."""

    def __init__(self, table_name: str, *keys: Key) -> None:
        self.table_name = table_name
        self.keys = keys

    @classmethod
    def make_changeable(cls, operations: Operations, table_name: str, *keys: Key) -> Any:
        return operations.invoke(cls(table_name, *keys))

    def reverse(self) -> MakeAppendOnly:
        return MakeAppendOnly(self.table_name, *self.keys)


@Operations.implementation_for(MakeAppendOnly)
def _make_append_only(operations: Operations, operation: MakeAppendOnly) -> None:
    table = operation.table_name
    makers = {"postgresql": _postgresql_triggers, "sqlite": _sqlite_triggers}
    for statement in makers[operations.get_context().dialect.name](table, operation.keys):
        operations.execute(statement)


@Operations.implementation_for(MakeChangeable)
def _make_changeable(operations: Operations, operation: MakeChangeable) -> None:
    table = operation.table_name
    if operations.get_context().dialect.name == "postgresql":
        operations.execute(f'DROP TRIGGER append_only ON "{table}"')
        operations.execute(f'DROP TRIGGER append_only_whole ON "{table}"')
        operations.execute(f"DROP FUNCTION refuse_change_of_{table}()")
    else:
        for event in ("update", "delete", "replacement"):
            operations.execute(f"DROP TRIGGER {table}_refuses_{event}")


def _postgresql_triggers(table: str, _keys: tuple[Key, ...]) -> Iterator[str]:
    yield f"""
        CREATE FUNCTION refuse_change_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{table} is append-only, % is refused', TG_OP USING ERRCODE = 'restrict_violation';
        END
        $$
    """
    refuse = f"EXECUTE FUNCTION refuse_change_of_{table}()"
    yield f'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW {refuse}'
    yield f'CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT {refuse}'


def _sqlite_triggers(table: str, keys: tuple[Key, ...]) -> Iterator[str]:
    """INSERT OR REPLACE deletes without telling triggers, so it is met before."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    yield f"CREATE TRIGGER {table}_refuses_update BEFORE UPDATE ON {table} {refuse}"
    yield f"CREATE TRIGGER {table}_refuses_delete BEFORE DELETE ON {table} {refuse}"
    same = (" AND ".join(f"{column} = NEW.{column}" for column in key) for key in keys)
    there = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {each})" for each in same)  # noqa: S608 -- made of our own names
    yield f"CREATE TRIGGER {table}_refuses_replacement BEFORE INSERT ON {table} WHEN {there} {refuse}"


def _rendered(name: str, operation: MakeAppendOnly | MakeChangeable) -> str:
    return f"op.{name}({', '.join(map(repr, (operation.table_name, *operation.keys)))})"


@renderers.dispatch_for(MakeAppendOnly)
def _render_append_only(_context: Any, operation: MakeAppendOnly) -> str:
    return _rendered("make_append_only", operation)


@renderers.dispatch_for(MakeChangeable)
def _render_changeable(_context: Any, operation: MakeChangeable) -> str:
    return _rendered("make_changeable", operation)
