"""A client for tests of invalid input."""

import asyncio
from typing import Any

from tests.support.client import Client, GraphQLResponse

TIMEOUT_SECONDS = 30
"""Seconds after which a request counts as hanging."""


class BadInputClient:
    """Sends operations, and fails unless every error is BAD_USER_INPUT."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def __call__(self, query: str, **variables: Any) -> GraphQLResponse:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            response = await self.client(query, **variables)
        request = (query[:80], str(variables)[:80])
        outcome = (response.status in (200, 400), set(response.error_codes))
        assert (*request, *outcome) == (*request, True, {"BAD_USER_INPUT"})
        return response

    async def assert_request_error(self, query: str, **variables: Any) -> str:
        """Assert that the operation is rejected before execution; return the error message."""
        response = await self(query, **variables)
        assert "data" not in response.body
        message: str = response.body["errors"][0]["message"]
        return message
