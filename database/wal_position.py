"""Positions in PostgreSQL's write-ahead log, and the consistency tokens that clients see."""

import re
from dataclasses import dataclass

SELECT_LSN = (
    "(CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn()"
    " ELSE pg_current_wal_lsn() END - '0/0')::bigint"
)
"""SQL for the position of the primary's log that contains all commits that are visible now. With synchronous_commit=off
a commit may be visible before it is written."""
SELECT_TIMELINE = "left(pg_walfile_name(pg_current_wal_lsn()), 8)"
"""SQL for the primary's timeline: how the names of its log files begin."""
MAX_LSN = 2**63 - 1
_TOKEN = re.compile(r"([0-9A-F]{1,8})-([0-9A-F]{1,16})")


@dataclass(frozen=True)
class WalPosition:
    """A byte of the log on one timeline. Positions of different timelines cannot be compared."""

    timeline: int
    lsn: int

    def encode(self) -> str:
        """Return the position as a consistency token."""
        return f"{self.timeline:X}-{self.lsn:X}"


def parse_timeline(text: str) -> int:
    """Parse a timeline as it begins the names of log files."""
    return int(text, 16)


def parse_token(text: str) -> WalPosition:
    """Parse a consistency token; raise ValueError if it is malformed."""
    match = _TOKEN.fullmatch(text)
    if match is None:
        raise ValueError("not a consistency token")
    timeline, lsn = (int(part, 16) for part in match.groups())
    if lsn > MAX_LSN:
        raise ValueError("not a position of a log")
    return WalPosition(timeline, lsn)
