"""Passwords: what a new one must be, and how they are kept: bcrypt_sha256, off the event loop, a few at a time."""

import asyncio
import os
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from services.common_passwords import COMMON
from services.errors import Code, Problem, RateLimited, Refused

with warnings.catch_warnings():  # passlib imports the deprecated `crypt` of the standard library
    warnings.simplefilter("ignore", DeprecationWarning)
    from passlib.context import CryptContext

SHORTEST = 8
LONGEST = 128
"""Longer ones are refused before they are hashed: hashing takes time, and time is what an attacker wants of us."""
MOST_WAITING = 100
"""How many may queue for a hash. Those behind them would be gone before it is their turn."""
BUSY_SECONDS = 5

_LOOKALIKES = str.maketrans("@4830!1|$57+", "aabeoiilsstt")
_EDGES = re.compile(r"^[^a-z]+|[^a-z]+$")
_TAIL = re.compile(r"[^a-z]+$")
_CHUNKS = re.compile(r"[a-z]{3,}|[0-9]{3,}")
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "01234567890")
_PIN = 4
_FEW = 5
"""Characters: so many beside what everybody guesses make a password worth guessing again."""


class Passwords:
    """Hashes and checks passwords. One hash keeps a core busy for a fifth of a second, so they queue."""

    def __init__(self, rounds: int, at_once: int = max(1, (os.cpu_count() or 2) // 2)) -> None:
        self._context = CryptContext(schemes=["bcrypt_sha256"], bcrypt_sha256__rounds=rounds)
        self._turn = asyncio.Semaphore(at_once)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """What to keep of a password."""
        return str(await self._in_turn(self._context.hash, normalized(password)))

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Whether it is the password; without a hash to compare with it takes as long to say no."""
        if len(password) > LONGEST:
            return False
        if hashed is None:
            await self._in_turn(self._context.hash, normalized(password))
            return False
        return bool(await self._in_turn(self._context.verify, normalized(password), hashed))

    async def _in_turn(self, work: Callable[..., Any], *arguments: str) -> Any:
        if self._waiting >= MOST_WAITING:
            raise RateLimited(BUSY_SECONDS)
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work, *arguments)
        finally:
            self._waiting -= 1


def normalized(password: str) -> str:
    """The same text whatever keyboard typed it: one may send é as one character and another as two."""
    return unicodedata.normalize("NFKC", password)


def check(password: str, *path: str, about: Iterable[str] = ()) -> None:
    """Refused, with every problem, unless it may be somebody's password. `about` is what is known of them."""
    found = problems(password, *path, about=about)
    if found:
        raise Refused(*found)


def problems(password: str, *path: str, about: Iterable[str] = ()) -> list[Problem]:
    """What is wrong with a new password."""
    if len(password) > LONGEST:
        return [Problem(Code.TOO_LONG, path, f"A password may have at most {LONGEST} characters.")]
    found = []
    if len(password) < SHORTEST:
        found.append(Problem(Code.TOO_SHORT, path, f"A password must have at least {SHORTEST} characters."))
    found += [Problem(Code.INVALID, path, f"A password needs {what}.") for what in _lacking(password)]
    if not found and is_common(password, about):
        found.append(Problem(Code.INVALID, path, "This password is too easy to guess."))
    return found


def _lacking(password: str) -> Iterator[str]:
    if not any(map(str.isupper, password)):
        yield "an uppercase letter"
    if not any(map(str.isdigit, password)):
        yield "a digit"
    if all(each.isalnum() or each.isspace() for each in password):
        yield "a special character"


def is_common(password: str, about: Iterable[str] = ()) -> bool:
    """Whether it is little more than what everybody tries first: common words, rows of keys, or the person's own names,
    with lookalikes for letters, and digits and the like around them."""
    text = normalized(password).lower()
    names = {part for each in about for part in _CHUNKS.findall(each.lower()) if len(part) > _PIN - 1}
    readings = (text, *(edge.sub("", text).translate(_LOOKALIKES) for edge in (_EDGES, _TAIL)))
    return any(_is_weak(reading, names) for reading in readings)


def _is_weak(text: str, names: set[str]) -> bool:
    chunks = _CHUNKS.findall(text)
    rest = len(text) - sum(map(len, chunks))
    return bool(chunks) and rest < _FEW and all(each in names or _is_known(each) for each in chunks)


def _is_known(chunk: str) -> bool:
    if chunk in COMMON or len(set(chunk)) == 1 or (chunk.isdigit() and len(chunk) <= _PIN):
        return True
    return any(chunk in row or chunk[::-1] in row for row in _ROWS)
