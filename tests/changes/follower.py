"""A client that follows the change feed from a cursor."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from tests.support import documents
from tests.support.change_feed import CHANGES
from tests.support.client import Client, GraphQLResponse

TIMEOUT_SECONDS = 120
"""For changes to become visible: other tests use the same PostgreSQL server, and their transactions delay it."""
PAUSE_SECONDS = 0.02

Change = dict[str, Any]


class Follower:
    """Follows the feed with pages of a size, and keeps what it has received."""

    def __init__(
        self,
        client: Client,
        cursor: str | None = None,
        size: int = 100,
        types: Sequence[str] | None = None,
        where: Mapping[str, Any] | None = None,
    ) -> None:
        self.client = client
        self.cursor = cursor
        self.has_next = False
        self.size = size
        self.types = types
        self.where = where
        self.received: list[Change] = []

    async def request(self, **arguments: Any) -> GraphQLResponse:
        """Send the query for the next page."""
        variables: dict[str, Any] = {"first": self.size, "after": self.cursor, "types": self.types}
        variables["where"] = self.where
        return await self.client(CHANGES, **variables | arguments)

    async def next_page(self) -> list[Change]:
        """Receive the next page, which may be empty, and continue after it."""
        page = (await self.request()).data["changes"]
        changes: list[Change] = page["nodes"]
        assert page["pageInfo"]["hasPreviousPage"] == (self.cursor is not None)
        assert page["pageInfo"]["startCursor"] == (changes[0]["cursor"] if changes else None)
        self.cursor = page["pageInfo"]["endCursor"]
        self.has_next = page["pageInfo"]["hasNextPage"]
        self.received += changes
        return changes

    async def follow_all(self) -> list[Change]:
        """Receive pages until there are no more; return all changes since the start."""
        while await self.next_page() or self.has_next:
            pass
        return self.received

    async def follow_until(self, count: int) -> list[Change]:
        """Receive pages until there are so many changes in all, and return them."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while len(self.received) < count:
                if not await self.next_page():
                    await asyncio.sleep(PAUSE_SECONDS)
        await self.next_page()
        assert len(self.received) == count, self.received[count:]
        return self.received


async def start(*followers: Follower) -> None:
    """Receive and forget the changes until now. The last one is a project that the first follower creates."""
    created = await followers[0].client(documents.create("Project"), input={"name": "Marker"})
    marker = created.payload("createProject")["project"]["id"]
    async with asyncio.timeout(TIMEOUT_SECONDS):
        for follower in followers:
            while marker not in [change["objectId"] for change in follower.received]:
                await follower.next_page()
            follower.received.clear()


def summarize(changes: Sequence[Change]) -> list[tuple[str, str, str]]:
    """Return type, id and action of each change."""
    return [(change["type"], change["objectId"], change["action"]) for change in changes]
