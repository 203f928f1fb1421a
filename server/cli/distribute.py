"""`allotment distribute`."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from database.engine import Database


def distribute() -> None:
    """Distribute the tables of an empty, migrated database over the nodes of Citus.

    The rows of a tenant are stored together on one node. Users, tenants and memberships are copied to every node; all
    other tables stay on the coordinator. On a database that is distributed, the command distributes tables that
    migrations have added. Restart the servers afterwards.

    \b
    allotment migrate
    allotment distribute
    """
    from server.cli.database import run_with_database
    from server.config.settings import load_settings
    from server.distribution.distribute import distribute_database

    async def run(database: "Database") -> None:
        await distribute_database(database, typer.echo)

    run_with_database(load_settings(), run, allow_any_revision=True)  # distribute_database checks it
