"""Somebody who sends what makes no sense."""

import asyncio
from typing import Any

from tests.support.client import Answer, Client

PATIENCE = 30
"""Seconds after which something hangs for good."""


class Enemy:
    """Sends bad input, and fails unless that is what the answer says."""

    def __init__(self, member: Client) -> None:
        self.member = member

    async def __call__(self, query: str, **variables: Any) -> Answer:
        async with asyncio.timeout(PATIENCE):
            answer = await self.member(query, **variables)
        what = (query[:80], str(variables)[:80])
        assert (*what, answer.status in (200, 400), set(answer.codes)) == (*what, True, {"BAD_USER_INPUT"})
        return answer

    async def refused(self, query: str, **variables: Any) -> str:
        """What is said of an operation that is not even begun."""
        answer = await self(query, **variables)
        assert "data" not in answer.body
        message: str = answer.body["errors"][0]["message"]
        return message
