"""The cached keys of an issuer. Requests other than sign-ins never wait for an issuer, and sign-ins only for keys that
are not cached."""

import asyncio
import logging
import math
from dataclasses import dataclass
from time import monotonic
from typing import Any

from services.core.errors import IssuerUnavailable
from services.people.oidc.issuer import DISCOVERY_PATH, Issuer, JsonClient
from services.people.oidc.key_set import InvalidKeySet, VerificationKey, parse_key_set

logger = logging.getLogger("allotment.oidc")

REFRESH_SECONDS = 3600.0
"""The age at which keys are fetched again, in the background."""
MAX_AGE_SECONDS = 86_400.0
"""The age up to which keys are used if the issuer cannot be reached. A key that it has withdrawn is void after that."""
RETRY_SECONDS = 10.0
"""How long after a failure keys are not fetched again."""
UNKNOWN_KEY_SECONDS = 30.0
"""How often a token with an unknown key, which anyone can send, lets keys be fetched again."""

MAX_WAITERS = 100
"""How many requests may wait for the keys of one issuer at the same time, per process. Anyone can send tokens for whose
keys they wait."""


@dataclass(frozen=True)
class CacheStatus:
    """How many keys are cached, their age in seconds, and why the last attempt to fetch them has failed, if it has."""

    issuer: str
    keys: int
    age: float | None
    error: str | None


class KeyCache:
    """Fetches the keys of one issuer, at most once at a time, and keeps them in memory."""

    def __init__(self, issuer: Issuer, client: JsonClient) -> None:
        self._issuer = issuer
        self._client = client
        self._keys: tuple[VerificationKey, ...] = ()
        self._loaded_at: float | None = None
        self._attempted_at = float("-inf")
        self._error: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._waiters = 0

    @property
    def status(self) -> CacheStatus:
        """The state, for operators."""
        age = None if self._loaded_at is None else self._age
        return CacheStatus(self._issuer.url, len(self._keys), age, self._error)

    def start(self) -> None:
        """Fetch the keys in the background, unless that is going on already."""
        self._begin()

    async def close(self) -> None:
        """Cancel a fetch that is going on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def find(self, key_id: str | None, algorithm: str) -> VerificationKey | None:
        """Return the key of a token; None if the issuer has none with this id, or several if the token names none.
        Raises IssuerUnavailable if no keys are cached."""
        if not self._is_usable:
            raise IssuerUnavailable(self._issuer.url)
        matching = [key for key in self._keys if key.algorithm == algorithm and key_id in (None, key.id)]
        return matching[0] if len(matching) == 1 else None

    def must_load(self, key_id: str | None, algorithm: str) -> bool:
        """Return whether to wait for `load` before `find`. Begins to fetch keys that are old, without waiting."""
        is_loading = self._task is not None and not self._task.done()
        if not self._is_usable:
            return is_loading or self._error is None or self._since_attempt >= RETRY_SECONDS
        if self.find(key_id, algorithm) is None and key_id is not None:
            return is_loading or self._since_attempt >= UNKNOWN_KEY_SECONDS
        if self._age >= REFRESH_SECONDS and self._since_attempt >= RETRY_SECONDS:
            self._begin()
        return False

    async def load(self) -> None:
        """Fetch the keys, or wait until a fetch that is going on has ended. A failure is logged, not raised; but
        IssuerUnavailable is raised if too many others wait."""
        if self._waiters >= MAX_WAITERS:
            raise IssuerUnavailable(self._issuer.url, "Too many requests wait for its keys.")
        self._waiters += 1
        try:
            await asyncio.shield(self._begin())
        finally:
            self._waiters -= 1

    @property
    def _is_usable(self) -> bool:
        return self._age < MAX_AGE_SECONDS

    def _begin(self) -> "asyncio.Task[None]":
        if self._task is None or self._task.done():
            self._attempted_at = monotonic()
            self._task = asyncio.get_running_loop().create_task(self._fetch_keys())
        return self._task

    async def _fetch_keys(self) -> None:
        try:
            self._keys = await fetch_keys(self._issuer, self._client)
        except (IssuerUnavailable, InvalidKeySet) as error:
            self._error = str(error)
            logger.warning("The keys of the issuer %s could not be fetched: %s", self._issuer.url, error)
        except Exception as error:  # otherwise each sign-in would fetch the keys again
            self._error = f"Unexpected error: {error!r}"
            logger.exception("The keys of the issuer %s could not be fetched.", self._issuer.url)
        else:
            self._loaded_at, self._error = monotonic(), None

    @property
    def _age(self) -> float:
        return math.inf if self._loaded_at is None else monotonic() - self._loaded_at

    @property
    def _since_attempt(self) -> float:
        return monotonic() - self._attempted_at


async def fetch_keys(issuer: Issuer, client: JsonClient) -> tuple[VerificationKey, ...]:
    """Fetch the keys of an issuer, and before, if necessary, the document that says where they are."""
    if issuer.key_set is not None:
        return parse_key_set(issuer.key_set, issuer.algorithms)
    url = issuer.jwks_url or _find_jwks_url(issuer, await client.fetch(issuer.url.removesuffix("/") + DISCOVERY_PATH))
    return parse_key_set(await client.fetch(url), issuer.algorithms)


def _find_jwks_url(issuer: Issuer, document: Any) -> str:
    """Return the URL of the keys. The document must be of this issuer (OpenID Connect Discovery 4.3)."""
    if not isinstance(document, dict) or document.get("issuer") != issuer.url:
        raise InvalidKeySet("The discovery document is that of another issuer.")
    url = document.get("jwks_uri")
    if not isinstance(url, str):
        raise InvalidKeySet("The discovery document does not say where the keys are (jwks_uri).")
    return url
