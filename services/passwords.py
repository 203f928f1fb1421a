"""Passwords: bcrypt_sha256, off the event loop, a few at a time."""

import asyncio
import os
import warnings

with warnings.catch_warnings():  # passlib imports the deprecated `crypt` of the standard library
    warnings.simplefilter("ignore", DeprecationWarning)
    from passlib.context import CryptContext

LONGEST = 128
"""Longer ones are refused before they are hashed: hashing takes time, and time is what an attacker wants of us."""


class Passwords:
    """Hashes and checks passwords. One hash keeps a core busy for a fifth of a second, so they queue."""

    def __init__(self, rounds: int, at_once: int = max(1, (os.cpu_count() or 2) // 2)) -> None:
        self._context = CryptContext(schemes=["bcrypt_sha256"], bcrypt_sha256__rounds=rounds)
        self._turn = asyncio.Semaphore(at_once)

    async def hash(self, password: str) -> str:
        """What to keep of a password."""
        async with self._turn:
            return str(await asyncio.to_thread(self._context.hash, password))

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Whether it is the password; without a hash to compare with it takes as long to say no."""
        if len(password) > LONGEST:
            return False
        async with self._turn:
            if hashed is None:
                await asyncio.to_thread(self._context.hash, password)
                return False
            return bool(await asyncio.to_thread(self._context.verify, password, hashed))
