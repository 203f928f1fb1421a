"""Object ids: UUIDv7 in the database, `task_` + 32 hex digits in the API.

UUIDv7 values sort by creation time, so "newest first" is `ORDER BY id DESC` and new rows are appended at the end of
every index. Within a process the ids increase strictly: the milliseconds are followed by twelve bits of the
sub-millisecond time, and if the clock stalls or moves backwards, the generator increments the last value instead.
"""

import datetime
import os
import re
import struct
import threading
import time
import uuid

NIL_UUID = uuid.UUID(int=0)
"""The id that no row has. Malformed ids are parsed as this one, so that they are not found."""

_SET_INT, _SET_IS_SAFE = uuid.UUID.int.__set__, uuid.UUID.is_safe.__set__  # type: ignore[attr-defined,misc]
_UNKNOWN = uuid.SafeUUID.unknown  # each access to a member of an enumeration calls a function
_RANDOM_NUMBERS = 64
_DIGITS = re.compile("[0-9a-f]{32}")


class _Clock:
    """A strictly increasing clock: 48 bits of Unix milliseconds followed by 12 bits of the sub-millisecond fraction."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next_ticks(self, count: int) -> range:
        now = (time.time_ns() << 12) // 1_000_000
        with self._lock:
            first = max(self._last + 1, now)
            self._last = first + count - 1
        return range(first, first + count)


_clock = _Clock()
_random_numbers: list[int] = []
"""Numbers of 64 bits. Each call of the operating system for random bytes takes as long as building several ids."""
os.register_at_fork(after_in_child=_random_numbers.clear)


def _more_random() -> int:
    """Return a random number, and provide more of them."""
    first, *others = struct.unpack(f"{_RANDOM_NUMBERS}Q", os.urandom(8 * _RANDOM_NUMBERS))
    _random_numbers.extend(others)
    return int(first)


def new_id() -> uuid.UUID:
    """Return a new UUIDv7 (RFC 9562), greater than all earlier ones of this process."""
    return _id_at(_clock.next_ticks(1).start)


def new_ids(count: int) -> list[uuid.UUID]:
    """Return new ids, each greater than the one before."""
    return [_id_at(tick) for tick in _clock.next_ticks(count)]


def new_id_at(time: datetime.datetime) -> uuid.UUID:
    """Return a new UUIDv7 with a time in the past."""
    return _id_at(int(time.timestamp() * 1000) << 12)


def _id_at(tick: int) -> uuid.UUID:
    """Return the id of a tick with the first 62 of 64 random bits."""
    try:
        random = _random_numbers.pop()
    except IndexError:
        random = _more_random()
    return _build(tick >> 12 << 80 | 0x7 << 76 | (tick & 0xFFF) << 64 | 0b10 << 62 | random >> 2)


def _build(value: int) -> uuid.UUID:
    """Return the UUID with this value. The constructor, which has many options, takes three times as long."""
    id = object.__new__(uuid.UUID)
    _SET_INT(id, value)
    _SET_IS_SAFE(id, _UNKNOWN)
    return id


def public_id(prefix: str, id: uuid.UUID) -> str:
    """Return the id in the form used by the API."""
    return f"{prefix}_{id.hex}"


def parse_id(prefix: str, text: str) -> uuid.UUID:
    """Parse an id sent by a client. Return NIL_UUID if it is malformed or of another type."""
    digits = text[len(prefix) + 1 :]
    if not text.startswith(f"{prefix}_") or not _DIGITS.fullmatch(digits):
        return NIL_UUID
    return _build(int(digits, 16))


def parse_any_id(text: str) -> uuid.UUID:
    """Parse an id of any type. Return NIL_UUID if it is malformed."""
    return parse_id(text.rpartition("_")[0], text)
