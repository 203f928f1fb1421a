"""Alembic operations for append-only tables, whose triggers reject UPDATE, DELETE and TRUNCATE.

The triggers apply to all roles, including the owner of the table and superusers. Only the owner can disable them
(database/append_only.py), as only the owner can drop the table.
"""

from collections.abc import Iterator
from typing import Any

from alembic.autogenerate import renderers
from alembic.operations import MigrateOperation, Operations
from sqlalchemy import Table, UniqueConstraint

Key = tuple[str, ...]


def list_unique_keys(table: Table) -> list[Key]:
    """List the columns of the primary key and of each unique constraint."""
    unique = [constraint for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
    return sorted(tuple(column.name for column in constraint.columns) for constraint in (table.primary_key, *unique))


@Operations.register_operation("make_append_only")
class MakeAppendOnly(MigrateOperation):
    """`op.make_append_only("event", ("tenant_id", "id"), …)`: create the triggers; `keys` are the unique keys.

    If `fixed` names columns, UPDATE may empty the others, `before` and `after`, in the rows of an object that has
    a row with the action PURGED."""

    def __init__(self, table_name: str, *keys: Key, fixed: Key = ()) -> None:
        self.table_name = table_name
        self.keys = keys
        self.fixed = fixed

    @classmethod
    def make_append_only(cls, operations: Operations, table_name: str, *keys: Key, fixed: Key = ()) -> Any:
        return operations.invoke(cls(table_name, *keys, fixed=fixed))

    def reverse(self) -> "MakeChangeable":
        return MakeChangeable(self.table_name, *self.keys, fixed=self.fixed)


@Operations.register_operation("make_changeable")
class MakeChangeable(MigrateOperation):
    """`op.make_changeable("event", …)`: drop the triggers; to be run before the table is dropped."""

    def __init__(self, table_name: str, *keys: Key, fixed: Key = ()) -> None:
        self.table_name = table_name
        self.keys = keys
        self.fixed = fixed

    @classmethod
    def make_changeable(cls, operations: Operations, table_name: str, *keys: Key, fixed: Key = ()) -> Any:
        return operations.invoke(cls(table_name, *keys, fixed=fixed))

    def reverse(self) -> MakeAppendOnly:
        return MakeAppendOnly(self.table_name, *self.keys, fixed=self.fixed)


@Operations.register_operation("fix_columns")
class FixColumns(MigrateOperation):
    """`op.fix_columns("audit_entry", ("tenant_id", "id", …))`: set which columns of a table, which is append-only
    already, UPDATE may not change in the rows of a purged object. For columns that a migration adds."""

    def __init__(self, table_name: str, fixed: Key) -> None:
        self.table_name = table_name
        self.fixed = fixed

    @classmethod
    def fix_columns(cls, operations: Operations, table_name: str, fixed: Key) -> Any:
        return operations.invoke(cls(table_name, fixed))


@Operations.implementation_for(FixColumns)
def _fix_columns(operations: Operations, operation: FixColumns) -> None:
    table, fixed = operation.table_name, operation.fixed
    if operations.get_context().dialect.name == "postgresql":
        operations.execute(_postgresql_function(table, fixed))
    else:
        operations.execute(f"DROP TRIGGER {table}_refuses_update")
        operations.execute(_sqlite_update_trigger(table, fixed))


@Operations.implementation_for(MakeAppendOnly)
def _make_append_only(operations: Operations, operation: MakeAppendOnly) -> None:
    table = operation.table_name
    builders = {"postgresql": _postgresql_triggers, "sqlite": _sqlite_triggers}
    for statement in builders[operations.get_context().dialect.name](table, operation.keys, operation.fixed):
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


def _postgresql_triggers(table: str, _keys: tuple[Key, ...], fixed: Key) -> Iterator[str]:
    yield _postgresql_function(table, fixed)
    reject = f"EXECUTE FUNCTION refuse_change_of_{table}()"
    yield f'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW {reject}'
    yield f'CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT {reject}'


def _postgresql_function(table: str, fixed: Key) -> str:
    return f"""
        CREATE OR REPLACE FUNCTION refuse_change_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {_return_purged(table, fixed)}
            RAISE EXCEPTION '{table} is append-only, % is refused', TG_OP USING ERRCODE = 'restrict_violation';
        END
        $$
    """


def _return_purged(table: str, fixed: Key) -> str:
    """Return the statement that permits an update. The columns are compared in UPDATE only: TRUNCATE has no rows."""
    equals = "IS NOT DISTINCT FROM"
    return (
        f"IF TG_OP = 'UPDATE' THEN IF {_is_purge(table, fixed, equals)} THEN RETURN NEW; END IF; END IF;"
        if fixed
        else ""
    )


def _is_purge(table: str, fixed: Key, equals: str) -> str:
    is_fixed = (f"NEW.{name} {equals} OLD.{name}" for name in fixed)
    of_object = "purge.tenant_id = OLD.tenant_id AND purge.object_id = OLD.object_id AND purge.action = 'PURGED'"
    purge = f"EXISTS (SELECT 1 FROM {table} AS purge WHERE {of_object})"  # noqa: S608 -- contains names only
    return " AND ".join(("NEW.\"before\" = '{}'", "NEW.\"after\" = '{}'", *is_fixed, purge))


def _sqlite_triggers(table: str, keys: tuple[Key, ...], fixed: Key) -> Iterator[str]:
    """SQLite's INSERT OR REPLACE does not fire DELETE triggers, so an INSERT trigger rejects existing keys."""
    reject = _sqlite_rejection(table)
    yield _sqlite_update_trigger(table, fixed)
    yield f"CREATE TRIGGER {table}_refuses_delete BEFORE DELETE ON {table} {reject}"
    matches = (" AND ".join(f"{column} = NEW.{column}" for column in key) for key in keys)
    exists = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {match})" for match in matches)  # noqa: S608 -- contains names of tables and columns only
    yield f"CREATE TRIGGER {table}_refuses_replacement BEFORE INSERT ON {table} WHEN {exists} {reject}"


def _sqlite_update_trigger(table: str, fixed: Key) -> str:
    unless_purged = f"WHEN NOT ({_is_purge(table, fixed, 'IS')}) " if fixed else ""
    return f"CREATE TRIGGER {table}_refuses_update BEFORE UPDATE ON {table} {unless_purged}{_sqlite_rejection(table)}"


def _sqlite_rejection(table: str) -> str:
    return f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"


def _render(name: str, operation: MakeAppendOnly | MakeChangeable) -> str:
    fixed = [f"fixed={operation.fixed!r}"] if operation.fixed else []
    return f"op.{name}({', '.join([*map(repr, (operation.table_name, *operation.keys)), *fixed])})"


@renderers.dispatch_for(MakeAppendOnly)
def _render_append_only(_context: Any, operation: MakeAppendOnly) -> str:
    return _render("make_append_only", operation)


@renderers.dispatch_for(MakeChangeable)
def _render_changeable(_context: Any, operation: MakeChangeable) -> str:
    return _render("make_changeable", operation)
