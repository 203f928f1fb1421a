"""Rate limits: a burst of attempts at once, then one per interval. The counters are in the database, so that all
processes share them, and each attempt takes one statement.

The algorithm is GCRA (services/core/gcra.py): an attempt advances the theoretical arrival time of its key by one
interval, and is rejected without cost if that would move it further ahead of the clock than the burst allows.
"""

import hashlib
import ipaddress
import math
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from sqlalchemy import Insert, delete, select, update

from database.authentication import Credentials
from database.engine import Database
from models import Throttle
from models.relations import table_of
from services.core.errors import RateLimited
from services.core.gcra import build_advance, delete_idle
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case

ATTEMPTS_PER_CLEANUP = 64
"""One in this many attempts also deletes idle keys."""
MAX_CACHED_NETWORKS = 10_000
CLOCK_SKEW_MS = 500
"""Tolerance for attempts that are counted in another order than their clocks. Less than the cost of any attempt."""


@dataclass(frozen=True)
class RateLimit:
    """The number of attempts that are possible at once, and the seconds after which one more is possible."""

    name: str
    burst: int
    interval_seconds: int

    def attempt_by(self, subject: str) -> "Attempt":
        """Return an attempt by or on a subject. The subject is hashed, so that the table does not disclose it."""
        digest = hashlib.sha256(subject.encode(errors="surrogatepass")).hexdigest()
        interval_ms = self.interval_seconds * 1000
        return Attempt(f"{self.name}:{digest}", self.burst * interval_ms + CLOCK_SKEW_MS, interval_ms)


@dataclass(frozen=True)
class Attempt:
    """An attempt on the counter of a key."""

    key: str
    max_lead_ms: int
    """How far the key's theoretical arrival time may be ahead of the clock after the attempt."""
    cost_ms: int
    """By how much the attempt advances it."""


LOGIN_AT_ACCOUNT = RateLimit("login-account", 20, 60)
LOGIN_FROM_ADDRESS = RateLimit("login-address", 100, 6)
ID_TOKEN = RateLimit("id-token", 100, 6)
"""ID tokens from an address that were not accepted."""
PASSKEY_CHALLENGE = RateLimit("passkey-challenge", 100, 6)
"""Challenges for passkeys, by user, or by address to sign in."""
PASSKEY = RateLimit("passkey", 100, 6)
"""Answers of passkeys from an address that were not accepted."""
REGISTER = RateLimit("register", 30, 60)
CONFIRM = RateLimit("confirm", 10, 60)
"""Confirmation of a signed-in user's password."""
SECOND_FACTOR = RateLimit("second-factor", 10, 3600)
"""Wrong codes of the second factor: so few that guessing one of a million takes decades, on average."""
RECOVERY_CODE = RateLimit("recovery-code", 10, 60)
EMAIL_TO_ACCOUNT = RateLimit("email-account", 5, 600)
EMAIL_FROM_ADDRESS = RateLimit("email-address", 30, 60)
CREATE_TENANT = RateLimit("create-tenant", 10, 600)
"""Limited because the response discloses whether a slug is taken."""
INVITE = RateLimit("invite", 100, 60)
INVITE_ADDRESS = RateLimit("invite-address", 20, 600)
"""Invitations to one address, by anyone."""
TOKEN = RateLimit("token", 60, 10)
"""Use of a token from an email."""


class RateLimiter(Protocol):
    """Counts attempts. Implemented by the request context (resolvers/context.py)."""

    async def consume_rate_limit(self, *attempts: Attempt) -> None:
        """Count attempts; raises RateLimited when one exceeds its limit."""

    async def reset_rate_limit(self, cleared: Attempt, *refunded: Attempt) -> None:
        """Reset the counter of the first attempt, and return the cost of the others."""


@lru_cache(MAX_CACHED_NETWORKS)
def network_of(address: str | None) -> str:
    """Return the network that is limited as one client: an IPv4 address or an IPv6 /64, the smallest block assigned."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))


async def consume(database: Database, *attempts: Attempt) -> None:
    """Count attempts. Raises RateLimited, and counts none, if one exceeds its limit. Commits in its
    own transaction, so that attempts count even if the operation fails."""
    await run_use_case(database, Credentials(), lambda work: _consume(work, attempts))


async def reset(database: Database, reset_attempt: Attempt, *refunded_attempts: Attempt) -> None:
    """After a success, reset the counter of the first attempt and return the cost of the others."""
    await run_use_case(database, Credentials(), lambda work: _reset(work, reset_attempt, refunded_attempts))


async def refund(database: Database, *attempts: Attempt) -> None:
    """Return the cost of attempts that do not count."""
    await run_use_case(database, Credentials(), lambda work: _refund(work, attempts))


async def _consume(work: UnitOfWork, attempts: tuple[Attempt, ...]) -> None:
    now = time.time_ns() // 1_000_000
    for attempt in attempts:
        if not await work.rows(_advance(work.dialect, attempt, now)):
            throttle = table_of(Throttle)
            rows = await work.rows(select(throttle.c.theoretical_arrival).where(throttle.c.key == attempt.key))
            excess = rows[0].theoretical_arrival + attempt.cost_ms - attempt.max_lead_ms - now if rows else 0
            raise RateLimited(max(1, math.ceil(excess / 1000)))
    if now % ATTEMPTS_PER_CLEANUP == 0:
        await delete_idle(work, now)


def _advance(dialect: str, attempt: Attempt, now: int) -> Insert:
    return build_advance(dialect, attempt.key, now, cost_ms=attempt.cost_ms, max_lead_ms=attempt.max_lead_ms)


async def _reset(work: UnitOfWork, cleared: Attempt, refunded: tuple[Attempt, ...]) -> None:
    throttle = table_of(Throttle)
    await _refund(work, refunded)
    await work.rows(delete(throttle).where(throttle.c.key == cleared.key).returning(throttle.c.key))


async def _refund(work: UnitOfWork, attempts: tuple[Attempt, ...]) -> None:
    throttle = table_of(Throttle)
    for attempt in attempts:
        earlier = {"theoretical_arrival": throttle.c.theoretical_arrival - attempt.cost_ms}
        advance = update(throttle).where(throttle.c.key == attempt.key).values(earlier)
        await work.rows(advance.returning(throttle.c.key))
