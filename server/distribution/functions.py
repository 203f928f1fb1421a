"""Functions of the migrations that differ on Citus, because they run on shards there.

Citus executes the triggers of a shard with the name of the shard as the name of the table. The search functions run on
the node of the tenant, within a statement that Citus has sent there. They must not send others, so they read the shard
of the index itself. Their source is otherwise that of the migrations.
"""

from collections.abc import Iterator, Mapping
from itertools import chain

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_DEFINITION = text("SELECT pg_get_functiondef(to_regproc(:name))")
_LANGUAGES = {
    "    used_language text;": (
        "    shard text := CASE WHEN tenant IS NOT NULL"
        " THEN 'search_entry_' || get_shard_id_for_distribution_column('search_entry', tenant) END;\n"
        "    used_language text;"
    ),
    "BEGIN\n    FOR": "BEGIN\n    IF tenant IS NULL THEN RETURN; END IF;\n    FOR",
    "IN\n        WITH RECURSIVE": "IN EXECUTE format($sql$\n        WITH RECURSIVE",
    "FROM search_entry WHERE tenant_id = tenant ORDER": "FROM %1$I WHERE tenant_id = $1 ORDER",
    "FROM search_entry AS entry\n                WHERE entry.tenant_id = tenant AND": (
        "FROM %1$I AS entry\n                WHERE entry.tenant_id = $1 AND"
    ),
    "WHERE language IS NOT NULL\n    LOOP": "WHERE language IS NOT NULL\n    $sql$, shard) USING tenant LOOP",
    "RETURN QUERY\n": "RETURN QUERY EXECUTE format($sql$\n",
}
_MATCHES = {
    "WHEN is_ranked THEN ts_rank(vector, terms)": "WHEN $1 THEN ts_rank(vector, $2)",
    "FROM search_entry\n": "FROM %1$I\n",
    "vector @@ (scope && terms)": "vector @@ $3",
    "DISTINCT FROM tenant;": "DISTINCT FROM $4 $sql$, shard) USING is_ranked, terms, scope && terms, tenant;",
}
_RANKED_MATCHES = {
    "CASE WHEN in_title": "CASE WHEN $1",
    "FROM search_entry AS entry, ": "FROM %1$I AS entry, ",
    "ts_rank(entry.vector, terms)": "ts_rank(entry.vector, $2)",
    "vector @@ condition": "vector @@ $3",
    "DISTINCT FROM tenant;": "DISTINCT FROM $4 $sql$, shard) USING in_title, terms, condition, tenant;",
}
ADAPTATIONS: Mapping[str, Mapping[str, str]] = {
    "update_search_entry": {"TG_TABLE_NAME": "regexp_replace(TG_TABLE_NAME, '_[0-9]+$', '')"},
    "search_entries": _LANGUAGES | _MATCHES,
    "ranked_search_entries": _LANGUAGES | _RANKED_MATCHES,
}
"""What is replaced in the source of each function."""


async def adapt_functions(connection: AsyncConnection) -> list[str]:
    """Adapt the functions that are not adapted yet, and return their names. Citus defines them on all nodes."""
    statements = await _list_statements(connection)
    for statement in chain.from_iterable(statements.values()):
        await connection.exec_driver_sql(statement)
    return list(statements)


async def list_unadapted_functions(connection: AsyncConnection) -> list[str]:
    """Return the names of the functions that are not adapted."""
    return list(await _list_statements(connection))


async def _list_statements(connection: AsyncConnection) -> dict[str, list[str]]:
    """Return the statements that adapt each function that is not adapted."""
    definitions = {name: str(await connection.scalar(_DEFINITION, {"name": name})) for name in ADAPTATIONS}
    statements = {name: list(adapt(name, definition)) for name, definition in definitions.items()}
    return {name: each for name, each in statements.items() if each}


def adapt(name: str, definition: str) -> Iterator[str]:
    """Yield the statement that adapts a function with this definition, unless it is adapted. Raise LookupError if it is
    not the one that a migration has created."""
    replacements = ADAPTATIONS[name]
    if all(by in definition for by in replacements.values()):
        return
    for replaced, by in replacements.items():
        if replaced not in definition:
            raise LookupError(f"{name}() does not contain {replaced!r}")
        definition = definition.replace(replaced, by)
    yield definition
