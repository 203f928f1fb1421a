"""Alembic's environment: one history for PostgreSQL and SQLite."""

import asyncio
from typing import Any

from alembic import context
from alembic.autogenerate import rewriter
from alembic.operations import ops
from sqlalchemy import JSON, String, pool
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

import models  # noqa: F401  (registers the tables)
from migrations import append_only, policies
from models.money import Money
from server.database_url import ConnectionDefaults, translate

LOCK = 7211531
"""An arbitrary number that only our migrators know: one at a time, whatever machine they run on."""

protect_new_tables = rewriter.Rewriter()


@protect_new_tables.rewrites(ops.CreateTableOp)
def _protect(_context: Any, _revision: Any, operation: ops.CreateTableOp) -> Any:
    """A new table of a tenant's gets its policy in the same migration, and one that only grows its triggers."""
    columns: Any = operation.columns
    more: list[ops.MigrateOperation] = []
    if any(getattr(each, "name", None) == "tenant_id" and each.primary_key for each in columns):
        more.append(policies.ProtectTenantTable(operation.table_name))
    operation.info.clear()  # what it says is done by the operations behind it
    if (keys := _only_grows(operation.table_name)) is not None:
        more.append(append_only.MakeAppendOnly(operation.table_name, *keys))
    return [operation, *more]


@protect_new_tables.rewrites(ops.DropTableOp)
def _open(_context: Any, _revision: Any, operation: ops.DropTableOp) -> Any:
    """What makes a table only grow goes before it."""
    if (keys := _only_grows(operation.table_name)) is not None:
        return [append_only.MakeChangeable(operation.table_name, *keys), operation]
    return operation


def _only_grows(name: str) -> list[append_only.Key] | None:
    """The keys of a table that only grows."""
    table = SQLModel.metadata.tables.get(name)
    return None if table is None or not table.info.get("append_only") else append_only.keys_of(table)


def render_item(kind: str, item: Any, _autogenerate: Any) -> str | bool:
    """Write plain SQLAlchemy types, so that a migration never imports the models."""
    if kind == "type" and isinstance(item, AutoString):
        plain: Any = item.impl
        return f"sa.String(length={plain.length})"
    if kind == "type" and isinstance(item, Money):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, String) and "postgresql" in item._variant_mapping:
        return f"text(length={item.length})"
    if kind == "type" and isinstance(item, JSON) and "postgresql" in item._variant_mapping:
        return "document()"
    return False


def _default_differs(_context: Any, _inspected: Any, column: Any, *_: Any) -> bool | None:
    """Whether a default is another than the models'. None leaves it to Alembic; SQLite has no identities to compare."""
    return False if column.identity is not None else None


def options(dialect: str) -> dict[str, Any]:
    """What both ways of running share. SQLite changes a table by copying it."""
    return {
        "target_metadata": SQLModel.metadata,
        "compare_type": True,
        "compare_server_default": _default_differs if dialect == "sqlite" else True,
        "render_as_batch": dialect == "sqlite",
        "render_item": render_item,
        "process_revision_directives": protect_new_tables,
        "transaction_per_migration": True,
    }


def run(connection: Connection) -> None:
    """Migrate over this connection."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK})")
        connection.commit()
    context.configure(connection=connection, **options(connection.dialect.name))
    with context.begin_transaction():
        context.run_migrations()


async def online(text: str) -> None:
    """Migrate the database at this URL."""
    database = translate(text, ConnectionDefaults(statement_timeout=0))  # an index may take its time
    engine = create_async_engine(database.url, connect_args=dict(database.connect_args), poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


def database_url() -> str:
    """Where to migrate: what the caller names, or what the server's settings say."""
    named = context.config.attributes.get("database_url")
    if named is not None:
        return str(named)
    from server.settings import load_settings

    return load_settings().database_url.get_secret_value()


if context.is_offline_mode():
    url = translate(database_url()).url
    context.configure(
        url=url, literal_binds=True, dialect_opts={"paramstyle": "named"}, **options(url.get_backend_name())
    )
    with context.begin_transaction():
        context.run_migrations()
elif (given := context.config.attributes.get("connection")) is not None:  # whoever calls has one already
    run(given)
else:
    asyncio.run(online(database_url()))
