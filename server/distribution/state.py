"""What Citus knows about the database: its nodes, and where the rows of each table are."""

from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from models.placement import Placement, list_placements

_HAS_EXTENSION = text("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')")
_NODES = text(
    "SELECT groupid, nodename || ':' || nodeport AS address, isactive AND shouldhaveshards AS stores_shards"
    " FROM pg_dist_node WHERE noderole = 'primary' ORDER BY nodeid"
)
_TABLES = text(
    "SELECT relname AS name, colocationid, CASE WHEN partmethod = 'h' THEN 'distributed'"
    " WHEN partmethod = 'n' AND repmodel = 't' THEN 'reference' ELSE 'coordinator' END AS placement"
    " FROM pg_dist_partition JOIN pg_class ON pg_class.oid = logicalrelid"
    " WHERE relnamespace = current_schema()::regnamespace"
)
_TABLES_OF_OTHERS = text(
    "SELECT name FROM unnest(CAST(:names AS text[])) AS name"
    " JOIN pg_class ON pg_class.oid = to_regclass(quote_ident(name))"
    " WHERE NOT pg_has_role(relowner, 'USAGE') ORDER BY name"
)
_COPYING_FUNCTIONS = text(
    "SELECT DISTINCT proname FROM pg_proc WHERE proname = ANY (CAST(:names AS text[]))"
    " AND has_function_privilege(oid, 'EXECUTE') ORDER BY proname"
)
_PROPAGATES_SET = text("SELECT current_setting('citus.propagate_set_commands') = 'local'")


COPYING_FUNCTIONS = (
    "alter_distributed_table",
    "citus_copy_shard_placement",
    "citus_move_shard_placement",
    "citus_rebalance_start",
    "citus_split_shard_by_split_points",
    "create_distributed_table_concurrently",
    "isolate_tenant_to_new_shard",
    "master_copy_shard_placement",
    "master_move_shard_placement",
    "rebalance_table_shards",
    "undistribute_table",
)
"""Functions of Citus that copy rows as the role that calls them. Row-level security hides the rows from the role of the
server, so they would copy nothing and then drop the originals."""


@dataclass(frozen=True)
class DistributionState:
    """The nodes and the placements of a database with the extension citus."""

    workers: tuple[str, ...] = ()
    """The addresses of the nodes that store shards."""
    has_coordinator_address: bool = True
    """Whether the workers know the coordinator, so that it has copies of reference tables."""
    placements: dict[str, Placement] = field(default_factory=dict)
    """Where the rows of each table are that Citus knows."""
    colocation_groups: frozenset[int] = frozenset()
    """The groups of the distributed tables; one if all are co-located."""
    propagates_set: bool = True

    @property
    def is_distributed(self) -> bool:
        """Whether any table of tenants is distributed."""
        return Placement.DISTRIBUTED in self.placements.values()

    @property
    def misplaced(self) -> dict[str, Placement]:
        """The tables that are not where they should be, with their right placement, referenced tables first."""
        return {
            name: placement
            for name, placement in list_placements().items()
            if placement is not Placement.COORDINATOR and self.placements.get(name) is not placement
        }


async def load_state(connection: AsyncConnection) -> DistributionState | None:
    """Return what Citus knows about the database; None without the extension."""
    if connection.dialect.name != "postgresql" or not await connection.scalar(_HAS_EXTENSION):
        return None
    nodes = (await connection.execute(_NODES)).all()
    tables = (await connection.execute(_TABLES)).all()
    distributed = [table for table in tables if table.placement == Placement.DISTRIBUTED]
    return DistributionState(
        workers=tuple(node.address for node in nodes if node.groupid and node.stores_shards),
        has_coordinator_address=any(node.groupid == 0 for node in nodes),
        placements={table.name: Placement(table.placement) for table in tables},
        colocation_groups=frozenset(table.colocationid for table in distributed),
        propagates_set=bool(await connection.scalar(_PROPAGATES_SET)),
    )


async def list_tables_of_others(connection: AsyncConnection) -> list[str]:
    """Return the tables whose owner the role is not."""
    return list((await connection.execute(_TABLES_OF_OTHERS, {"names": list(list_placements())})).scalars())


async def list_copying_functions(connection: AsyncConnection) -> list[str]:
    """Return those of COPYING_FUNCTIONS that the role may call."""
    return list((await connection.execute(_COPYING_FUNCTIONS, {"names": list(COPYING_FUNCTIONS)})).scalars())
