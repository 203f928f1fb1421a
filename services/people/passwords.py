"""Passwords: the policy for new ones, and hashing with bcrypt_sha256 in threads, one per core."""

import asyncio
import os
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from copy import copy
from functools import partial
from typing import Any

from services.core.errors import Code, Problem, ProblemParams, Rejected
from services.core.fair_queue import FairQueue, QueueBounds, QueueClient
from services.people.common_passwords import COMMON

with warnings.catch_warnings():  # passlib imports the deprecated `crypt` of the standard library
    warnings.simplefilter("ignore", DeprecationWarning)
    from passlib.context import CryptContext

MIN_LENGTH = 8
MAX_LENGTH = 128
"""Longer passwords are rejected before hashing, so that they cannot be used for denial of service."""
Pause = Callable[[], AbstractAsyncContextManager[None]]
QUEUE_BOUNDS = QueueBounds(total=400, per_network=20, per_account=10, retry_after_seconds=5)
"""A network's last request waits for about 20 hashes, times the number of networks that hash at the same time."""
SERVER = QueueClient("server")
"""The server itself: the command line and background work. It takes its turn as one network among the others."""

_LOOKALIKES = str.maketrans("@4830!1|$57+", "aabeoiilsstt")
_EDGES = re.compile(r"^[^a-z]+|[^a-z]+$")
_TRAILING = re.compile(r"[^a-z]+$")
_CHUNKS = re.compile(r"[a-z]{3,}|[0-9]{3,}")
_KEY_ROWS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "01234567890")
_PIN_LENGTH = 4
_MIN_UNCOMMON = 5
"""The number of characters outside of common words that make a password hard to guess."""


class Passwords:
    """Hashes and verifies passwords. One hash occupies a core for a fifth of a second, so clients queue for the cores.
    `hash` and `verify` queue on behalf of the server itself; requests of clients use `admit`."""

    def __init__(self, rounds: int, concurrency: int = os.cpu_count() or 1) -> None:
        self._context = CryptContext(schemes=["bcrypt_sha256"], bcrypt_sha256__rounds=rounds)
        self._queue = FairQueue(concurrency, QUEUE_BOUNDS)
        self.pause: Pause = nullcontext
        """The context of each hash and of the wait for it."""

    def with_pause(self, pause: "Pause") -> "Passwords":
        """Return the same with the same queue, for a request that is not executing while it waits and hashes."""
        paused = copy(self)
        paused.pause = pause
        return paused

    @contextmanager
    def admit(self, client: QueueClient) -> Iterator["AdmittedClient"]:
        """Admit a client to the queue; raise RateLimited at once if too many are admitted.

        Count attempts in the database inside the block, so that a refused client neither costs nor counts an attempt.
        """
        with self._queue.admit(client):
            yield AdmittedClient(self._context, self._queue, client, self.pause)

    async def hash(self, password: str) -> str:
        """Return the hash under which a password is stored."""
        with self.admit(SERVER) as admitted:
            return await admitted.hash(password)

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Return whether the password matches the hash. Without a hash, it takes the same time to return False."""
        with self.admit(SERVER) as admitted:
            return await admitted.verify(password, hashed)


class AdmittedClient:
    """Hashes and verifies passwords on behalf of a client that is admitted to the queue."""

    def __init__(self, context: CryptContext, queue: FairQueue, client: QueueClient, pause: "Pause") -> None:
        self._context = context
        self._pause = pause
        self._queue = queue
        self._client = client

    async def hash(self, password: str) -> str:
        """Return the hash under which a password is stored."""
        return str(await self._run(self._context.hash, normalize(password)))

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Return whether the password matches the hash. Without a hash, it takes the same time to return False."""
        if len(password) > MAX_LENGTH:
            return False
        if hashed is None:
            await self._run(self._context.hash, normalize(password))
            return False
        return bool(await self._run(self._context.verify, normalize(password), hashed))

    async def _run(self, function: Callable[..., Any], *arguments: str) -> Any:
        async with self._pause():
            return await self._queue.run(self._client, partial(asyncio.to_thread, function, *arguments))


def normalize(password: str) -> str:
    """Normalize the text, since keyboards may send é as one character or as two."""
    return unicodedata.normalize("NFKC", password)


def validate_password(password: str, *path: str, personal_data: Iterable[str] = ()) -> None:
    """Reject a new password with all of its problems. `personal_data` are the user's name and address."""
    problems = find_problems(password, *path, personal_data=personal_data)
    if problems:
        raise Rejected(*problems)


def find_problems(password: str, *path: str, personal_data: Iterable[str] = ()) -> list[Problem]:
    """Return the problems of a new password."""
    length = ProblemParams(min=MIN_LENGTH, max=MAX_LENGTH, actual=len(password))
    if len(password) > MAX_LENGTH:
        return [Problem(Code.TOO_LONG, path, f"A password may have at most {MAX_LENGTH} characters.", length)]
    problems = []
    if len(password) < MIN_LENGTH:
        problems.append(
            Problem(Code.TOO_SHORT, path, f"A password must have at least {MIN_LENGTH} characters.", length)
        )
    problems += [Problem(Code.INVALID, path, f"A password must contain {part}.") for part in _missing_parts(password)]
    if not problems and is_common(password, personal_data):
        problems.append(Problem(Code.INVALID, path, "This password is too easy to guess."))
    return problems


def _missing_parts(password: str) -> Iterator[str]:
    if not any(map(str.isupper, password)):
        yield "an uppercase letter"
    if not any(map(str.isdigit, password)):
        yield "a digit"
    if all(character.isalnum() or character.isspace() for character in password):
        yield "a special character"


def is_common(password: str, personal_data: Iterable[str] = ()) -> bool:
    """Return whether the password consists of common words, keyboard rows or the user's own names, perhaps with
    lookalike characters for letters and with digits or special characters around them."""
    lowered = normalize(password).lower()
    names = {part for text in personal_data for part in _CHUNKS.findall(text.lower()) if len(part) >= _PIN_LENGTH}
    variants = (lowered, *(edge.sub("", lowered).translate(_LOOKALIKES) for edge in (_EDGES, _TRAILING)))
    return any(_is_weak(variant, names) for variant in variants)


def _is_weak(text: str, names: set[str]) -> bool:
    chunks = _CHUNKS.findall(text)
    rest = len(text) - sum(map(len, chunks))
    return bool(chunks) and rest < _MIN_UNCOMMON and all(chunk in names or _is_common_chunk(chunk) for chunk in chunks)


def _is_common_chunk(chunk: str) -> bool:
    if chunk in COMMON or len(set(chunk)) == 1 or (chunk.isdigit() and len(chunk) <= _PIN_LENGTH):
        return True
    return any(chunk in row or chunk[::-1] in row for row in _KEY_ROWS)
