"""The version of the data that an operation reads: it stays the same only as long as the data does.

It consists of the newest change of each table in the change feed. A change is in the feed in the same transaction, and
its position is after all earlier ones, if no older transaction was running: so the version is known only then. Read
before the data, or in the same snapshot, it may be older than the data, but not newer."""

from hashlib import blake2b

from queries.newest_changes import NewestChanges, select_newest_changes
from services.core.access import LogSource
from services.core.followed_tables import follow

_DIGEST_BYTES = 16


async def read_data_version(source: LogSource, tables: frozenset[str]) -> bytes | None:
    """Return the version of these tables, as the current tenant reads them; None if it is not known at the moment."""
    followed = follow(tables)
    nouns, order = tuple(sorted(followed.nouns)), source.log_order
    query = NewestChanges(nouns, followed.every_noun, followed.events, followed.users, order)
    rows = await source.rows(select_newest_changes(query))
    if not all(row.is_final for row in rows):
        return None
    digest = blake2b(digest_size=_DIGEST_BYTES)
    for row in sorted(rows, key=lambda row: row.name):
        digest.update(f"{row.name} {row.id} {row.number}\n".encode())
    return digest.digest()
