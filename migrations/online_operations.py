"""Alembic operations that change big tables while servers read and write them.

On PostgreSQL they run outside of a transaction, so a migration with one of them contains nothing else, and can run
again after a failure. SQLite has one writer at a time in any case; there, and in a database that is being created, they
are the ordinary operations.
"""

from typing import Any

import sqlalchemy as sa
from alembic.operations import MigrateOperation, Operations
from sqlalchemy.exc import DBAPIError

CREATES_DATABASE = "creates_database"
"""The option of Alembic's context in a database that no server uses yet."""
_IS_INVALID = sa.text("SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")


@Operations.register_operation("create_index_concurrently")
class CreateIndexConcurrently(MigrateOperation):
    """`op.create_index_concurrently("ix_task_…", "task", ["tenant_id", …])`: create an index of an existing table."""

    def __init__(
        self, name: str, table_name: str, columns: list[Any], *, unique: bool = False, where: str | None = None
    ) -> None:
        self.name, self.table_name, self.columns = name, table_name, columns
        self.options: dict[str, Any] = {"unique": unique}
        if where is not None:
            self.options |= {"postgresql_where": sa.text(where), "sqlite_where": sa.text(where)}

    @classmethod
    def create_index_concurrently(
        cls, operations: Operations, name: str, table_name: str, columns: list[Any], **options: Any
    ) -> Any:
        return operations.invoke(cls(name, table_name, columns, **options))


@Operations.register_operation("drop_index_concurrently")
class DropIndexConcurrently(MigrateOperation):
    """`op.drop_index_concurrently("ix_task_…", "task")`: drop an index."""

    def __init__(self, name: str, table_name: str) -> None:
        self.name, self.table_name = name, table_name

    @classmethod
    def drop_index_concurrently(cls, operations: Operations, name: str, table_name: str) -> Any:
        return operations.invoke(cls(name, table_name))


@Operations.register_operation("validate_constraint")
class ValidateConstraint(MigrateOperation):
    """`op.validate_constraint("task", "ck_task_…")`: check the existing rows of a constraint that was added NOT VALID.

    Reads and writes continue meanwhile. SQLite has no such constraints."""

    def __init__(self, table_name: str, name: str) -> None:
        self.table_name, self.name = table_name, name

    @classmethod
    def validate_constraint(cls, operations: Operations, table_name: str, name: str) -> Any:
        return operations.invoke(cls(table_name, name))


def runs_concurrently(operations: Operations) -> bool:
    """Return whether servers may be using the tables, on a database that has concurrent operations."""
    context = operations.get_context()
    return context.dialect.name == "postgresql" and not context.opts.get(CREATES_DATABASE)


@Operations.implementation_for(CreateIndexConcurrently)
def _create_index(operations: Operations, operation: CreateIndexConcurrently) -> None:
    arguments = (operation.name, operation.table_name, operation.columns)
    if not runs_concurrently(operations):
        operations.create_index(*arguments, **operation.options)
        return
    with operations.get_context().autocommit_block():
        _drop_invalid_index(operations, operation)
        try:
            operations.create_index(*arguments, **operation.options, postgresql_concurrently=True, if_not_exists=True)
        except DBAPIError:
            _drop_invalid_index(operations, operation)
            raise


def _drop_invalid_index(operations: Operations, operation: CreateIndexConcurrently) -> None:
    """Drop what an attempt has left that was interrupted: PostgreSQL maintains such an index, but does not use it."""
    if operations.get_context().as_sql:
        return
    if operations.get_bind().execute(_IS_INVALID, {"name": f'"{operation.name}"'}).scalar():
        operations.drop_index(operation.name, operation.table_name, postgresql_concurrently=True, if_exists=True)


@Operations.implementation_for(DropIndexConcurrently)
def _drop_index(operations: Operations, operation: DropIndexConcurrently) -> None:
    if not runs_concurrently(operations):
        operations.drop_index(operation.name, operation.table_name)
        return
    with operations.get_context().autocommit_block():
        operations.drop_index(operation.name, operation.table_name, postgresql_concurrently=True, if_exists=True)


@Operations.implementation_for(ValidateConstraint)
def _validate(operations: Operations, operation: ValidateConstraint) -> None:
    if operations.get_context().dialect.name == "postgresql":
        operations.execute(f'ALTER TABLE "{operation.table_name}" VALIDATE CONSTRAINT "{operation.name}"')
