"""The Alembic environment: one migration history for PostgreSQL and SQLite.

Attributes of the configuration: `database_url`; `lock_timeout`, in seconds, 0 by default for none; `report_blockers`, a
function that gets the transactions that the migration waits for; `render_as_batch`.
"""

import asyncio
from functools import partial
from typing import Any

from alembic import context
from alembic.autogenerate import rewriter
from alembic.operations import ops
from sqlalchemy import JSON, String, event, pool
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

import models  # noqa: F401  (registers the tables)
from migrations import append_only, batch_updates, policies  # noqa: F401  (registers an operation)
from migrations.applied_migrations import APPLIED, record_applied
from migrations.copied_tables import preserve_triggers
from migrations.distributed_tables import IS_ON_CITUS, detect_distribution
from migrations.locks import LOCK_TIMEOUT, BlockerWatch, limit_lock_waits, migration_lock
from migrations.online_operations import CREATES_DATABASE
from models.money import Money
from server.config.database_url import ConnectionDefaults, parse_database_url

SQLITE_LOCK_SECONDS = 300
"""How long a migration of an SQLite database waits for another one, or for a write of a server."""

protect_new_tables = rewriter.Rewriter()


@protect_new_tables.rewrites(ops.CreateTableOp)
def _add_protection(_context: Any, _revision: Any, operation: ops.CreateTableOp) -> Any:
    """Add the policy of a new tenant-owned table and the triggers of a new append-only table to the migration."""
    columns: Any = operation.columns
    added: list[ops.MigrateOperation] = []
    if any(getattr(column, "name", None) == "tenant_id" and column.primary_key for column in columns):
        added.append(policies.ProtectTenantTable(operation.table_name))
    operation.info.clear()  # the added operations replace it
    if (keys := _append_only_keys(operation.table_name)) is not None:
        added.append(
            append_only.MakeAppendOnly(operation.table_name, *keys, fixed=_fixed_columns(operation.table_name))
        )
    return [operation, *added]


@protect_new_tables.rewrites(ops.DropTableOp)
def _remove_protection(_context: Any, _revision: Any, operation: ops.DropTableOp) -> Any:
    """Drop the triggers of an append-only table before the table."""
    if (keys := _append_only_keys(operation.table_name)) is not None:
        fixed = _fixed_columns(operation.table_name)
        return [append_only.MakeChangeable(operation.table_name, *keys, fixed=fixed), operation]
    return operation


def _append_only_keys(table_name: str) -> list[append_only.Key] | None:
    """Return the unique keys of an append-only table, or None for other tables."""
    table = SQLModel.metadata.tables.get(table_name)
    return None if table is None or not table.info.get("append_only") else append_only.list_unique_keys(table)


def _fixed_columns(table_name: str) -> append_only.Key:
    """Return the columns that even a purge does not change; none if the table has no purges."""
    table = SQLModel.metadata.tables[table_name]
    emptied = table.info.get("emptied_by_purge", ())
    return tuple(column.name for column in table.c if column.name not in emptied) if emptied else ()


def render_item(object_type: str, item: Any, _autogenerate: Any) -> str | bool:
    """Render plain SQLAlchemy types, so that migrations do not import the models."""
    if object_type == "type" and isinstance(item, AutoString):
        plain: Any = item.impl
        return f"sa.String(length={plain.length})"
    if object_type == "type" and isinstance(item, Money):
        return "sa.BigInteger()"
    if object_type == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if object_type == "type" and isinstance(item, String) and "postgresql" in item._variant_mapping:
        return f"text(length={item.length})"
    if object_type == "type" and isinstance(item, JSON) and "postgresql" in item._variant_mapping:
        return "document()"
    return False


def include_name(name: str | None, object_type: str, _parents: Any) -> bool:
    """Ignore the tables of full-text search, which differ between the databases, and that of applied migrations."""
    return object_type != "table" or name is None or not name.startswith(("search_", APPLIED.name))


def _default_differs(_context: Any, _inspected: Any, column: Any, *_: Any) -> bool | None:
    """Compare server defaults: SQLite has no identity columns, so they never differ. None leaves it to Alembic."""
    return False if column.identity is not None else None


def context_options(dialect: str) -> dict[str, Any]:
    """Return the options of the online and the offline mode. SQLite alters a table by copying it, in a batch.

    All migrations of one call are one transaction, on SQLite too, where Alembic's default is none.
    """
    return {
        "target_metadata": SQLModel.metadata,
        "compare_type": True,
        "compare_server_default": _default_differs if dialect == "sqlite" else True,
        "render_as_batch": context.config.attributes.get("render_as_batch", dialect == "sqlite"),
        "render_item": render_item,
        "include_name": include_name,
        "process_revision_directives": protect_new_tables,
        "on_version_apply": partial(record_applied, context.script),
        "transactional_ddl": True,
        "transaction_per_migration": False,
    }


def run_migrations(connection: Connection, watch: BlockerWatch | None = None) -> None:
    """Run the migrations on this connection, in one transaction, except those that run outside of transactions.

    On SQLite it has the write lock from its beginning. The revision is read after the lock is acquired: a process that
    waited for another one has nothing to do.
    """
    context.configure(connection=connection, **context_options(connection.dialect.name))
    if connection.dialect.name == "sqlite":
        preserve_triggers(connection)
    with context.begin_transaction():
        migration_context = context.get_context()
        migration_context.opts[CREATES_DATABASE] = not migration_context.get_current_heads()
        migration_context.opts[IS_ON_CITUS] = detect_distribution(connection)
        if watch is not None:
            seconds = migration_context.opts[LOCK_TIMEOUT] = context.config.attributes.get("lock_timeout", 0)
            limit_lock_waits(connection, seconds)
            watch.start(connection)
        context.run_migrations()


def create_engine(url: str) -> AsyncEngine:
    """Create an engine without a pool. On SQLite, its transactions hold the write lock from their beginning."""
    unlimited = ConnectionDefaults(statement_timeout=0, idle_transaction_timeout=0)  # creating an index may take long
    database = parse_database_url(url, unlimited)
    engine = create_async_engine(database.url, connect_args=dict(database.connect_args), poolclass=pool.NullPool)
    if database.dialect == "sqlite":
        event.listen(engine.sync_engine, "connect", _disable_driver_transactions)
        event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _disable_driver_transactions(connection: Any, _record: Any) -> None:
    """Leave transactions to SQLAlchemy: the driver begins them before DML only, so each CREATE TABLE would commit."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {SQLITE_LOCK_SECONDS * 1000}")
    cursor.close()


async def run_online(url: str) -> None:
    """Migrate the database at this URL. Processes that migrate the same database wait for each other."""
    engine = create_engine(url)
    try:
        if engine.dialect.name == "sqlite":
            async with engine.connect() as connection:
                await connection.run_sync(run_migrations)
        else:
            await run_on_postgresql(engine)
    finally:
        await engine.dispose()


async def run_on_postgresql(engine: AsyncEngine) -> None:
    """Run the migrations with the lock of migrations, and read what they wait for."""
    watch = BlockerWatch(engine, context.config.attributes.get("report_blockers", list))
    async with migration_lock(engine), watch.running(), engine.connect() as connection:
        await connection.run_sync(run_migrations, watch)


def database_url() -> str:
    """Return the URL passed to Alembic as the attribute `database_url`, or else the one in the server's settings."""
    configured = context.config.attributes.get("database_url")
    if configured is not None:
        return str(configured)
    from server.config.settings import load_settings

    return load_settings().database_url.get_secret_value()


if context.is_offline_mode():
    url = parse_database_url(database_url()).url
    context.configure(
        url=url, literal_binds=True, dialect_opts={"paramstyle": "named"}, **context_options(url.get_backend_name())
    )
    with context.begin_transaction():
        context.run_migrations()
else:
    asyncio.run(run_online(database_url()))
