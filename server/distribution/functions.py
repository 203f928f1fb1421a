"""Functions of the migrations that differ on Citus, because they run on shards there.

Citus executes the triggers of a shard with the name of the shard as the name of the table. A search function reads the
index inside of a statement that Citus has sent to the node of the tenant: it may do so only for this one tenant, and
only if that is permitted explicitly.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_DEFINITION = text("SELECT pg_get_functiondef(to_regproc(:name))")
_NESTED = "citus.allow_nested_distributed_execution"
_NAME_OF_TABLE = "regexp_replace(TG_TABLE_NAME, '_[0-9]+$', '')"


@dataclass(frozen=True)
class Adaptation:
    """What is replaced in the source of a function, and whether it may read distributed tables on a node."""

    function: str
    replaced: str
    by: str
    reads_tables: bool = False


ADAPTATIONS = (
    Adaptation("update_search_entry", "TG_TABLE_NAME", _NAME_OF_TABLE),
    Adaptation("search_entries", "tenant_id IS NOT DISTINCT FROM tenant", "tenant_id = tenant", reads_tables=True),
    Adaptation(
        "ranked_search_entries", "tenant_id IS NOT DISTINCT FROM tenant", "tenant_id = tenant", reads_tables=True
    ),
)


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
    statements = {}
    for adaptation in ADAPTATIONS:
        definition = str(await connection.scalar(_DEFINITION, {"name": adaptation.function}))
        statements[adaptation.function] = list(_adapt(adaptation, definition))
    return {name: each for name, each in statements.items() if each}


def _adapt(adaptation: Adaptation, definition: str) -> Iterator[str]:
    is_permitted = not adaptation.reads_tables or _NESTED in definition
    if adaptation.by not in definition:
        if adaptation.replaced not in definition:
            raise LookupError(f"{adaptation.function} does not contain {adaptation.replaced}")
        yield definition.replace(adaptation.replaced, adaptation.by)
    if not is_permitted:
        yield f"ALTER FUNCTION {adaptation.function} SET {_NESTED} = on"
