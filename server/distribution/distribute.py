"""Distributes the tables of an empty database over the nodes of Citus, and tables that migrations have added since.

Everything is one transaction: a run that is broken off has changed nothing. The foreign keys are dropped first and
added last, because a table that references a distributed one cannot be distributed itself.
"""

from collections.abc import Callable, Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from database.citus import ALLOW_TRIGGERS, CHANGE_SHARDS_IN_TURN
from database.engine import Database
from models.placement import FIRST_TABLE, Placement, placement_sql
from server.database_revision import check_revision
from server.distribution.functions import adapt_functions
from server.distribution.refusals import check_tables, refuse
from server.distribution.state import DistributionState, load_state

Report = Callable[[str], None]
"""Gets a line for each step."""
_FOREIGN_KEYS = text(
    "SELECT conrelid::regclass::text AS table_name, quote_ident(conname) AS name,"
    " pg_get_constraintdef(oid) AS definition FROM pg_constraint"
    " WHERE contype = 'f' AND connamespace = current_schema()::regnamespace AND"
    " (conrelid = ANY (CAST(CAST(:names AS text[]) AS regclass[]))"
    " OR confrelid = ANY (CAST(CAST(:names AS text[]) AS regclass[]))) ORDER BY 1, 2"
)
_TRUNCATE_TRIGGERS = text(
    "SELECT tgrelid::regclass::text AS table_name, quote_ident(tgname) AS name, pg_get_triggerdef(oid) AS definition"
    " FROM pg_trigger WHERE tgtype & 32 > 0 AND NOT tgisinternal"
    " AND tgrelid = ANY (CAST(CAST(:names AS text[]) AS regclass[])) ORDER BY 1, 2"
)
"""Citus would copy them to the shards, but drops only those of the table later."""
_SETTINGS = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
    ALLOW_TRIGGERS,
    CHANGE_SHARDS_IN_TURN,
    "SET LOCAL client_min_messages = warning",
)


async def distribute_database(database: Database, report: Report) -> None:
    """Distribute the tables that are not, adapt functions, and set what passes the tenant to the workers. Raise
    DistributionRefused, and change nothing, where that would be wrong."""
    async with database.write_engine.begin() as connection:
        state = await load_state(connection)
        refuse(connection.dialect.name, state)
        assert state is not None  # noqa: S101 -- refused otherwise
        await check_revision(connection)
        await check_tables(connection, state)
        if not await _distribute(connection, state, report):
            report("There is nothing to do: all tables are where they should be.")


async def redistribute(database: Database, report: Report) -> None:
    """After migrations: if the database is distributed, distribute what they have added."""
    async with database.read_engine.connect() as connection:
        state = await load_state(connection)
    if state is not None and state.is_distributed:
        await distribute_database(database, report)


async def _distribute(connection: AsyncConnection, state: DistributionState, report: Report) -> bool:
    for setting in _SETTINGS:
        await connection.execute(text(setting))
    if state.misplaced:
        await _place_tables(connection, state.misplaced, report)
    functions = await adapt_functions(connection)
    for function in functions:
        report(f"{function}(): adapted to shards")
    if not state.propagates_set:
        report(await _propagate_tenant(connection))
    return bool(state.misplaced or functions or not state.propagates_set)


async def _place_tables(connection: AsyncConnection, tables: Mapping[str, Placement], report: Report) -> None:
    names = {"names": [f'"{name}"' for name in tables]}
    foreign_keys = (await connection.execute(_FOREIGN_KEYS, names)).all()
    triggers = (await connection.execute(_TRUNCATE_TRIGGERS, names)).all()
    for key in foreign_keys:
        await connection.exec_driver_sql(f"ALTER TABLE {key.table_name} DROP CONSTRAINT {key.name}")
    for trigger in triggers:
        await connection.exec_driver_sql(f"DROP TRIGGER {trigger.name} ON {trigger.table_name}")
    for name, placement in sorted(tables.items(), key=lambda item: item[0] != FIRST_TABLE):
        await connection.execute(text(placement_sql(name, placement)))
        report(_describe(name, placement))
    for key in foreign_keys:
        await connection.exec_driver_sql(f"ALTER TABLE {key.table_name} ADD CONSTRAINT {key.name} {key.definition}")
    for trigger in triggers:
        await connection.exec_driver_sql(trigger.definition)
    report(f"{len(foreign_keys)} foreign keys, {len(triggers)} triggers: dropped before, and created again")


def _describe(name: str, placement: Placement) -> str:
    return f"{name}: {'copied to every node' if placement is Placement.REFERENCE else 'distributed by tenant_id'}"


async def _propagate_tenant(connection: AsyncConnection) -> str:
    """Let SET LOCAL reach the workers, for all roles if this one owns the database."""
    is_owner = await connection.scalar(
        text("SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()")
    )
    database = await connection.scalar(text("SELECT quote_ident(current_database())"))
    scope = f"DATABASE {database}" if is_owner else f"ROLE CURRENT_USER IN DATABASE {database}"
    await connection.exec_driver_sql(f"ALTER {scope} SET citus.propagate_set_commands = 'local'")
    return f"citus.propagate_set_commands: 'local' for {'all roles' if is_owner else 'this role'} in this database"
