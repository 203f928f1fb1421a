"""Reads what users and owners see of impersonations."""

from typing import Any

from tests.support.client import Client
from tests.support.impersonation import IMPERSONATION_FIELDS

SESSIONS = f"{{ viewer {{ sessions {{ nodes {{ id isCurrent impersonation {{ {IMPERSONATION_FIELDS} }} }} }} }} }}"
EVENTS = """
{ signInEvents { nodes { kind detail expiresAt impersonatorId impersonatorName sessionId user { email } } } }
"""


async def sessions_of(client: Client) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await client(SESSIONS)).data["viewer"]["sessions"]["nodes"]
    return nodes


async def events_of(owner: Client) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await owner(EVENTS)).data["signInEvents"]["nodes"]
    return nodes


async def is_signed_in(client: Client) -> bool:
    codes = (await client("{ tasks { totalCount } }")).error_codes
    assert codes in ([], ["UNAUTHENTICATED"])
    return codes == []
