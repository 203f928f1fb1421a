"""Everything that makes up a database, read from the engine's own catalogues, so that two can be compared.

Each thing is a line of text under its name: `task.title` → `character varying(200) COLLATE "C" NOT NULL`. Alembic
compares less: no CHECK, no collation, no policy.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, inspect, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from server.database_url import translate

Found = TypeVar("Found")
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
    "wall": """
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
_SQLITE = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
_FOLDED = re.compile(r"\s+")


def read(url: str, look: Callable[[Connection], Found]) -> Found:
    """Look at the database at this URL."""
    return asyncio.run(_read(url, look))


async def _read(url: str, look: Callable[[Connection], Found]) -> Found:
    database = translate(url)
    engine = create_async_engine(database.url, connect_args=dict(database.connect_args), poolclass=pool.NullPool)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(look)
    finally:
        await engine.dispose()


def inventory(url: str) -> Inventory:
    """Everything there is, but for what alembic keeps."""
    return read(url, _look)


def _look(connection: Connection) -> Inventory:
    found = _postgresql(connection) if connection.dialect.name == "postgresql" else _sqlite(connection)
    return {name: _FOLDED.sub(" ", value).strip() for name, value in found.items() if "alembic_version" not in name}


def _postgresql(connection: Connection) -> Inventory:
    return {
        f"{kind} {name}": value or ""
        for kind, query in _POSTGRESQL.items()
        for name, value in connection.execute(text(query))
    }


def _sqlite(connection: Connection) -> Inventory:
    """Tables as SQLAlchemy reads them, which does not mind the order of columns; all else as it was written."""
    found: Inventory = {}
    inspector = inspect(connection)
    for kind, name, written in connection.execute(text(_SQLITE)).all():
        if kind == "table" and not written.upper().startswith("CREATE VIRTUAL"):
            found |= {f"{part} {name}.{key}": value for part, key, value in _parts(inspector, name)}
        else:
            found[f"{kind} {name}"] = written
    return found


def _parts(inspector: Any, table: str) -> Any:
    for each in inspector.get_columns(table):
        yield "column", each["name"], f"{each['type']!r} nullable={each['nullable']} default={each['default']}"
    for each in inspector.get_check_constraints(table):
        yield "constraint", each["name"], f"CHECK {each['sqltext']}"
    for each in inspector.get_unique_constraints(table):
        yield "constraint", each["name"], f"UNIQUE {each['column_names']}"
    for each in inspector.get_foreign_keys(table):
        referred = f"{each['referred_table']} {each['referred_columns']}"
        yield "constraint", each["name"], f"FOREIGN KEY {each['constrained_columns']} {referred} {each['options']}"
    key = inspector.get_pk_constraint(table)
    yield "constraint", key["name"], f"PRIMARY KEY {key['constrained_columns']}"


def differences(one: Inventory, other: Inventory) -> list[str]:
    """What is in only one of them, or another in both."""
    return [
        f"{name}: {one.get(name, 'missing')} ≠ {other.get(name, 'missing')}"
        for name in sorted(one.keys() | other.keys())
        if one.get(name) != other.get(name)
    ]
