"""Limits on attempts: a few at once, and then one in a while. They are kept in the database, so that they hold for all
processes together, and take one statement each.

It is the generic cell rate algorithm: each attempt moves a key's moment of rest on by the interval, and an attempt that
would move it further ahead than the burst allows is refused, and costs nothing. A key at rest need not be kept.
"""

import hashlib
import ipaddress
import math
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Insert, case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from models import Throttle
from models.relations import table_of
from queries.caller import Caller
from services.errors import RateLimited
from services.unit_of_work import UnitOfWork, perform

SWEPT = 64
"""One attempt in so many sweeps up the keys that are at rest."""
MOST_SWEPT = 1000
LENIENCE = 500
"""Milliseconds, less than any attempt costs: attempts are not counted in the order of their clocks, and a later one
must not cost an earlier one its room."""


@dataclass(frozen=True)
class Limit:
    """So many at once, and then one in so many seconds."""

    name: str
    burst: int
    seconds: int

    def of(self, whom: str) -> "Attempt":
        """An attempt by or on somebody. Whom is hashed: the table tells nobody who tried what."""
        digest = hashlib.sha256(whom.encode(errors="surrogatepass")).hexdigest()
        return Attempt(f"{self.name}:{digest}", self.burst * self.seconds * 1000 + LENIENCE, self.seconds * 1000)


@dataclass(frozen=True)
class Attempt:
    """What an attempt costs, and how far ahead its key may be, in milliseconds."""

    key: str
    room: int
    cost: int


LOGIN_AT_ACCOUNT = Limit("login-account", 20, 60)
LOGIN_FROM_ADDRESS = Limit("login-address", 100, 6)
REGISTER = Limit("register", 30, 60)
CONFIRM = Limit("confirm", 10, 60)
"""Entering one's password once more, when one is signed in."""
LETTER_TO_ACCOUNT = Limit("letter-account", 5, 600)
LETTER_FROM_ADDRESS = Limit("letter-address", 30, 60)
CREATE_TENANT = Limit("create-tenant", 10, 600)
"""Each one tells whether a slug is taken."""
INVITE = Limit("invite", 100, 60)
INVITE_ADDRESS = Limit("invite-address", 20, 600)
"""Writing to one address, whoever does."""
TOKEN = Limit("token", 60, 10)
"""Presenting what was mailed."""


def network_of(address: str | None) -> str:
    """What counts as one address: of IPv6 the network of 64 bits, since whoever has one address has all of them."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))


async def charge(engine: AsyncEngine, *attempts: Attempt) -> None:
    """Count these attempts; RateLimited, and none is counted, when there is no room for one of them. It is a
    transaction of its own: it must stand whatever comes of the attempt."""
    await perform(engine, Caller(), lambda work: _charge(work, attempts))


async def pardon(engine: AsyncEngine, forgotten: Attempt, *returned: Attempt) -> None:
    """It was no failure: forget all that was counted under the first key, and give the others back."""
    await perform(engine, Caller(), lambda work: _pardon(work, forgotten, returned))


async def _charge(work: UnitOfWork, attempts: tuple[Attempt, ...]) -> None:
    at = time.time_ns() // 1_000_000
    for attempt in attempts:
        if not await work.rows(_counting(work.dialect, attempt, at)):
            throttle = table_of(Throttle)
            ahead = await work.rows(select(throttle.c.rests_at).where(throttle.c.key == attempt.key))
            late = ahead[0].rests_at + attempt.cost - attempt.room - at if ahead else 0
            raise RateLimited(max(1, math.ceil(late / 1000)))
    if at % SWEPT == 0:
        await sweep(work, at)


async def sweep(work: UnitOfWork, at: int) -> None:
    """Forget keys that are at rest, but for those that somebody is just counting on: they are not waited for."""
    throttle = table_of(Throttle)
    resting = select(throttle.c.key).where(throttle.c.rests_at < at).limit(MOST_SWEPT)
    which = throttle.c.key.in_(resting.with_for_update(skip_locked=True))
    await work.rows(delete(throttle).where(which).returning(throttle.c.key))


def _counting(dialect: str, attempt: Attempt, at: int) -> Insert:
    table: Any = table_of(Throttle)
    insert: Any = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    later = case((table.c.rests_at > at, table.c.rests_at), else_=at) + attempt.cost
    counting: Insert = insert.values(key=attempt.key, rests_at=at + attempt.cost).on_conflict_do_update(
        index_elements=["key"], set_={"rests_at": later}, where=later - at <= attempt.room
    )
    return counting.returning(table.c.rests_at)


async def _pardon(work: UnitOfWork, forgotten: Attempt, returned: tuple[Attempt, ...]) -> None:
    throttle = table_of(Throttle)
    for attempt in returned:
        less = update(throttle).where(throttle.c.key == attempt.key).values(rests_at=throttle.c.rests_at - attempt.cost)
        await work.rows(less.returning(throttle.c.key))
    await work.rows(delete(throttle).where(throttle.c.key == forgotten.key).returning(throttle.c.key))
