"""Sends mutations concurrently, and counts their outcomes."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.support.client import Client, GraphQLResponse

TIMEOUT_SECONDS = 120
"""Seconds after which a request counts as hanging."""

Call = tuple[str, str, dict[str, Any]]
"""Name, document and variables of a mutation."""


async def send_concurrently(client: Client, calls: Sequence[Call]) -> list[tuple[str, GraphQLResponse]]:
    """Send all calls concurrently; return mutation name and response of each."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        responses = await asyncio.gather(*(client(document, **variables) for _, document, variables in calls))
    return [(mutation, response) for (mutation, *_), response in zip(calls, responses, strict=True)]


def count_outcomes(named_responses: list[tuple[str, GraphQLResponse]]) -> Counter[str]:
    """Count the first error code of each response, and OK for responses without errors."""
    codes = [[code for code, _ in response.user_errors(mutation)] or ["OK"] for mutation, response in named_responses]
    return Counter(first for first, *_ in codes)
