"""A client that sends queries by GET, and sends them again with the entity tag of the response."""

import asyncio
import json
from typing import Any

import httpx

from database.authentication import Credentials
from database.reader import Reader
from models.membership import Role
from services.core.data_version import read_data_version
from tests.support.app_fixture import TenantFixture
from tests.support.client import Client

FEED_TIMEOUT = 60.0
EVERYTHING = frozenset({"audit_entry", "event"})


class ConditionalClient:
    """Sends queries by GET with fixed headers."""

    def __init__(self, client: Client) -> None:
        self._http = client.http
        self._headers = client.headers

    async def get(self, query: str, tag: str | None = None, /, **variables: Any) -> httpx.Response:
        """Send a query, with an entity tag that the client has."""
        headers = self._headers if tag is None else {**self._headers, "If-None-Match": tag}
        parameters = {"query": query, **({"variables": json.dumps(variables)} if variables else {})}
        return await self._http.get("/graphql", params=parameters, headers=headers)

    async def get_tag(self, query: str, /, **variables: Any) -> str:
        """Send a query, and return the entity tag of the response."""
        response = await self.get(query, **variables)
        assert "errors" not in response.json(), response.json()
        tag: str = response.headers["ETag"]
        return tag

    async def has_current(self, query: str, tag: str, /, **variables: Any) -> bool:
        """Return whether the response with this tag is current."""
        response = await self.get(query, tag, **variables)
        assert response.status_code in {200, 304}
        return response.status_code == 304


def owner_of(tenant: TenantFixture) -> ConditionalClient:
    """Return the client of an owner."""
    return ConditionalClient(tenant.client(Role.OWNER))


async def wait_until_final(tenant: TenantFixture) -> None:
    """Wait until the versions of the tenant's data are known: transactions of other tests may delay that."""
    async with asyncio.timeout(FEED_TIMEOUT):
        while not await _is_final(tenant):  # noqa: ASYNC110 -- the database sends no event
            await asyncio.sleep(0.02)


async def _is_final(tenant: TenantFixture) -> bool:
    user = next(iter(tenant.users.values()))
    reader = Reader(tenant.app_fixture.database, Credentials(user.id, tenant.slug))
    try:
        return await read_data_version(reader, EVERYTHING) is not None
    finally:
        await reader.close()
