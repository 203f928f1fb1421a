"""The reasons not to distribute a database."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from models.placement import Placement
from server.distribution.state import DistributionState, list_tables_of_others


class DistributionRefused(Exception):
    """The database cannot be distributed. The text states the reason and the remedy."""


_HAS_TENANTS = text("SELECT EXISTS (SELECT FROM tenant)")
_HAS_PAGES = text("SELECT pg_relation_size(to_regclass(quote_ident(:name))) > 0")
"""Whether a table has or had rows; row-level security would hide them."""


def refuse(dialect: str, state: DistributionState | None) -> None:
    """Raise DistributionRefused if the server is not one that distributes tables."""
    if dialect != "postgresql":
        raise DistributionRefused(
            "DATABASE_URL names SQLite. Citus distributes PostgreSQL databases: use that of a coordinator."
        )
    if state is None:
        raise DistributionRefused(
            "The extension citus is not installed in this database. Add citus to shared_preload_libraries on every "
            "node, and run CREATE EXTENSION citus in this database on every node, as a superuser."
        )
    if not state.workers:
        raise DistributionRefused(
            "There are no workers. Add each of them on the coordinator, as a superuser: "
            "SELECT citus_add_node('host', 5432)."
        )
    if not state.has_coordinator_address:
        raise DistributionRefused(
            "The workers do not know the coordinator, so it would have no copies of users, tenants and memberships. "
            "As a superuser: SELECT citus_set_coordinator_host('host', 5432)."
        )


async def check_tables(connection: AsyncConnection, state: DistributionState) -> None:
    """Raise DistributionRefused if the role may not distribute the tables, or if rows would be lost: row-level security
    hides them from Citus when it copies a table."""
    if others := await list_tables_of_others(connection):
        raise DistributionRefused(
            f"This role does not own {_join(others)}. Run the command as the role that has run the migrations."
        )
    if not state.is_distributed and await connection.scalar(_HAS_TENANTS):
        raise DistributionRefused(
            "The database has tenants. Distribute an empty one, and move each tenant: `allotment tenant export` from "
            "here, `allotment tenant import` there."
        )
    distributed = [name for name, placement in state.misplaced.items() if placement is Placement.DISTRIBUTED]
    filled = [name for name in distributed if await connection.scalar(_HAS_PAGES, {"name": name})]
    if state.is_distributed and filled:
        raise DistributionRefused(
            f"{_join(filled)} has rows, but is not distributed. Empty it with TRUNCATE, distribute it, and insert them "
            "again."
        )


def _join(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
