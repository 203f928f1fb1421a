"""The parts of a database, read from the engine's catalogs, for comparing two databases.

Each part is text by name: `column task.title` → `character varying(200) COLLATE "C" NOT NULL`. Alembic's comparison
ignores CHECK constraints, collations and policies.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, inspect, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from server.config.database_url import parse_database_url

Result = TypeVar("Result")
Inventory = dict[str, str]

_POSTGRESQL = {
    "column": """
        SELECT c.relname || '.' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod),
            CASE WHEN l.collname <> 'default' THEN 'COLLATE ' || l.collname END,
            CASE WHEN a.attnotnull THEN 'NOT NULL' END,
            nullif(a.attidentity, ''), nullif(a.attgenerated, ''), pg_get_expr(d.adbin, d.adrelid))
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_collation l ON l.oid = a.attcollation
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
            AND a.attnum > 0 AND NOT a.attisdropped
    """,
    "constraint": """
        SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    """,
    "index": "SELECT tablename || '.' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "row_level_security": """
        SELECT relname, concat_ws(' ',
            CASE WHEN relrowsecurity THEN 'enabled' END, CASE WHEN relforcerowsecurity THEN 'forced' END)
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    """,
    "policy": """
        SELECT tablename || '.' || policyname, concat_ws(' ', permissive, cmd, array_to_string(roles, ','),
            'USING', qual, 'CHECK', with_check)
        FROM pg_policies WHERE schemaname = 'public'
    """,
    "function": """
        SELECT oid::regprocedure::text, pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')
    """,
    "trigger": """
        SELECT tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    """,
    "sequence": "SELECT sequencename, data_type::text FROM pg_sequences WHERE schemaname = 'public'",
    "type": """
        SELECT typname, typtype::text FROM pg_type
        WHERE typnamespace = 'public'::regnamespace AND typtype IN ('d', 'e')
    """,
}
_OF_ALEMBIC = re.compile(r"\b(alembic_version|applied_migration)")
"""Tables that record which migrations were applied."""
_SQLITE = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
_WHITESPACE = re.compile(r"\s+")


def run_in_database(url: str, function: Callable[[Connection], Result]) -> Result:
    """Call a function with a connection to the database, and return its result."""
    return asyncio.run(_read(url, function))


async def _read(url: str, function: Callable[[Connection], Result]) -> Result:
    database = parse_database_url(url)
    engine = create_async_engine(database.url, connect_args=dict(database.connect_args), poolclass=pool.NullPool)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(function)
    finally:
        await engine.dispose()


def read_inventory(url: str) -> Inventory:
    """Return all parts of the database, except Alembic's own table."""
    return run_in_database(url, _read_parts)


def _read_parts(connection: Connection) -> Inventory:
    parts = _postgresql(connection) if connection.dialect.name == "postgresql" else _sqlite(connection)
    return {name: _WHITESPACE.sub(" ", value).strip() for name, value in parts.items() if not _OF_ALEMBIC.search(name)}


def _postgresql(connection: Connection) -> Inventory:
    return {
        f"{kind} {name}": value or ""
        for kind, query in _POSTGRESQL.items()
        for name, value in connection.execute(text(query))
    }


def _sqlite(connection: Connection) -> Inventory:
    """Return tables as SQLAlchemy reflects them, which ignores the order of columns, and all other parts as SQL."""
    parts: Inventory = {}
    inspector = inspect(connection)
    for kind, name, sql in connection.execute(text(_SQLITE)).all():
        if kind == "table" and not sql.upper().startswith("CREATE VIRTUAL"):
            parts |= {f"{part} {name}.{key}": value for part, key, value in _table_parts(inspector, name)}
        else:
            parts[f"{kind} {name}"] = sql
    return parts


def _table_parts(inspector: Any, table: str) -> Any:
    for column in inspector.get_columns(table):
        yield "column", column["name"], f"{column['type']!r} nullable={column['nullable']} default={column['default']}"
    for check in inspector.get_check_constraints(table):
        yield "constraint", check["name"], f"CHECK {check['sqltext']}"
    for unique in inspector.get_unique_constraints(table):
        yield "constraint", unique["name"], f"UNIQUE {unique['column_names']}"
    for foreign_key in inspector.get_foreign_keys(table):
        columns, target = foreign_key["constrained_columns"], foreign_key["referred_table"]
        definition = f"FOREIGN KEY {columns} {target} {foreign_key['referred_columns']} {foreign_key['options']}"
        yield "constraint", foreign_key["name"], definition
    key = inspector.get_pk_constraint(table)
    yield "constraint", key["name"], f"PRIMARY KEY {key['constrained_columns']}"


def differences(first: Inventory, second: Inventory) -> list[str]:
    """Return a line for each part that is missing in one database or differs between them."""
    return [
        f"{name}: {first.get(name, 'missing')} ≠ {second.get(name, 'missing')}"
        for name in sorted(first.keys() | second.keys())
        if first.get(name) != second.get(name)
    ]
