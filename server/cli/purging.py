"""Deleting those who have been inactive for long, some at a time: no transaction holds everybody."""

import datetime
from uuid import UUID

from models.ids import NOWHERE
from queries.caller import Caller
from server.cli.database import run
from server.database import Database
from server.settings import load_settings
from services.administration import Purged, purge_inactive
from services.unit_of_work import perform


def purge(before: datetime.datetime, *, dry: bool) -> Purged:
    """Delete them, or only count them."""

    async def go_through(database: Database) -> Purged:
        after: UUID | None = NOWHERE
        deleted, left = 0, list[str]()
        while after is not None:
            some = await _next(database, before, after, dry=dry)
            after, deleted, left = some.last, deleted + some.deleted, left + some.left
        return Purged(None, deleted, left)

    return run(load_settings(), go_through)


async def _next(database: Database, before: datetime.datetime, after: UUID, *, dry: bool) -> Purged:
    return await perform(database.writing, Caller(), lambda work: purge_inactive(work, before, after, dry=dry))
