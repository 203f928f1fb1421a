"""Identities: UUIDv7 inside, `task_` + 32 hex digits outside.

Version 7 sorts by the time it was made, so "newest first" is `ORDER BY id DESC` and new rows land at the end of
every index. Within a process the ids only ever grow: twelve bits of the sub-millisecond time follow the
milliseconds, and a clock that stands still or goes back is counted on from the last id given out.
"""

import os
import re
import threading
import time
import uuid

NOWHERE = uuid.UUID(int=0)
"""The id that no row ever has. A malformed id is read as this one, so that it is simply not found."""

_DIGITS = re.compile("[0-9a-f]{32}")


class _Clock:
    """Milliseconds since 1970 in 48 bits, then twelve bits of their fraction; never the same twice."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def tick(self) -> int:
        milliseconds, rest = divmod(time.time_ns(), 1_000_000)
        with self._lock:
            self._last = max(self._last + 1, milliseconds << 12 | (rest << 12) // 1_000_000)
            return self._last


_clock = _Clock()


def new_id() -> uuid.UUID:
    """A new UUIDv7 (RFC 9562), greater than every one made before in this process."""
    tick = _clock.tick()
    random = int.from_bytes(os.urandom(8)) >> 2
    return uuid.UUID(int=tick >> 12 << 80 | 0x7 << 76 | (tick & 0xFFF) << 64 | 0b10 << 62 | random)


def public_id(prefix: str, id: uuid.UUID) -> str:
    """The id as clients see it."""
    return f"{prefix}_{id.hex}"


def parse_id(prefix: str, text: str) -> uuid.UUID:
    """The id behind what a client sent; NOWHERE when it is malformed or of another type."""
    digits = text[len(prefix) + 1 :]
    if not text.startswith(f"{prefix}_") or not _DIGITS.fullmatch(digits):
        return NOWHERE
    return uuid.UUID(int=int(digits, 16))
